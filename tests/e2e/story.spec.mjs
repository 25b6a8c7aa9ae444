// The main job once through, in both languages: set-up, people, an incident from its opening to its closing.
import { look } from './support/look.mjs';
import { PASSWORD, PEOPLE, accept, expect, installation, logIn, notice, stranger, test } from './support/story.mjs';

test.describe.configure({ mode: 'serial' });
const here = installation('story');
/** Pages by who sits before them; whoever has no account is "reporter". */
const desks = {};
/** What one chapter tells the next. */
const told = {};

async function sit(who, browser) {
  desks[who] ??= await (await stranger(here, browser, test.info())).newPage();
  return desks[who];
}

const STORY = {
  ja: {
    title: '第二工場のファイルサーバーで図面が暗号化された',
    summary: 'FS-02の図面の拡張子が変わり、開けなくなっている。**範囲は調査中**。',
    task: 'FS-02をネットワークから切り離す',
    note: '第二工場の当直に電話し、FS-02のLANケーブルを抜いてもらった。',
    result: '02:25に切り離しを確認',
    decision: 'FS-02を直ちに切り離す',
    grounds: '暗号化が続いており、ほかのサーバーに広がるおそれがある',
    statement: '侵入経路を遮断し、7日間再発がないことを確認した',
    reason: '訓練のため、この条件は満たさずに進める',
    cause: 'VPNの保守用アカウントの認証情報が漏えいしていた',
  },
  en: {
    title: 'Drawings on the file server of the second plant are encrypted',
    summary: 'Drawings on FS-02 have another extension and cannot be opened. **Extent under investigation.**',
    task: 'Cut FS-02 off the network',
    note: 'Called the night shift of the second plant; they pulled the cable of FS-02.',
    result: 'Seen to be cut off at 02:25',
    decision: 'Cut FS-02 off at once',
    grounds: 'Encryption goes on and may reach other servers',
    statement: 'The way in is shut, and nothing came back for seven days',
    reason: 'For this exercise the condition is passed over',
    cause: 'Credentials of the VPN maintenance account had leaked',
  },
};

test('the printed link sets Matoi up, once', async ({ browser, lang, t }) => {
  const page = await sit('administrator', browser);
  await page.goto(here.server.setupLink);
  await look(page, `${lang}-setup`);
  const { login } = PEOPLE.administrator;
  await page.getByLabel(t('organisation-name-ja')).fill('みなと野精機株式会社');
  await page.getByLabel(t('organisation-name-en')).fill('Minatono Seiki Co., Ltd.');
  await page.getByLabel(t('organisation-constituency-ja')).fill('国内外の全拠点');
  await page.getByLabel(t('organisation-constituency-en')).fill('All sites in Japan and abroad');
  await page.getByLabel(t('organisation-lang'), { exact: true }).selectOption(lang);
  await page.getByLabel(t('organisation-zone')).fill('Asia/Tokyo');
  await page.getByLabel(t('organisation-own-domains')).fill('minatono.example');
  await page.getByLabel(t('login-name')).fill(login);
  await page.getByLabel(t('account-name'), { exact: true }).fill(PEOPLE.administrator[lang]);
  await page.getByLabel(t('account-mail'), { exact: true }).fill(`${login}@minatono.example`);
  await page.getByLabel(t('login-password')).fill(PASSWORD);
  await page.getByRole('button', { name: t('setup-do') }).click();
  await expect(page.getByRole('heading', { name: t('login-title') })).toBeVisible();
  const again = await page.request.get(here.server.setupLink);
  expect(again.status(), 'the link works once').toBe(409);
});

test('a wrong password is refused, the right one lets in', async ({ browser, lang, t }) => {
  const page = await sit('administrator', browser);
  await page.goto('/login');
  await look(page, `${lang}-login`);
  await page.getByLabel(t('login-name')).fill(PEOPLE.administrator.login);
  await page.getByLabel(t('login-password')).fill('not the password');
  await page.getByRole('button', { name: t('login-do') }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await look(page, `${lang}-login-refused`);
  await logIn(page, t, 'administrator');
  await page.goto('/me');
  await expect(page.getByRole('heading', { level: 1, name: PEOPLE.administrator[lang] })).toBeVisible();
  await look(page, `${lang}-me`);
});

test('people come in by their invitation', async ({ browser, lang, t }) => {
  for (const who of ['lead', 'handler', 'approver']) {
    const { login, role } = PEOPLE[who];
    const made = here.server.command('user', 'add', login, '--name', PEOPLE[who][lang], '--role', role, '--lang', lang);
    const page = await sit(who, browser);
    await accept(page, t, new URL(made.invitation_link).pathname);
    await logIn(page, t, who);
  }
});

test('a case is opened', async ({ browser, lang, t }) => {
  const page = await sit('lead', browser);
  await page.goto('/cases');
  await look(page, `${lang}-cases-empty`);
  await page.getByRole('main').getByRole('link', { name: t('case-open') }).first().click();
  await look(page, `${lang}-case-new`);
  await page.getByRole('button', { name: t('case-open-do') }).click();
  await page.getByLabel(t('case-kind-incident')).check();
  await page.getByLabel(t('case-title')).fill(STORY[lang].title);
  await page.getByLabel(t('case-summary')).fill(STORY[lang].summary);
  await page.getByLabel(t('case-class')).selectOption('malicious-code.ransomware');
  await page.getByLabel(t('case-severity')).selectOption('critical');
  await page.getByRole('button', { name: t('case-open-do') }).click();
  await expect(page.getByRole('heading', { level: 1, name: STORY[lang].title })).toBeVisible();
  told.incident = new URL(page.url()).pathname;
  await look(page, `${lang}-case-opened`);
});

test('a task, a decision, a note and an observable are added', async ({ browser, lang, t }) => {
  const page = await sit('lead', browser);
  await page.goto(told.incident);
  const tasks = page.getByRole('region', { name: t('case-tasks') });
  await tasks.getByText(t('task-add'), { exact: true }).click();
  await tasks.getByLabel(t('task-title'), { exact: true }).fill(STORY[lang].task);
  await tasks.getByLabel(t('task-assignee'), { exact: true }).selectOption(PEOPLE.handler[lang]);
  await tasks.getByRole('button', { name: t('task-add-do'), exact: true }).click();
  await notice(page, t('notice-task-set'));

  const decisions = page.getByRole('region', { name: t('case-decisions') });
  await decisions.getByText(t('decision-add'), { exact: true }).click();
  await decisions.getByLabel(t('decision-kind'), { exact: true }).selectOption('containment');
  await decisions.getByLabel(t('decision-choice'), { exact: true }).fill(STORY[lang].decision);
  await decisions.getByLabel(t('decision-grounds'), { exact: true }).fill(STORY[lang].grounds);
  await decisions.getByRole('button', { name: t('decision-add-do'), exact: true }).click();
  await expect(page.getByRole('heading', { level: 3, name: STORY[lang].decision })).toBeVisible();

  const observables = page.getByRole('region', { name: t('case-observables') }).first();
  await observables.getByText(t('observable-add'), { exact: true }).click();
  await observables.getByLabel(t('observable-value'), { exact: true }).fill('hxxps://update[.]badhost[.]example/a');
  await observables.getByRole('button', { name: t('observable-add-do'), exact: true }).click();
  await expect(observables.getByText('update[.]badhost[.]example').first()).toBeVisible();
});

test('a note of one handler appears on the page of another without a reload', async ({ browser, lang, t }) => {
  const [lead, handler] = [await sit('lead', browser), await sit('handler', browser)];
  await lead.goto(told.incident);
  await handler.goto(told.incident);
  await handler.getByLabel(t('entry-write')).fill(STORY[lang].note);
  await handler.getByRole('region', { name: t('case-timeline') }).getByRole('button', { name: t('entry-add'), exact: true }).click();
  for (const page of [handler, lead]) {
    await expect(page.locator('#timeline').getByText(STORY[lang].note)).toBeVisible();
  }
});

test('the task is done by whom it was given to', async ({ browser, lang, t }) => {
  const page = await sit('handler', browser);
  await page.goto(told.incident);
  await page.locator('#work').getByRole('link', { name: STORY[lang].task }).click();
  await look(page, `${lang}-task`);
  await page.getByLabel(t('task-result')).fill(STORY[lang].result);
  await page.getByRole('button', { name: t('task-done'), exact: true }).click();
  await page.goto(told.incident);
  await expect(page.locator('#work').getByText(STORY[lang].result)).toBeVisible();
});

test('the incident goes through its phases to its closing', async ({ browser, lang, t }) => {
  const page = await sit('lead', browser);
  await page.goto(`${told.incident}/edit`);
  await look(page, `${lang}-case-edit`);
  await page.getByLabel(t('case-cause'), { exact: true }).fill(STORY[lang].cause);
  await page.getByRole('button', { name: t('form-save') }).click();
  await notice(page, t('notice-case-saved'));
  for (const phase of ['investigate', 'contain', 'recover', 'converge', 'close']) {
    await page.goto(`${told.incident}/phase`);
    await look(page, `${lang}-phase-${phase}`);
    const section = page.locator(`section[aria-labelledby="h-${phase}"]`);
    const reason = section.getByLabel(t('case-override-reason'));
    if (phase === 'converge') await section.getByLabel(t('case-converge-statement')).fill(STORY[lang].statement);
    if (await reason.count()) await reason.fill(STORY[lang].reason);
    await section.getByRole('button').click();
    await notice(page, t('notice-case-phase'));
  }
  await page.goto(told.incident);
  await look(page, `${lang}-case-closed`);
  await page.goto('/cases?state=closed');
  await expect(page.getByRole('link', { name: STORY[lang].title })).toBeVisible();
  await look(page, `${lang}-cases`);
});

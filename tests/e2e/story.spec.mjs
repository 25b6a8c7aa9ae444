// The main job once through, in both languages: set-up, people, an incident from its opening to its closing.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { look } from './support/look.mjs';
import { target } from './support/places.mjs';
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

/** The smallest picture there is. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);

const STORY = {
  ja: {
    report:
      'FS-02の図面が開けません。拡張子が .locked3 になっています。\nhxxps://update[.]badhost[.]example/a というリンクを開いてしまいました。',
    more: '画面に「復号には支払いが必要」と出ました。',
    answer: 'ご連絡ありがとうございます。FS-02には触れず、電源もそのままにしてください。調べてご連絡します。',
    title: '第二工場のファイルサーバーで図面が暗号化された',
    summary: 'FS-02の図面の拡張子が変わり、開けなくなっている。**範囲は調査中**。',
    task: 'FS-02をネットワークから切り離す',
    note: '第二工場の当直に電話し、FS-02のLANケーブルを抜いてもらった。',
    result: '02:25に切り離しを確認',
    decision: 'FS-02を直ちに切り離す',
    grounds: '暗号化が続いており、ほかのサーバーに広がるおそれがある',
    statement: '侵入経路を遮断し、7日間再発がないことを確認した',
    reason: '訓練のため、この条件は満たさずに進める',
    outside: '当社のサーバー1台が不正アクセスを受け、図面の一部が開けなくなりました。',
    typed: ['図面', 'ﾌｧｲﾙｻｰﾊﾞｰ', '暗号化 第二工場'],
    cause: 'VPNの保守用アカウントの認証情報が漏えいしていた',
  },
  en: {
    report:
      'Drawings on FS-02 do not open; they end in .locked3 now.\nI had opened a link, hxxps://update[.]badhost[.]example/a',
    more: 'Now the screen says that I have to pay for decryption.',
    answer: 'Thank you. Leave FS-02 as it is, switched on. We look into it and come back to you.',
    title: 'Drawings on the file server of the second plant are encrypted',
    summary: 'Drawings on FS-02 have another extension and cannot be opened. **Extent under investigation.**',
    task: 'Cut FS-02 off the network',
    note: 'Called the night shift of the second plant; they pulled the cable of FS-02.',
    result: 'Seen to be cut off at 02:25',
    decision: 'Cut FS-02 off at once',
    grounds: 'Encryption goes on and may reach other servers',
    statement: 'The way in is shut, and nothing came back for seven days',
    reason: 'For this exercise the condition is passed over',
    outside: 'One of our servers was accessed without permission, and some drawings could not be opened.',
    typed: ['DRAWINGS encrypted', 'ｄｒａｗｉｎｇｓ', '"second plant"'],
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

test('people are given accounts and come in by their invitation', async ({ browser, lang, t }) => {
  const administrator = await sit('administrator', browser);
  await administrator.goto('/accounts/new');
  await look(administrator, `${lang}-account-new`);
  for (const who of ['lead', 'handler', 'approver']) {
    await administrator.goto('/accounts/new');
    await administrator.locator('[name=name]').fill(PEOPLE[who][lang]);
    await administrator.locator('[name=login]').fill(PEOPLE[who].login);
    await administrator.locator('select[name=lang]').selectOption(lang);
    await administrator.locator('[name=role]').first().selectOption(PEOPLE[who].role);
    await administrator.getByRole('button', { name: t('account-create-human') }).click();
    const link = await administrator.locator('#once').innerText();
    if (who === 'lead') await look(administrator, `${lang}-account-link`);
    const page = await sit(who, browser);
    await accept(page, t, new URL(link).pathname);
    await logIn(page, t, who);
  }
  await administrator.goto('/accounts');
  await look(administrator, `${lang}-accounts`);
});

test('somebody without an account reports, anonymously, with a picture', async ({ browser, lang, t }) => {
  const page = await sit('reporter', browser);
  await page.goto('/report');
  await look(page, `${lang}-report-form`);
  await page.getByRole('button', { name: t('public-do') }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await look(page, `${lang}-report-refused`);
  await page.locator('input[name=category][value=file_locked]').check();
  await page.getByLabel(t('public-when-now')).check();
  await page.locator('#f-text').fill(STORY[lang].report);
  await page.getByLabel(t('public-anonymous')).check();
  await page.locator('#f-file').setInputFiles({ name: '画面.png', mimeType: 'image/png', buffer: PICTURE });
  await page.getByRole('button', { name: t('public-do') }).click();
  await expect(page.getByRole('heading', { level: 1, name: t('receipt-title') })).toBeVisible();
  told.code = await page.locator('.rcpt .code').innerText();
  await look(page, `${lang}-receipt`);
});

test('with the code the reporter adds to the report', async ({ browser, lang, t }) => {
  const page = await sit('reporter', browser);
  await page.goto('/r');
  await look(page, `${lang}-follow-up-entry`);
  await page.getByLabel(t('receipt-code')).fill(told.code.toLowerCase());
  await page.getByRole('button', { name: t('follow-up-open') }).click();
  await page.getByLabel(t('follow-up-text')).fill(STORY[lang].more);
  await page.getByRole('button', { name: t('follow-up-send') }).click();
  await notice(page, t('notice-desk-added'));
  await expect(page.getByText(STORY[lang].more)).toBeVisible();
  await look(page, `${lang}-follow-up`);
});

test('it is the first thing under Now, is taken in and answered', async ({ browser, lang, t }) => {
  const page = await sit('handler', browser);
  await page.goto('/');
  await expect(page.locator('#queue').getByRole('row')).toHaveCount(2);
  await look(page, `${lang}-now`);
  await page.locator('#queue').getByRole('link').first().click();
  await expect(page.getByText(STORY[lang].more)).toBeVisible();
  await expect(page.getByText('画面.png').first()).toBeVisible();
  await look(page, `${lang}-report`);
  told.report = new URL(page.url()).pathname;
  await page.getByRole('button', { name: t('desk-acknowledge') }).click();
  await notice(page, t('notice-desk-acknowledged'));
  await page.getByLabel(t('desk-answer-text')).fill(STORY[lang].answer);
  await page.getByRole('button', { name: t('desk-answer-do'), exact: true }).click();
  await notice(page, t('notice-desk-answered'));
  const reporter = await sit('reporter', browser);
  await reporter.goto(`/r/${told.code}`);
  await expect(reporter.getByText(STORY[lang].answer)).toBeVisible();
  await look(reporter, `${lang}-follow-up-answered`);
});

test('triage makes an incident of it', async ({ browser, lang, t }) => {
  const page = await sit('lead', browser);
  await page.goto(`${told.report}/triage`);
  await look(page, `${lang}-triage`);
  const answers = [['contact_type', 'event'], ['verification', 'real'], ['attack_type', 'ransomware']];
  for (const [fact, answer] of answers) await page.locator(`[name="f.${fact}"]`).selectOption(answer);
  // The criteria are asked again while one answers; what they propose stays on the page.
  await expect(page.locator('#proposal')).toContainText(t('desk-outcome-incident'));
  await look(page, `${lang}-triage-proposal`);
  await page.getByLabel(t('triage-new-title')).fill(STORY[lang].title);
  await page.getByRole('button', { name: t('triage-decide') }).click();
  await expect(page.getByText(t('desk-outcome-incident')).first()).toBeVisible();
  await page.goto('/cases');
  await look(page, `${lang}-cases`);
  await page.getByRole('link', { name: STORY[lang].title }).click();
  await expect(page.getByRole('heading', { level: 1, name: STORY[lang].title })).toBeVisible();
  told.incident = new URL(page.url()).pathname;
  // What was found in the report's text came along, defanged.
  await expect(page.getByRole('region', { name: t('case-observables') }).first()).toContainText('badhost[.]example');
  await look(page, `${lang}-case-opened`);
});

test('a case that began in another way is opened by hand, and what is missing is said', async ({ browser, lang, t }) => {
  const page = await sit('lead', browser);
  await page.goto('/cases/new');
  await look(page, `${lang}-case-new`);
  await page.getByLabel(t('case-kind-incident')).check();
  await page.getByLabel(t('case-title')).fill(STORY[lang].statement);
  await page.getByRole('button', { name: t('case-open-do') }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await look(page, `${lang}-case-refused`);
  await page.getByLabel(t('case-class')).selectOption('malicious-code.ransomware');
  await page.getByLabel(t('case-restrict-new')).check();
  await page.getByRole('button', { name: t('case-open-do') }).click();
  await expect(page.getByRole('heading', { level: 1, name: STORY[lang].statement })).toBeVisible();
  told.restricted = new URL(page.url()).pathname;
});

test('who is not named on a restricted case does not learn that there is one', async ({ browser, lang }) => {
  const page = await sit('handler', browser);
  await page.goto('/cases');
  await expect(page.getByRole('link', { name: STORY[lang].title })).toBeVisible();
  await expect(page.getByText(STORY[lang].statement)).toHaveCount(0);
  expect((await page.goto(told.restricted)).status()).toBe(404);
  await look(page, `${lang}-not-found`);
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

test('the incident goes through its phases until it is over', async ({ browser, lang, t }) => {
  const page = await sit('lead', browser);
  await page.goto(`${told.incident}/edit`);
  await look(page, `${lang}-case-edit`);
  await page.getByLabel(t('case-cause'), { exact: true }).fill(STORY[lang].cause);
  await page.getByLabel(t('case-apt'), { exact: true }).selectOption('no');
  await page.getByLabel(t('case-review-at'), { exact: true }).fill('2030-01-15T10:00');
  await page.getByRole('button', { name: t('form-save') }).click();
  await notice(page, t('notice-case-saved'));
  for (const phase of ['investigate', 'contain', 'recover', 'converge']) await goOn(page, lang, t, phase);
});

test('it cannot be closed before its reports are out', async ({ browser, lang, t }) => {
  const page = await sit('lead', browser);
  await page.goto(`${told.incident}/phase`);
  const closing = page.locator('section[aria-labelledby="h-close"]');
  await expect(closing.getByLabel(t('case-override-reason'))).toBeVisible();
  await look(page, `${lang}-close-not-yet`);
});

test('a report for inside is drawn up, reviewed, approved and distributed', async ({ browser, lang, t }) => {
  const page = await sit('handler', browser);
  await page.goto(`${told.incident}/documents/new?kind=internal`);
  await look(page, `${lang}-document-new`);
  await page.getByLabel(t('document-known'), { exact: true }).fill(STORY[lang].cause);
  await page.getByRole('button', { name: t('document-draw-up') }).click();
  await expect(page.getByRole('link', { name: t('document-form-pdf'), exact: true })).toBeVisible({ timeout: 60_000 });
  told.internal = new URL(page.url()).pathname;
  await look(page, `${lang}-document-internal`);
  await keep(page, lang, t, 'internal');
  await sign(browser, t, told.internal);
});

test('a report for outside refuses names, and goes out in the other language without them', async ({ browser, lang, t }) => {
  const page = await sit('handler', browser);
  const other = lang === 'ja' ? 'en' : 'ja';
  await page.goto(`${told.incident}/documents/new?kind=external`);
  await look(page, `${lang}-document-new-external`);
  await page.getByLabel(t('document-lang'), { exact: true }).selectOption(other);
  await page.getByLabel(t('document-what-happened'), { exact: true }).fill(`${STORY[other].outside}\n${PEOPLE.handler[lang]}`);
  await page.getByRole('button', { name: t('document-draw-up') }).click();
  await expect(page.getByRole('alert').or(page.getByRole('heading', { name: t('document-findings') })).first()).toBeVisible({
    timeout: 60_000,
  });
  await look(page, `${lang}-document-refused`);
  await page.goto(`${told.incident}/documents/new?kind=external`);
  await page.getByLabel(t('document-lang'), { exact: true }).selectOption(other);
  await page.getByLabel(t('document-what-happened'), { exact: true }).fill(STORY[other].outside);
  await page.getByRole('button', { name: t('document-draw-up') }).click();
  await expect(page.getByRole('link', { name: t('document-form-pdf'), exact: true })).toBeVisible({ timeout: 60_000 });
  told.external = new URL(page.url()).pathname;
  await look(page, `${lang}-document-external`);
  await keep(page, lang, t, 'external');
  await sign(browser, t, told.external);
});

test('now nothing is missing, and the incident is closed', async ({ browser, lang, t }) => {
  const page = await sit('lead', browser);
  await goOn(page, lang, t, 'close', { nothingMissing: true });
  await page.goto(told.incident);
  await look(page, `${lang}-case-closed`);
  await page.goto('/cases?state=closed');
  await expect(page.getByRole('link', { name: STORY[lang].title })).toBeVisible();
  await look(page, `${lang}-cases-closed`);
});

test('search finds it, in whatever width and case it is typed', async ({ browser, lang, t }) => {
  const page = await sit('lead', browser);
  for (const typed of STORY[lang].typed) {
    // The index follows within a second or two; the page is asked again until it has.
    await expect(async () => {
      await page.goto('/cases');
      await page.getByRole('searchbox').first().fill(typed);
      await page.getByRole('searchbox').first().press('Enter');
      await expect(page.locator('table.found').getByRole('link', { name: STORY[lang].title }).first()).toBeVisible({ timeout: 3_000 });
    }).toPass({ timeout: 30_000 });
  }
  await look(page, `${lang}-search`);
  await page.goto('/search');
  await look(page, `${lang}-search-how`);
});

test('the numbers show it', async ({ browser, lang, t }) => {
  const page = await sit('lead', browser);
  await page.goto('/numbers');
  await expect(page.getByRole('heading', { level: 1, name: t('metrics-title') })).toBeVisible();
  // The incident, and the restricted one, which its lead may count.
  await expect(page.locator('.fig4 dd').first()).toContainText(/^2/);
  await look(page, `${lang}-numbers`);
});

test('who breaks the glass of a restricted case is shown to who answers for it, until they have seen it', async ({ browser, lang, t }) => {
  const lead = await sit('lead', browser);
  await lead.goto(told.restricted);
  const number = (await lead.locator('main').innerText()).match(/INC-\d+-\d+/)[0];
  const page = await sit('administrator', browser);
  await page.goto('/break-glass');
  await page.getByLabel(t('break-glass-number')).fill(number);
  await page.getByLabel(t('break-glass-reason')).fill(STORY[lang].grounds);
  await page.getByRole('button', { name: t('break-glass-do') }).click();
  await expect(page).toHaveURL(told.restricted);
  await lead.goto('/');
  const notices = lead.getByRole('region', { name: t('glass-title') });
  await expect(notices.getByText(STORY[lang].grounds)).toBeVisible();
  await look(lead, `${lang}-now-glass`);
  await notices.getByRole('button', { name: t('glass-seen-one', { number }) }).click();
  await notice(lead, t('notice-glass-seen'));
  await expect(notices).toHaveCount(0);
});

test('the pages of the centre hold', async ({ browser, lang, t }) => {
  const lead = await sit('lead', browser);
  await lead.goto(`${told.incident}/access`);
  await look(lead, `${lang}-access`);
  const page = await sit('administrator', browser);
  for (const path of ['/centre', '/audit', '/roles', '/organisation', '/units', '/jobs', '/rulebook', '/intake', '/assets']) {
    await page.goto(path);
    await look(page, `${lang}${path.replace('/', '-')}`);
  }
});

/** One phase on; asks for a reason where a condition is not met. */
async function goOn(page, lang, t, phase, { nothingMissing } = {}) {
  await page.goto(`${told.incident}/phase`);
  const section = page.locator(`section[aria-labelledby="h-${phase}"]`);
  // Triage has led to the first of them already, unless it was skipped.
  if (phase === 'investigate' && (await section.count()) === 0) return;
  await look(page, `${lang}-phase-${phase}`);
  const reason = section.getByLabel(t('case-override-reason'));
  if (nothingMissing) await expect(section.getByText(t('case-conditions-met'))).toBeVisible();
  if (phase === 'converge') await section.getByLabel(t('case-converge-statement')).fill(STORY[lang].statement);
  if (await reason.count()) await reason.fill(STORY[lang].reason);
  await section.getByRole('button').click();
  await notice(page, t('notice-case-phase'));
}

/** Review, approval and distribution, each by whom it behoves. */
async function sign(browser, t, path) {
  const steps = [
    ['lead', 'document-review-do', 'notice-document-reviewed'],
    ['approver', 'document-approve-do', 'notice-document-approved'],
    ['lead', 'document-distribute-do', 'notice-document-distributed'],
  ];
  for (const [who, button, said] of steps) {
    const page = await sit(who, browser);
    // Every step makes the files again, with the new signature.
    await expect(async () => {
      await page.goto(path);
      await expect(page.getByRole('button', { name: t(button), exact: true })).toBeEnabled({ timeout: 1_000 });
    }).toPass({ timeout: 60_000 });
    if (button === 'document-distribute-do') await page.getByLabel(t('document-distribute-to')).fill('CISO');
    await page.getByRole('button', { name: t(button), exact: true }).click();
    await notice(page, t(said));
  }
}

/** Takes the files of a report, and keeps them with the pictures. */
async function keep(page, lang, t, kind) {
  const starts = { pdf: '%PDF-', docx: 'PK', markdown: '' };
  for (const [form, start] of Object.entries(starts)) {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: t(`document-form-${form}`), exact: true }).click(),
    ]);
    const path = join(target, 'documents', `${lang}-${kind}.${form === 'markdown' ? 'md' : form}`);
    await download.saveAs(path);
    expect(readFileSync(path).subarray(0, start.length).toString('latin1')).toBe(start);
  }
}

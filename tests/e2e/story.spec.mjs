// The main job once through, in both languages: set-up, people, an incident from its opening to its closing.
import { look } from './support/look.mjs';
import { PASSWORD, PEOPLE, expect, installation, stranger, test } from './support/story.mjs';

test.describe.configure({ mode: 'serial' });
const here = installation('story');
/** Pages by who sits before them. */
const desks = {};

async function sit(who, browser) {
  desks[who] ??= await (await stranger(here, browser, test.info())).newPage();
  return desks[who];
}

test('the printed link sets Matoi up, once', async ({ browser, lang, t }) => {
  const page = await sit('administrator', browser);
  await page.goto(here.server.setupLink);
  await look(page, `${lang}-setup`);
  await page.getByLabel(t('organisation-name-ja')).fill('みなと野精機株式会社');
  await page.getByLabel(t('organisation-name-en')).fill('Minatono Seiki Co., Ltd.');
  await page.getByLabel(t('organisation-constituency-ja')).fill('国内外の全拠点');
  await page.getByLabel(t('organisation-constituency-en')).fill('All sites in Japan and abroad');
  await page.getByLabel(t('organisation-lang'), { exact: true }).selectOption(lang);
  await page.getByLabel(t('organisation-zone')).fill('Asia/Tokyo');
  await page.getByLabel(t('organisation-own-domains')).fill('minatono.example');
  const { login } = PEOPLE.administrator;
  await page.getByLabel(t('login-name')).fill(login);
  await page.getByLabel(t('account-name'), { exact: true }).fill(PEOPLE.administrator[lang]);
  await page.getByLabel(t('account-mail'), { exact: true }).fill(`${login}@minatono.example`);
  await page.getByLabel(t('login-password')).fill(PASSWORD);
  await page.getByRole('button', { name: t('setup-do') }).click();
  await expect(page.getByText(PEOPLE.administrator[lang]).first()).toBeVisible();
  await look(page, `${lang}-first`);
  const again = await page.request.get(here.server.setupLink);
  expect(again.status()).toBe(404);
});

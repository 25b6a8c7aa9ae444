// What the tests share: an installation, people who are signed in, and the texts in their language.
import { expect, test as base } from '@playwright/test';
import { prepare } from './look.mjs';
import { Server } from './server.mjs';
import { words } from './words.mjs';

export const PASSWORD = 'correct horse battery staple 7';

export const PEOPLE = {
  administrator: { login: 'kanri', ja: '管理 太郎', en: 'Taro Kanri', role: 'administrator' },
  lead: { login: 'takahashi', ja: '高橋 健', en: 'Ken Takahashi', role: 'csirt_lead' },
  handler: { login: 'sasaki', ja: '佐々木 美咲', en: 'Misaki Sasaki', role: 'handler' },
  approver: { login: 'onishi', ja: '大西 隆', en: 'Takashi Onishi', role: 'approver' },
};

/** A test whose page fails on everything the browser complains about: scripts, content security policy, missing files. */
export const test = base.extend({
  lang: async ({}, use, info) => use(info.project.name),
  t: async ({ lang }, use) => use(words(lang)),
});

export { expect };

/** One installation for all tests of a file, in the language of the project; `prepare` gives what it is started with. */
export function installation(name, prepare = async () => ({})) {
  const state = { server: undefined, contexts: new Map(), complaints: [] };
  test.beforeAll(async ({}, info) => {
    const { settings, ...how } = await prepare();
    state.server = await new Server(`${name}-${info.project.name}`).start(settings, how);
  });
  test.afterAll(async () => {
    for (const context of state.contexts.values()) await context.close();
    const code = await state.server?.stop();
    expect(code, 'the program ends well').toBe(0);
  });
  test.afterEach(() => {
    expect(state.complaints.splice(0), 'what the browser complains about').toEqual([]);
  });
  return state;
}

/** A browser of its own, with nobody signed in. */
export async function stranger(state, browser, info) {
  const { locale, timezoneId, viewport, contextOptions } = info.project.use;
  const context = await browser.newContext({ locale, timezoneId, viewport, ...contextOptions, baseURL: state.server.url });
  await prepare(context);
  context.on('weberror', (error) => state.complaints.push(`page error: ${error.error().message}`));
  context.on('console', (message) => {
    // A refusal that a test provokes is told by the browser as well; the test looks at the page instead.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) state.complaints.push(message.text());
  });
  return context;
}

/** Signs somebody in, from wherever the page is. */
export async function logIn(page, t, who) {
  await page.goto('/login');
  await page.getByLabel(t('login-name')).fill(PEOPLE[who].login);
  await page.getByLabel(t('login-password')).fill(PASSWORD);
  await page.getByRole('button', { name: t('login-do') }).click();
  await page.waitForURL((url) => url.pathname !== '/login');
}

/** Takes an invitation and chooses a password. */
export async function accept(page, t, link) {
  await page.goto(link);
  await page.getByLabel(t('password-new')).fill(PASSWORD);
  await page.getByRole('button', { name: t('link-do') }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/link/'));
}

/** Waits for what the program says after something was done. */
export async function notice(page, text) {
  await expect(page.getByRole('status').filter({ hasText: text })).toBeVisible();
}

// Single sign-on at a real identity provider, in both languages: the way in, the ways that stay shut, the ways to connect.
import { CLIENT, Provider } from '../oidc/provider.mjs';
import { look } from './support/look.mjs';
import { PASSWORD, expect, installation, notice, stranger, test } from './support/story.mjs';
import { words } from './support/words.mjs';

test.describe.configure({ mode: 'serial' });

let provider;
const here = installation('sign-on', async () => {
  provider = await Provider.listen();
  const settings = [
    `oidc.issuer=${provider.issuer}`,
    `oidc.client_id=${CLIENT.id}`,
    'oidc.name=みなと野ID',
    'oidc.scopes=openid,profile,email,groups',
    'oidc.create_accounts=true',
    'oidc.roles=csirt-members=handler',
  ];
  const env = { MATOI_OIDC_CLIENT_SECRET: CLIENT.secret };
  return { settings, setUp: 'samples/organisation.json', password: PASSWORD, env };
});
test.afterAll(async () => await provider?.close());

/** The language of somebody who is signed in is that of their account: the organisation's. */
const ja = words('ja');

const button = (page, t) => page.getByRole('link', { name: t('login-sign-on', { name: 'みなと野ID' }) });

/** Presses the button and signs in at the provider, if it asks. */
async function signOn(page, t, who) {
  await button(page, t).click();
  await page.getByLabel('Who').fill(who);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function refused(page, t, key) {
  await expect(page.getByRole('heading', { name: t('sign-on-refused') })).toBeVisible();
  await expect(page.getByText(t(key, { url: here.server.url }))).toBeVisible();
}

async function logOut(page) {
  await page.request.post('/logout', { headers: { 'sec-fetch-site': 'same-origin' } });
}

test('a provider that is down keeps nobody with a password out', async ({ browser, lang, t }, info) => {
  const page = await (await stranger(here, browser, info)).newPage();
  await page.goto('/login');
  await expect(button(page, t)).toBeVisible();
  await look(page, `${lang}-sign-on-login`);
  await button(page, t).click();
  await refused(page, t, 'error-sign-on-unreachable');
  await look(page, `${lang}-sign-on-refused`);
  here.complaints.splice(0);
  await page.goto('/login');
  await page.getByLabel(t('login-name')).fill('administrator');
  await page.getByLabel(t('login-password')).fill(PASSWORD);
  await page.getByRole('button', { name: t('login-do'), exact: true }).click();
  await page.waitForURL((url) => url.pathname === '/');
});

test('somebody new comes in with the roles of their groups, and to where they wanted', async ({ browser, t }, info) => {
  provider.serve(`${here.server.url}/sign-in/oidc/back`);
  const context = await stranger(here, browser, info);
  // A provider that did not answer is left alone for a few seconds.
  await expect(async () => {
    const answer = await context.request.get('/sign-in/oidc', { maxRedirects: 0 });
    expect(answer.status()).toBe(303);
  }).toPass();
  const page = await context.newPage();
  await page.goto('/cases?state=open');
  await signOn(page, t, 'tanaka');
  await page.waitForURL(`${here.server.url}/cases?state=open`);
  await page.goto('/me');
  await expect(page.getByRole('heading', { level: 1, name: '田中 花' })).toBeVisible();
  const cookies = await context.cookies(here.server.url);
  expect(cookies.filter(({ name }) => name === 'matoi_sign_on')).toEqual([]);
  expect(cookies.find(({ name }) => name === 'matoi_session')).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
  const account = here.server.command('user', 'list').find(({ login }) => login === 'tanaka');
  expect(account).toMatchObject({ state: 'active', has_single_sign_on: true, has_password: false, mail: 'tanaka@minatono.example' });
  expect(account.grants).toEqual([{ role: 'handler', unit_id: null }]);

  await logOut(page);
  await page.goto('/login');
  await button(page, t).click();
  await page.waitForURL((url) => url.pathname === '/');
});

test('what does not fit is refused, with what to do', async ({ browser, t }, info) => {
  const page = await (await stranger(here, browser, info)).newPage();
  await page.goto('/login');
  await signOn(page, t, 'ito');
  await refused(page, t, 'error-sign-on-no-role');
  await page.context().clearCookies();

  await page.goto('/login');
  await button(page, t).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await refused(page, t, 'error-sign-on-denied');
  const used = page.url();
  await page.goto(used);
  await refused(page, t, 'error-sign-on-lost');
  await page.goto('/sign-in/oidc/back?code=x&state=y');
  await refused(page, t, 'error-sign-on-lost');

  // Nothing that comes from outside says where to go.
  await page.goto('/login?next=https://evil.example/');
  await signOn(page, t, 'tanaka');
  await page.waitForURL((url) => url.href === `${here.server.url}/`);
});

test('a name that is taken is not given away; its owner connects it', async ({ browser, t }, info) => {
  const invited = here.server.command('user', 'add', 'kimura', '--name', '木村 葵', '--mail', 'kimura@minatono.example');
  const page = await (await stranger(here, browser, info)).newPage();
  await page.goto('/login');
  await signOn(page, t, 'kimura');
  await refused(page, t, 'error-sign-on-taken');

  await page.goto(`${here.server.url}/link/${invited.invitation_link.split('/').at(-1)}`);
  await look(page, `${info.project.name}-sign-on-invitation`);
  await page.getByLabel(t('password-new')).fill(PASSWORD);
  await page.getByRole('button', { name: t('link-do') }).click();
  await page.getByLabel(t('login-name')).fill('kimura');
  await page.getByLabel(t('login-password')).fill(PASSWORD);
  await page.getByRole('button', { name: t('login-do'), exact: true }).click();
  await page.waitForURL((url) => url.pathname === '/');
  await page.goto('/me');
  await look(page, `${info.project.name}-sign-on-me`);
  const section = page.getByRole('region', { name: ja('single-sign-on') });
  await section.getByLabel(ja('password-old')).fill('wrong');
  await section.getByRole('button', { name: ja('sign-on-connect') }).click();
  await expect(section.getByText(ja('error-password-wrong'))).toBeVisible();
  await section.getByLabel(ja('password-old')).fill(PASSWORD);
  await section.getByRole('button', { name: ja('sign-on-connect') }).click();
  await look(page, `${info.project.name}-sign-on-continue`);
  await button(page, ja).click();
  await notice(page, ja('notice-sign-on-connected'));

  await logOut(page);
  await page.goto('/login');
  await button(page, t).click();
  await page.waitForURL((url) => url.pathname === '/');
});

test('an invitation is taken without a password', async ({ browser, t }, info) => {
  const invited = here.server.command('user', 'add', 'kato2', '--name', '加藤 実', '--role', 'auditor');
  const page = await (await stranger(here, browser, info)).newPage();
  await page.goto(`${here.server.url}/link/${invited.invitation_link.split('/').at(-1)}`);
  await signOn(page, t, 'kato');
  await page.waitForURL((url) => url.pathname === '/');
  const account = here.server.command('user', 'list').find(({ login }) => login === 'kato2');
  expect(account).toMatchObject({ state: 'active', has_single_sign_on: true, has_password: false });
  expect(account.grants.map(({ role }) => role)).toEqual(['auditor', 'handler']);
});

// Every page with sample data, in both languages and themes, wide and narrow, beside each other in target/gallery/index.html.
// Each is asked for what axe finds and what makes it scroll sideways on a telephone; findings are listed, and end it with 1.
// Pages are found by following links from the first one, so that a new page is in the gallery without being named here.
//   scripts/gallery [part of a path]
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chromium } from '@playwright/test';
import { chromium as browserPath, target as e2e } from '../e2e/support/places.mjs';
import { faults, overflow, prepare } from '../e2e/support/look.mjs';
import { Server } from '../e2e/support/server.mjs';
import { PASSWORD, seed } from './seed.mjs';

const only = process.argv[2] ?? '';
const target = join(dirname(e2e), 'gallery');
/** Pages of the same kind that are shown: two cases look different, ten do not. */
const OF_A_KIND = 2;
const SHAPES = ['ja', 'en'].flatMap((lang) =>
  ['light', 'dark'].flatMap((theme) => [1440, 390].map((width) => ({ lang, theme, width }))),
);

const server = await new Server('gallery').start([], { setUp: 'samples/organisation.json', password: PASSWORD });
const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] });
try {
  const strangers = await seed(server);
  const people = {};
  for (const lang of ['ja', 'en']) {
    people[lang] = await context(lang);
    const page = await people[lang].newPage();
    await page.goto('/login');
    await page.locator('[name=login]').fill(`gallery-${lang}`);
    await page.locator('[name=password]').fill(PASSWORD);
    await page.locator('form[action$="/login"] button').click();
    await page.waitForURL((url) => url.pathname !== '/login');
    people[lang].page = page;
  }
  const paths = (await find(people.ja.page)).filter((path) => path.includes(only));
  console.log(`${paths.length} pages of people who are signed in, ${strangers.length} of anybody`);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const rows = [];
  const findings = [];
  for (const { path, isPublic } of [
    ...strangers.map((path) => ({ path, isPublic: true })),
    ...paths.map((path) => ({ path, isPublic: false })),
  ]) {
    if (!path.includes(only)) continue;
    const name = path.replace(/[^a-zA-Z0-9]+/g, '-').replace(/^-|-$/g, '') || 'now';
    const files = [];
    for (const { lang, theme, width } of SHAPES) {
      const page = isPublic ? await (await strangersContext(lang)).newPage() : people[lang].page;
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: width > 1000 ? 900 : 844 });
      const answer = await page.goto(path);
      await page.evaluate(() => document.fonts.ready);
      const file = `${name}-${lang}-${theme}-${width}.png`;
      await page.screenshot({ path: join(target, file), fullPage: true });
      files.push({ file, status: answer.status() });
      // The shape decides over what fits, the theme over contrast; the language over neither.
      const seen = width > 1000 ? (lang === 'ja' ? await faults(page) : []) : await overflow(page);
      findings.push(...seen.map((one) => `${path} (${lang}, ${theme}, ${width}): ${one}`));
      if (isPublic) await page.close();
    }
    rows.push({ path, files });
    console.log(`${rows.length} ${path} ${files[0].status}`);
  }
  writeFileSync(join(target, 'index.html'), index(rows));
  findings.forEach((one) => console.log(one));
  process.exitCode = findings.length > 0 ? 1 : 0;
  console.log(`summary: ${findings.length} findings, ${rows.length} pages, ${rows.length * SHAPES.length} pictures: ${join(target, 'index.html')}`);
} finally {
  await browser.close();
  await server.stop();
}

async function context(lang) {
  const locale = lang === 'ja' ? 'ja-JP' : 'en-GB';
  const context = await browser.newContext({ baseURL: server.url, locale, timezoneId: 'Asia/Tokyo' });
  await prepare(context);
  return context;
}

/** Contexts of people without an account, one for each language. */
async function strangersContext(lang) {
  strangersContext[lang] ??= await context(lang);
  return strangersContext[lang];
}

/** What can be reached from the first page by links, a few pages of each kind. */
async function find(page) {
  const kinds = new Map();
  const found = [];
  const waiting = ['/', '/me', '/reports/new', '/search?q=locked3'];
  while (waiting.length > 0) {
    const path = waiting.shift();
    const kind = path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '{id}').replace(/\?.*/, '?');
    if (found.includes(path) || (kinds.get(kind) ?? 0) >= OF_A_KIND) continue;
    const answer = await page.goto(path).catch(() => undefined);
    if (!answer || !(answer.headers()['content-type'] ?? '').includes('html') || answer.status() >= 400) {
      if (answer?.status() >= 400) console.log(`${path} is linked and answers ${answer.status()}`);
      continue;
    }
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    found.push(path);
    const links = await page.$$eval('a[href]:not([download])', (all) => all.map((a) => a.href));
    for (const link of links) {
      const url = new URL(link);
      if (url.origin === server.url) waiting.push(url.pathname + url.search.replace(/[?&]cursor=[^&]*/, ''));
    }
  }
  return found;
}

function index(rows) {
  const head = SHAPES.map(({ lang, theme, width }) => `<th>${lang} ${theme} ${width}</th>`).join('');
  const body = rows
    .map(({ path, files }) => {
      const cells = files.map(({ file }) => `<td><a href="${file}"><img src="${file}" loading="lazy" alt=""></a></td>`);
      return `<tr><th>${path.replace(/[<&]/g, '')}</th>${cells.join('')}</tr>`;
    })
    .join('\n');
  return `<!doctype html><meta charset="utf-8"><title>Matoi: gallery</title>
<style>body{font:14px sans-serif;margin:1em}td{vertical-align:top}img{width:180px;border:1px solid #8888}th{text-align:left;font-weight:normal;max-width:12em;overflow-wrap:anywhere;vertical-align:top}thead th{position:sticky;top:0;background:Canvas}</style>
<table><thead><tr><th></th>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

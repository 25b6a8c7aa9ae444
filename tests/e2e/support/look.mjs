// Looks at a page as a person with and without good eyes does: a picture, and axe, in light and dark, wide and narrow.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { target } from './places.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** axe comes with every page before the page's own scripts: later, the page's content security policy keeps it out. */
export async function prepare(context) {
  await context.addInitScript(axe);
}

/** Checks the page that is open, and keeps pictures of it under `name`. */
export async function look(page, name) {
  const before = page.viewportSize();
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await faults(page), `axe on ${name}, ${colorScheme}`).toEqual([]);
    await picture(page, `${name}-${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await overflow(page), `${name} is wider than a telephone`).toEqual([]);
  await picture(page, `${name}-phone`);
  await page.setViewportSize(before);
}

async function picture(page, name) {
  // Hiding the caret would leave style attributes behind, which a later swap of fragments runs into.
  await page.screenshot({ path: join(target, 'pictures', `${name}.png`), fullPage: true, caret: 'initial' });
}

/** What axe finds on the page that is open. */
export async function faults(page) {
  return await page.evaluate(async () => {
    const found = await globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      resultTypes: ['violations'],
    });
    return found.violations.flatMap((rule) =>
      rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary?.split('\n')[1]?.trim()}`),
    );
  });
}

/** What makes the page scroll sideways. */
export async function overflow(page) {
  return await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.body.querySelectorAll('*')]
      .filter((element) => element.getBoundingClientRect().right > width + 1)
      .map((element) => `${element.tagName.toLowerCase()}.${element.className} ${Math.round(element.getBoundingClientRect().right)}`)
      .slice(0, 5);
  });
}

// The program's own texts, so that a test says which button it means and not how it is labelled.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './places.mjs';

export function words(lang) {
  const texts = new Map();
  const folder = join(root, 'locales', lang);
  for (const file of readdirSync(folder)) {
    let key;
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
      const start = /^([a-z][a-z0-9-]*) = ?(.*)$/.exec(line);
      if (start) {
        key = start[1];
        texts.set(key, start[2]);
      } else if (key && /^ +\S/.test(line)) {
        texts.set(key, `${texts.get(key)}\n${line.trim()}`.trim());
      } else {
        key = undefined;
      }
    }
  }
  /** The text of a key, with its arguments filled in. */
  return (key, args = {}) => {
    const text = texts.get(key);
    if (text === undefined) throw new Error(`there is no text ${key} in ${lang}`);
    return text.replace(/\{ ?\$([a-z-]+) ?\}/g, (_, name) => {
      if (!(name in args)) throw new Error(`${key} needs ${name}`);
      return String(args[name]);
    });
  };
}

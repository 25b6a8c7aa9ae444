// Where things are: the repository, what is built, the browser of the system.
import { accessSync, constants } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(fileURLToPath(import.meta.url), '../../../..');
const built = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
export const target = join(built, 'e2e');
export const binary = process.env.E2E_BINARY ?? join(built, 'debug/matoi');
export const chromium = process.env.E2E_CHROMIUM ?? onPath(['chromium', 'chromium-browser', 'google-chrome']);

function onPath(names) {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not there; the next folder may have it.
      }
    }
  }
  throw new Error('Chromium is not installed (Debian: apt-get install chromium)');
}

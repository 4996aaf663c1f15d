/** Vite plugin that lists the licence of the typeface with those of the bundled packages. */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/**
 * Appends the licence of Inter to a file that Vite writes. OFL 1.1 (section 2) requires that each copy contains it.
 * @param fileName name of Vite's licence file, `build.license.fileName`
 */
export function appendFontLicence(fileName: string): Plugin {
  return {
    name: 'font-licence',
    writeBundle({ dir = '' }) {
      const licence = readFileSync(new URL('OFL.txt', import.meta.url), 'utf8');
      appendFileSync(join(dir, fileName), `\n## Inter (OFL-1.1)\n\n${licence}`);
    },
  };
}

/** The script that other pages embed: small, whole, and nothing in it that a strict policy forbids. */
import { bundleForBrowser } from '../support/browser-bundle.js';

/** Largest script, bytes after gzip. */
const MAX_BYTES = 12 * 1_024;

it(`the script has less than ${MAX_BYTES} bytes, imports nothing, and makes no markup or code from text`, async () => {
  const { text, gzipBytes, packageFiles, externalImports } = await bundleForBrowser('web/embed/live-counter.ts');
  expect(packageFiles.every((path) => path.startsWith('node_modules/eventsource-parser/'))).toBe(true);
  expect(externalImports).toEqual([]);
  expect(text).toContain('live-counter');
  expect(text).not.toMatch(/innerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/);
  expect(gzipBytes).toBeLessThan(MAX_BYTES);
});

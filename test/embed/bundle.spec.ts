/** The bundle of `<live-counter>`: small, self-contained, and allowed by strict content security policies. */
import { bundleForBrowser } from '../support/browser-bundle.js';

/** Largest script, bytes after gzip. */
const MAX_BYTES = 12 * 1_024;

it(`the script has fewer than ${MAX_BYTES} bytes, imports nothing, and creates no markup or code from strings`, async () => {
  const { text, gzipBytes, packageFiles, externalImports } = await bundleForBrowser('web/embed/live-counter.ts');
  expect(packageFiles.every((path) => path.startsWith('node_modules/eventsource-parser/'))).toBe(true);
  expect(externalImports).toEqual([]);
  expect(text).toContain('live-counter');
  expect(text).not.toMatch(/innerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/);
  expect(gzipBytes).toBeLessThan(MAX_BYTES);
});

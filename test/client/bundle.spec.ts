/** The client's bundle for browsers: small, and without Node modules. */
import { bundleForBrowser } from '../support/browser-bundle.js';

/** Largest bundle, bytes after gzip. */
const MAX_BYTES = 6_700;

it(`the client for browsers has fewer than ${MAX_BYTES} bytes and imports no Node module`, async () => {
  const { text, gzipBytes, packageFiles, externalImports } = await bundleForBrowser('src/client/client.ts');
  expect(packageFiles).toEqual([]);
  expect(externalImports).toEqual([]);
  expect(text).toContain('tallyboard.v1');
  expect(gzipBytes).toBeLessThan(MAX_BYTES);
});

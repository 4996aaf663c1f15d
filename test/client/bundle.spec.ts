/** The client as a page gets it: small, and with nothing in it that only Node has. */
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Largest bundle, bytes after gzip. */
const MOST_BYTES = 5 * 1_024;

it(`the client for browsers has less than ${MOST_BYTES} bytes, and no module of Node`, async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: ['src/client/client.ts'],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    metafile: true,
  });
  const packages = Object.keys(metafile.inputs).filter((path) => path.includes('node_modules/'));
  expect(packages.every((path) => path.startsWith('node_modules/eventsource-parser/'))).toBe(true);
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  expect(imports).toEqual([]);
  const [bundle] = outputFiles;
  expect(bundle?.text).toContain('tallyboard.v1');
  expect(gzipSync(bundle?.contents ?? '').length).toBeLessThan(MOST_BYTES);
});

/** The script that other pages embed: small, whole, and nothing in it that a strict policy forbids. */
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Largest script, bytes after gzip. */
const MOST_BYTES = 12 * 1_024;

it(`the script has less than ${MOST_BYTES} bytes, imports nothing, and makes no markup or code from text`, async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: ['web/embed/live-counter.ts'],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    write: false,
    metafile: true,
  });
  const packages = Object.keys(metafile.inputs).filter((path) => path.includes('node_modules/'));
  expect(packages.every((path) => path.startsWith('node_modules/eventsource-parser/'))).toBe(true);
  expect(Object.values(metafile.outputs).flatMap((output) => output.imports)).toEqual([]);
  const [bundle] = outputFiles;
  expect(bundle?.text).toContain('live-counter');
  expect(bundle?.text).not.toMatch(/innerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/);
  expect(gzipSync(bundle?.contents ?? '').length).toBeLessThan(MOST_BYTES);
});

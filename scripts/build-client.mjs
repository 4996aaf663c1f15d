/**
 * Builds the package `@tallyboard/client` from `src/client`: one module, one file of types, and the licences of what is
 * in them. The module is minified and there is one of it: CommonJS loads it too, so that a program has one class of
 * each error, however it imports.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PACKAGE = `${ROOT}packages/client/`;
const DIST = `${PACKAGE}dist/`;
const ENTRY = `${ROOT}src/client/client.ts`;

export async function buildClient() {
  rmSync(DIST, { recursive: true, force: true });
  mkdirSync(DIST, { recursive: true });
  const { metafile } = await build({
    entryPoints: [ENTRY],
    outfile: `${DIST}client.js`,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    minify: true,
    keepNames: true,
    metafile: true,
    absWorkingDir: ROOT,
  });
  writeFileSync(`${DIST}client.cjs`, `module.exports = require('./client.js');\n`);

  // Types of CommonJS may be imported by an ES module, and not the other way round.
  const GENERATOR = 'node_modules/dts-bundle-generator/dist/bin/dts-bundle-generator.js';
  const options = ['--project', 'tsconfig.client.json', '--no-banner', '--silent', '-o', `${DIST}client.d.cts`, ENTRY];
  execFileSync(process.execPath, [GENERATOR, ...options], { cwd: ROOT, stdio: 'inherit' });
  writeFileSync(`${DIST}client.d.ts`, `export * from './client.cjs';\n`);

  const packages = new Set(
    Object.keys(metafile.inputs).flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
  );
  const notices = [...packages].map(
    (name) => `\n---\n\nIn client.js: ${name}\n\n${readFileSync(`${ROOT}node_modules/${name}/LICENSE`, 'utf8')}`,
  );
  writeFileSync(`${PACKAGE}LICENSE`, [readFileSync(`${ROOT}LICENSE`, 'utf8'), ...notices].join(''));
}

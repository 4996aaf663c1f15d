/**
 * Builds a package for users: one module, one file of types, and the licences of what is in them. The module is
 * minified and there is one of it: CommonJS loads it too, so that a program has one class of each error, and one context
 * of React, however it imports.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param name folder in `packages`, and name of the files
 * @param entry path of the entry point, from the root
 * @param tsconfig path of the compiler options of the types, from the root
 * @param options of esbuild, beside those that all packages have
 */
export async function buildPackage({ name, entry, tsconfig, options }) {
  const directory = `${ROOT}packages/${name}/`;
  const dist = `${directory}dist/`;
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const { metafile } = await build({
    entryPoints: [ROOT + entry],
    outfile: `${dist}${name}.js`,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    minify: true,
    keepNames: true,
    metafile: true,
    absWorkingDir: ROOT,
    ...options,
  });
  writeFileSync(`${dist}${name}.cjs`, `module.exports = require('./${name}.js');\n`);

  // Types of CommonJS may be imported by an ES module, and not the other way round.
  const GENERATOR = 'node_modules/dts-bundle-generator/dist/bin/dts-bundle-generator.js';
  const args = ['--project', tsconfig, '--no-banner', '--silent', '-o', `${dist}${name}.d.cts`, ROOT + entry];
  execFileSync(process.execPath, [GENERATOR, ...args], { cwd: ROOT, stdio: 'inherit' });
  writeFileSync(`${dist}${name}.d.ts`, `export * from './${name}.cjs';\n`);

  const packages = new Set(
    Object.keys(metafile.inputs).flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
  );
  const notices = [...packages].map(
    (bundled) =>
      `\n---\n\nIn ${name}.js: ${bundled}\n\n${readFileSync(`${ROOT}node_modules/${bundled}/LICENSE`, 'utf8')}`,
  );
  writeFileSync(`${directory}LICENSE`, [readFileSync(`${ROOT}LICENSE`, 'utf8'), ...notices].join(''));
}

/**
 * Compiles the service from `src` into `dist`, and copies its files in other languages; compiles the simulation of the
 * service into `dist-simulation`. Types are checked by `npm run lint`: without that, all of it takes less than a second.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { transformFile } from '@swc/core';

/** Files that the service reads as they are. */
const FOLDERS = ['store/redis/lua', 'api-docs/swagger-ui'];

/** As the tests compile the same files (jest.config.mjs), for the target of tsconfig.json. */
const OPTIONS = {
  swcrc: false,
  sourceMaps: true,
  jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
  },
  module: { type: 'es6' },
};

/** @throws Error with the place of what is not TypeScript */
export async function compileService() {
  await compileFolder('src', 'dist');
  for (const folder of FOLDERS) cpSync(join('src', folder), join('dist', folder), { recursive: true });
  chmodSync('dist/cli/tallyboard.js', 0o755);
}

/** @throws Error with the place of what is not TypeScript */
export async function compileSimulation() {
  await compileFolder('simulation', 'dist-simulation');
}

async function compileFolder(from, into) {
  const modules = readdirSync(from, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/\.(spec|contract)\.ts$/.test(path))
    .map((path) => path.slice(0, -'.ts'.length));
  removeStaleOutput(into, new Set(modules));
  await Promise.all(modules.map((module) => compileModule(join(from, `${module}.ts`), join(into, `${module}.js`))));
}

async function compileModule(source, output) {
  const sourceFileName = relative(dirname(output), source);
  const { code, map } = await transformFile(source, { ...OPTIONS, sourceFileName });
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, `${code}//# sourceMappingURL=${basename(output)}.map\n`);
  writeFileSync(`${output}.map`, map);
}

/** Deletes compiled files without a source: renamed modules would stay in the package. */
function removeStaleOutput(folder, modules) {
  if (!existsSync(folder)) return;
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const [, module] = /^(?!page\/)(.*?)(?:\.js|\.js\.map|\.d\.ts)$/.exec(path) ?? [];
    if (module !== undefined && !modules.has(module)) rmSync(join(folder, path));
  }
}

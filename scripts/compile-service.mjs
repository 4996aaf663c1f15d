/**
 * Compiles the service from `src` into `dist`, and copies its files in other languages. Types are checked by
 * `npm run lint`: without that, all of it takes less than a second.
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
  const modules = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/\.(spec|contract)\.ts$/.test(path))
    .map((path) => path.slice(0, -'.ts'.length));
  removeStaleOutput(new Set(modules));
  await Promise.all(modules.map(compileModule));
  for (const folder of FOLDERS) cpSync(join('src', folder), join('dist', folder), { recursive: true });
  chmodSync('dist/cli/tallyboard.js', 0o755);
}

async function compileModule(module) {
  const [source, output] = [join('src', `${module}.ts`), join('dist', `${module}.js`)];
  const sourceFileName = relative(dirname(output), source);
  const { code, map } = await transformFile(source, { ...OPTIONS, sourceFileName });
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, `${code}//# sourceMappingURL=${basename(output)}.map\n`);
  writeFileSync(`${output}.map`, map);
}

/** Deletes compiled files without a source: renamed modules would stay in the package. */
function removeStaleOutput(modules) {
  if (!existsSync('dist')) return;
  for (const path of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
    const [, module] = /^(?!page\/)(.*?)(?:\.js|\.js\.map|\.d\.ts)$/.exec(path) ?? [];
    if (module !== undefined && !modules.has(module)) rmSync(join('dist', path));
  }
}

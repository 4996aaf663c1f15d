/** `npm run build` builds what has changed, and says so; what was built starts without the packages that build it. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTempDirectory } from '../support/temp-directory.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Copies what the service is built from. */
function copyCheckout(): string {
  const directory = createTempDirectory();
  for (const name of ['src', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json']) {
    cpSync(join(ROOT, name), join(directory, name), { recursive: true });
  }
  mkdirSync(join(directory, 'node_modules'));
  for (const name of ['vite', '@swc'])
    symlinkSync(join(ROOT, 'node_modules', name), join(directory, 'node_modules', name));
  return directory;
}

/** @returns exit code, and what was said */
function build(directory: string, ...parts: readonly string[]): [code: number | null, said: string] {
  const args = ['scripts/build.mjs', ...parts];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8' });
  return [status, stderr];
}

it('builds what is new, what has changed and what is missing, and nothing else', () => {
  const directory = copyCheckout();
  const built: [number, unknown] = [0, expect.stringMatching(/^Building the service … \d+\.\d s\n$/)];
  expect(build(directory, 'service')).toEqual(built);
  expect(build(directory, 'service')).toEqual([0, '']);

  const source = join(directory, 'src/exit.ts');
  writeFileSync(source, `${readFileSync(source, 'utf8')}\nexport const isNew = true;\n`);
  expect(build(directory, 'service')).toEqual(built);
  expect(readFileSync(join(directory, 'dist/exit.js'), 'utf8')).toContain('isNew');

  renameSync(source, join(directory, 'src/moved.ts'));
  expect(build(directory, 'service')).toEqual(built);
  expect([existsSync(join(directory, 'dist/exit.js')), existsSync(join(directory, 'dist/moved.js.map'))]).toEqual([
    false,
    true,
  ]);

  writeFileSync(source, 'export const = 1;\n');
  expect(build(directory, 'service')).toEqual([1, expect.stringContaining('src/exit.ts')]);
  rmSync(source);
  expect(build(directory, 'service')).toEqual(built);

  // As after `npm ci --omit=dev`: what is built stays, and what is not cannot be.
  rmSync(join(directory, 'node_modules'), { recursive: true });
  expect(build(directory, 'service')).toEqual([0, '']);
  rmSync(join(directory, 'dist'), { recursive: true });
  expect(build(directory, 'service')).toEqual([1, expect.stringContaining('npm ci')]);
  expect(build(directory, 'pages')).toEqual([2, expect.stringContaining('choose from service, page, client, react')]);
});

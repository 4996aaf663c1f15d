/**
 * `npm run docs` builds docs/ into a site in `docs/.vitepress/dist`; `npm run docs:dev` serves it while it is written.
 * Both install `tools/` first when that is missing or out of date.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

const modifiedMs = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

if (modifiedMs(`${ROOT}tools/node_modules/.package-lock.json`) < modifiedMs(`${ROOT}tools/package-lock.json`)) {
  run('npm', ['ci', '--prefix', 'tools', '--no-audit', '--no-fund']);
}
run('tools/node_modules/.bin/vitepress', process.argv.slice(2));

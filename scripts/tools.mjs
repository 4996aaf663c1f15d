/** Runs the tools of `tools/`. Builds and tests do not need them, so they are installed when they are first used. */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Runs a command in the root of the project. If it fails, exits with its exit code. */
function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

const modifiedMs = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

/** Installs a folder of tools if it is missing or older than its lock file. */
export function installTools(folder = 'tools') {
  if (
    modifiedMs(`${ROOT}${folder}/node_modules/.package-lock.json`) < modifiedMs(`${ROOT}${folder}/package-lock.json`)
  ) {
    run('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts']);
  }
}

/** Runs a tool. Installs `tools/` first if needed. */
export function runTool(name, args) {
  installTools();
  run(`tools/node_modules/.bin/${name}`, args);
}

/** Returns a `require` that finds the packages of `tools/`. Installs `tools/` first if needed. */
export function requireTools() {
  installTools();
  return createRequire(`${ROOT}tools/package.json`);
}

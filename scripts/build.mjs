/**
 * `npm run build`: compiles the service, copies its files in other languages, writes the types of the client, and
 * builds the page, `embed.js` and the service worker, all into `dist`. Deletes compiled files without a source first.
 * `--service` builds only the service.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const isServiceOnly = process.argv.includes('--service');

function run(tool, ...args) {
  try {
    execFileSync(process.execPath, [`node_modules/${tool}`, ...args], { stdio: 'inherit' });
  } catch (error) {
    // The tool has printed its error.
    process.exit(error.status ?? 1);
  }
}

/** Deletes compiled files without a source. The compiler does not, so renamed modules would stay in the package. */
function removeStaleOutput() {
  if (!existsSync('dist')) return;
  for (const path of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
    const [, module] = /^(?!page\/)(.*?)(?:\.js|\.js\.map|\.d\.ts)$/.exec(path) ?? [];
    if (module !== undefined && !existsSync(join('src', `${module}.ts`))) rmSync(join('dist', path));
  }
}

removeStaleOutput();
run('typescript/bin/tsc', '-p', 'tsconfig.build.json');
for (const folder of ['store/redis/lua', 'api-docs/swagger-ui']) {
  cpSync(join('src', folder), join('dist', folder), { recursive: true });
}
chmodSync('dist/cli/tallyboard.js', 0o755);
if (!isServiceOnly) {
  run('typescript/bin/tsc', '-p', 'tsconfig.client.json');
  run('vite/bin/vite.js', 'build', '--config', 'web/vite.config.ts');
  run('vite/bin/vite.js', 'build', '--config', 'web/embed/vite.config.ts');
  run('vite/bin/vite.js', 'build', '--config', 'web/worker/vite.config.ts');
}

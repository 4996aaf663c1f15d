/**
 * `npm run dev`: builds and starts the service, and rebuilds and restarts it when files change. Ctrl-C stops it.
 */
import { spawn } from 'node:child_process';
import { cpSync, watch } from 'node:fs';

const LUA = 'src/store/redis/lua';
const COMMANDS = [
  ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--watch', '--preserveWatchOutput'],
  ['node_modules/vite/bin/vite.js', 'build', '--config', 'web/vite.config.ts', '--watch', '--emptyOutDir', 'false'],
  ['--enable-source-maps', '--watch-path=dist', 'dist/main.js'],
];

const scripts = watch(LUA, () => cpSync(LUA, 'dist/store/redis/lua', { recursive: true }));
const children = COMMANDS.map((args) => spawn(process.execPath, args, { stdio: 'inherit' }));

function stop() {
  scripts.close();
  for (const child of children) child.kill('SIGTERM');
}

// Ctrl-C reaches the child processes too. The service shuts down by itself.
process.on('SIGINT', stop).on('SIGTERM', stop);
for (const child of children) child.once('exit', stop);

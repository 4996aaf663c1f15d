/**
 * `npm run dev`: builds and starts the service, and rebuilds and restarts it when files change. Ctrl-C stops it.
 */
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { compileService } from './compile-service.mjs';

/** Editors write a file in several steps, milliseconds. */
const SETTLE_MS = 100;
const COMMANDS = [
  ['node_modules/vite/bin/vite.js', 'build', '--config', 'web/vite.config.ts', '--watch', '--emptyOutDir', 'false'],
  ['--enable-source-maps', '--watch-path=dist', 'dist/main.js'],
];

let timer;
const sources = watch('src', { recursive: true }, () => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    compileService().catch((error) => process.stderr.write(`${error.message}\n`));
  }, SETTLE_MS);
});
const children = COMMANDS.map((args) => spawn(process.execPath, args, { stdio: 'inherit' }));

function stop() {
  sources.close();
  clearTimeout(timer);
  for (const child of children) child.kill('SIGTERM');
}

// Ctrl-C reaches the child processes too. The service shuts down by itself.
process.on('SIGINT', stop).on('SIGTERM', stop);
for (const child of children) child.once('exit', stop);

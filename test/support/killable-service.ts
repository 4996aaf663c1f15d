/**
 * Runs a service whose SQLite worker threads a test can kill or hang. A preloaded module polls for flag files in every
 * worker thread and obeys them.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createTempDirectory } from './temp-directory.js';
import { eventually } from './cleanup.js';
import { type Service, startService } from './service.js';

type ThreadName = 'writer' | 'reader';

/** Preloaded in every thread. `process.exit` ends a worker thread like a fault: at once, whatever it is doing. */
const PRELOAD = `
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { isMainThread, workerData } from 'node:worker_threads';
const thread = basename(process.argv[1] ?? '', '.worker.js');
const isRequested = (action) => existsSync(workerData.directory + '/' + action + '-' + thread);
const sleepCell = new Int32Array(new SharedArrayBuffer(4));
if (!isMainThread) setInterval(() => {
  if (isRequested('kill')) process.exit(7);
  while (isRequested('hang')) Atomics.wait(sleepCell, 0, 0, 5);
}, 1).unref();
`;

interface KillableService extends Service {
  /** Kills a thread and each replacement. Resolves when the service has logged the exit. */
  readonly killThread: (thread: ThreadName) => Promise<void>;
  /** Lets the next replacement live. */
  readonly allowRestart: (thread: ThreadName) => void;
  /** Blocks a thread. @returns a function that lets it continue */
  readonly hangThread: (thread: ThreadName) => () => void;
}

export async function startKillableService(): Promise<KillableService> {
  const DATA_DIR = createTempDirectory();
  const preload = join(DATA_DIR, 'preload.mjs');
  writeFileSync(preload, PRELOAD);
  const service = await startService({ DATA_DIR, NODE_OPTIONS: `--import ${pathToFileURL(preload).href}` });
  const killFile = (thread: ThreadName): string => join(DATA_DIR, `kill-${thread}`);
  const hangFile = (thread: ThreadName): string => join(DATA_DIR, `hang-${thread}`);
  const countExits = (thread: ThreadName): number => service.output().split(`#sqlite-${thread} ended (code 7)`).length;
  return {
    ...service,
    async killThread(thread) {
      const before = countExits(thread);
      writeFileSync(killFile(thread), '');
      await eventually(() => countExits(thread) > before);
    },
    allowRestart(thread) {
      if (existsSync(killFile(thread))) rmSync(killFile(thread));
    },
    hangThread(thread) {
      writeFileSync(hangFile(thread), '');
      return () => rmSync(hangFile(thread));
    },
  };
}

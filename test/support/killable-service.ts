/** A service whose store can lose its threads, or wait for them: Node runs a line of the test's in each, which does so when a file says it. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createTempDirectory } from './temp-directory.js';
import { eventually } from './cleanup.js';
import { type Service, startService } from './service.js';

type ThreadName = 'writer' | 'reader';

/** Runs in every thread, before its own file. `process.exit` ends a thread as a fault would: at once, whatever it was at. */
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
  /** Ends a thread, and each that is started in its place. Resolves when the service has noticed it. */
  readonly killThread: (thread: ThreadName) => Promise<void>;
  /** Lets the next one live. */
  readonly allowRestart: (thread: ThreadName) => void;
  /** Lets a thread stand still. @returns what lets it go on */
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

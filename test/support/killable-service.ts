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
const asked = (what) => existsSync(workerData.directory + '/' + what + '-' + thread);
const pause = new Int32Array(new SharedArrayBuffer(4));
if (!isMainThread) setInterval(() => {
  if (asked('lose')) process.exit(7);
  while (asked('hang')) Atomics.wait(pause, 0, 0, 5);
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
  const flag = (thread: ThreadName): string => join(DATA_DIR, `lose-${thread}`);
  const hung = (thread: ThreadName): string => join(DATA_DIR, `hang-${thread}`);
  const losses = (thread: ThreadName): number => service.output().split(`#sqlite-${thread} ended (code 7)`).length;
  return {
    ...service,
    async killThread(thread) {
      const before = losses(thread);
      writeFileSync(flag(thread), '');
      await eventually(() => losses(thread) > before);
    },
    allowRestart(thread) {
      if (existsSync(flag(thread))) rmSync(flag(thread));
    },
    hangThread(thread) {
      writeFileSync(hung(thread), '');
      return () => rmSync(hung(thread));
    },
  };
}

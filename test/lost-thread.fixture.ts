/** A service whose store can lose its threads: Node runs a line of the test's in each, which ends it when a file says so. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeDirectory } from './directory.fixture.js';
import { eventually } from './lifetime.fixture.js';
import { type Service, startService } from './service.fixture.js';

export type ThreadName = 'sqlite.worker' | 'sqlite.reader.worker';

/** Runs in every thread, before its own file. `process.exit` ends a thread as a fault would: at once, whatever it was at. */
const PRELOAD = `
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { isMainThread, workerData } from 'node:worker_threads';
const thread = basename(process.argv[1] ?? '', '.js');
if (!isMainThread) setInterval(() => existsSync(workerData.directory + '/lose-' + thread) && process.exit(7), 1).unref();
`;

export interface FragileService extends Service {
  /** Ends a thread, and each that is started in its place. Resolves when the service has noticed it. */
  readonly lose: (thread: ThreadName) => Promise<void>;
  /** Lets the next one live. */
  readonly spare: (thread: ThreadName) => void;
}

export async function startFragileService(): Promise<FragileService> {
  const DATA_DIR = makeDirectory();
  const preload = join(DATA_DIR, 'preload.mjs');
  writeFileSync(preload, PRELOAD);
  const service = await startService({ DATA_DIR, NODE_OPTIONS: `--import ${pathToFileURL(preload).href}` });
  const flag = (thread: ThreadName): string => join(DATA_DIR, `lose-${thread}`);
  const losses = (thread: ThreadName): number => service.output().split(`#${thread} has ended (code 7)`).length;
  return {
    ...service,
    async lose(thread) {
      const before = losses(thread);
      writeFileSync(flag(thread), '');
      await eventually(() => losses(thread) > before);
    },
    spare(thread) {
      if (existsSync(flag(thread))) rmSync(flag(thread));
    },
  };
}

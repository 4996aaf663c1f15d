/**
 * Runs a service whose SQLite worker threads a test can kill or hang. A preloaded module polls for flag files in every
 * worker thread and obeys them.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createTempDirectory } from './temp-directory.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { afterTest, eventually } from './cleanup.js';
import { runService, type Service, startService } from './service.js';

type ThreadName = 'writer' | 'reader';

/**
 * Preloaded in every thread. `process.exit` ends a worker thread like a fault: at once, whatever it is doing. A thread
 * that reads a named pipe hangs in the operating system, as on a disk that does not respond.
 */
const PRELOAD = `
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
const thread = basename(process.argv[1] ?? '', '.worker.js');
const isRequested = (action) => existsSync(workerData.directory + '/' + action + '-' + thread);
const obey = () => {
  if (isRequested('kill')) process.exit(7);
  if (!isRequested('hang')) return;
  writeFileSync(workerData.directory + '/hanging', '');
  readFileSync(workerData.directory + '/hang-' + thread);
};
if (!isMainThread) {
  const { on } = parentPort;
  parentPort.on = (type, listen) =>
    on.call(parentPort, type, (message) => {
      if (message.method === 'close' && isRequested('end')) process.exit(7);
      listen(message);
    });
  obey();
  setInterval(obey, 1).unref();
}
`;

interface KillableService extends Service {
  /** Kills a thread and each replacement. Resolves when the service has logged the exit. */
  readonly killThread: (thread: ThreadName) => Promise<void>;
  /** Kills a thread when it is to close the file. */
  readonly killThreadAtClose: (thread: ThreadName) => void;
  /** Lets the next replacement live. */
  readonly allowRestart: (thread: ThreadName) => void;
  /** Blocks a thread. @returns a function that lets it continue */
  readonly hangThread: (thread: ThreadName) => () => void;
}

/** Returns the environment of a service with its data in a directory, and with the preloaded module. */
function createEnvironment(directory: string): Record<string, string> {
  const preload = join(directory, 'preload.mjs');
  writeFileSync(preload, PRELOAD);
  return { DATA_DIR: directory, NODE_OPTIONS: `--import ${pathToFileURL(preload).href}` };
}

/** Lets a thread hang from its next turn or start on. @returns a function that lets it continue */
function hang(directory: string, thread: ThreadName): () => void {
  const pipe = join(directory, `hang-${thread}`);
  execFileSync('mkfifo', [pipe]);
  const descriptor = openSync(pipe, 'r+');
  return () => {
    renameSync(pipe, `${pipe}-ended`);
    closeSync(descriptor);
  };
}

/** Runs a service whose writer thread hangs before it has opened the file. Resolves when it does. */
export async function runServiceThatHangsAtStart(): Promise<ServiceProcess> {
  const directory = createTempDirectory();
  afterTest(hang(directory, 'writer'));
  const service = runService(createEnvironment(directory));
  await eventually(() => existsSync(join(directory, 'hanging')));
  return service;
}

export async function startKillableService(env: Readonly<Record<string, string>> = {}): Promise<KillableService> {
  const directory = createTempDirectory();
  const service = await startService({ ...env, ...createEnvironment(directory) });
  const killFile = (thread: ThreadName): string => join(directory, `kill-${thread}`);
  const countExits = (thread: ThreadName): number => service.output().split(`#sqlite-${thread} ended (code 7)`).length;
  return {
    ...service,
    async killThread(thread) {
      const before = countExits(thread);
      writeFileSync(killFile(thread), '');
      await eventually(() => countExits(thread) > before);
    },
    killThreadAtClose: (thread) => writeFileSync(join(directory, `end-${thread}`), ''),
    allowRestart(thread) {
      if (existsSync(killFile(thread))) rmSync(killFile(thread));
    },
    hangThread: (thread) => hang(directory, thread),
  };
}

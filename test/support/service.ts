/** The built service as a process of its own, on a free port; whatever of it still runs is killed after the tests of the file. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Snapshot } from '../../src/counters/counters.js';
import { getRedisTargetVariables } from './redis-target.js';
import { registerBasePath } from './base-path.js';

type ServiceChild = ChildProcessByStdio<null, Readable, Readable>;

export interface Service {
  /** Where it listens, for example `http://127.0.0.1:41234`. */
  readonly url: string;
  readonly port: number;
  readonly child: ServiceChild;
  /** All that it has printed so far. */
  readonly output: () => string;
  /** SIGTERM, or another signal. @returns the exit code when it is gone. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
  /** SIGKILL. Resolves when it is gone. */
  readonly kill: () => Promise<void>;
}

/** What the process was told, and what became of it. */
export interface ServiceProcess {
  readonly child: ServiceChild;
  /** Resolves with the exit code when the process is gone and all that it printed has arrived. */
  readonly ended: Promise<number | null>;
  readonly output: () => string;
}

const PROJECT_ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SERVICE_FILE = 'dist/main.js';
const runningServices = new Set<ServiceChild>();

afterAll(async () => {
  await Promise.all(
    [...runningServices].map(async (child) => {
      child.kill('SIGKILL');
      await once(child, 'close');
    }),
  );
});

/**
 * Runs the service with an environment of its own.
 * @param shellCommands shell commands before it, for example `ulimit -S -f 2048`
 * @param root directory of the built project
 */
export function runService(
  env: Readonly<Record<string, string>>,
  shellCommands?: string,
  root = PROJECT_ROOT,
): ServiceProcess {
  const options = {
    cwd: root,
    env: { LOG_LEVEL: 'info', PORT: '0', NO_COLOR: '1', ...env, ...getRedisTargetVariables(env) },
  };
  const shell = `${shellCommands}; exec "$0" ${SERVICE_FILE}`;
  const [command, args] = shellCommands ? ['sh', ['-c', shell, process.execPath]] : [process.execPath, [SERVICE_FILE]];
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  runningServices.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      runningServices.delete(child);
      resolve(code);
    });
  });
  return { child, ended, output: () => output };
}

/** Starts the service. Resolves when it listens. @throws Error with its output when it ends before */
export async function startService(
  env: Readonly<Record<string, string>>,
  shellCommands?: string,
  root?: string,
): Promise<Service> {
  const { child, ended, output } = runService(env, shellCommands, root);
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => {
      const address = /Listening on (http:\/\/[^\s"]+)[\s"]/.exec(output())?.[1];
      if (address) resolve(address);
    });
    void ended.then((code) => reject(new Error(`the service ended with ${code}:\n${output()}`)));
  });
  registerBasePath(url);
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  const stop = (signal: NodeJS.Signals = 'SIGTERM') => end(signal);
  const kill = () => end('SIGKILL').then(() => undefined);
  return { url, port: Number(new URL(url).port), child, output, stop, kill };
}

/** The snapshot that a service shows. */
export async function readSnapshot({ url }: Service): Promise<Snapshot> {
  return (await (await fetch(`${url}/dashboard`)).json()) as Snapshot;
}

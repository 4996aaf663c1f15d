/** Runs the built service as a child process on a free port. It is killed after the tests of the file. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Snapshot } from '../../src/counters/counters.js';
import { ServiceProcess } from '../harness/service-process.js';
import { getRedisTargetVariables } from './redis-target.js';
import { registerBasePath } from './base-path.js';

export interface Service {
  /** Address of the service, for example `http://127.0.0.1:41234`. */
  readonly url: string;
  readonly port: number;
  readonly child: ServiceProcess['child'];
  /** Returns everything printed so far. */
  readonly output: () => string;
  /** Sends SIGTERM or another signal. Resolves with the exit code, or null if the signal terminated the process. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
  /** Sends SIGKILL. Resolves when the process has exited. */
  readonly kill: () => Promise<void>;
}

const PROJECT_ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SERVICE_FILE = 'dist/main.js';
const runningServices = new Set<ServiceProcess>();

afterAll(async () => {
  await Promise.all([...runningServices].map((service) => service.stop('SIGKILL')));
});

/**
 * Runs the service with this environment and test defaults.
 * @param shellCommands shell commands to run first in the same process, for example `ulimit -S -f 2048`
 * @param root directory of the built project
 */
export function runService(
  env: Readonly<Record<string, string>>,
  shellCommands?: string,
  root = PROJECT_ROOT,
): ServiceProcess {
  const service = new ServiceProcess(join(root, SERVICE_FILE), {
    cwd: root,
    env: { LOG_LEVEL: 'info', PORT: '0', NO_COLOR: '1', ...env, ...getRedisTargetVariables(env) },
    ...(shellCommands !== undefined && { shellCommands }),
  });
  runningServices.add(service);
  void service.ended.then(() => runningServices.delete(service));
  return service;
}

/** Starts the service. Resolves when it listens. @throws Error with its output if it exits first */
export async function startService(
  env: Readonly<Record<string, string>>,
  shellCommands?: string,
  root?: string,
): Promise<Service> {
  const service = runService(env, shellCommands, root);
  const { child, output } = service;
  const url = await service.waitForUrl();
  registerBasePath(url);
  return {
    url,
    port: Number(new URL(url).port),
    child,
    output,
    stop: (signal) => service.stop(signal),
    kill: async () => void (await service.stop('SIGKILL')),
  };
}

/** Fetches `GET /dashboard` of a service. */
export async function readSnapshot({ url }: Service, dashboard = 'main'): Promise<Snapshot> {
  return (await (await fetch(`${url}/dashboards/${dashboard}`)).json()) as Snapshot;
}

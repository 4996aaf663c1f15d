/** Starts and stops the servers under measurement, and reads their CPU time, memory and open files from /proc. */
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProgramOptions, ServiceProcess } from '../test/harness/service-process.js';

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 12_000;
const CHECK_POLL_INTERVAL_MS = 50;
/**
 * Data directories are next to the compiled benchmark, not in /tmp, which may be in memory: commits must reach a disk.
 */
export const DATA_ROOT = join(import.meta.dirname, 'data');

/** Program of each kind of server. */
const SERVER_PROGRAMS = {
  tallyboard: join(import.meta.dirname, '..', '..', 'dist', 'main.js'),
  baseline: join(import.meta.dirname, 'baseline-server.js'),
} as const;
export type ServerKind = keyof typeof SERVER_PROGRAMS;

/** The part of the readiness response that is read here. */
interface ReadyResponse {
  readonly details: { readonly store: { readonly integrity: { readonly check: string } } };
}

/** Current time of the monotonic clock that all processes of the machine share, in milliseconds. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Lists a process and its children, which are its workers. */
function listProcesses(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean);
  return [pid, ...children.map(Number)];
}

/**
 * Reads the CPU time of all threads of a process and its workers, user and system, in milliseconds. It comes from
 * `schedstat`, which the scheduler counts in nanoseconds: `stat` is sampled 100 times a second and misses bursts of a
 * millisecond.
 */
export function readCpuMs(pid: number): number {
  const tasks = listProcesses(pid).flatMap((one) =>
    readdirSync(`/proc/${one}/task`).map((task) => `${one}/task/${task}`),
  );
  const cpuNanoseconds = tasks.map((task) => Number(readFileSync(`/proc/${task}/schedstat`, 'latin1').split(' ')[0]));
  return cpuNanoseconds.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6;
}

export function readRssBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) * 1_024;
}

/** Counts open files but those of SQLite, which closes one late if another connection of the process has a lock. */
export function countOpenFiles(pid: number): number {
  const directory = `/proc/${pid}/fd`;
  const readTarget = (name: string): string => {
    try {
      return readlinkSync(`${directory}/${name}`);
    } catch {
      // Closed meanwhile.
      return '';
    }
  };
  return readdirSync(directory).filter((name) => !/^$|tallyboard\.db/.test(readTarget(name))).length;
}

/** Shell command that raises the limit of open files: a server and its clients hold thousands of sockets. */
const RAISE_FILE_LIMIT = 'ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)"';

/** Options for a program that inherits this environment, with more variables and a raised limit of open files. */
export function createProgramOptions(env: Readonly<Record<string, string>> = {}): ProgramOptions {
  return { env: { ...process.env, ...env }, shellCommands: RAISE_FILE_LIMIT };
}

export class MeasuredServer {
  private constructor(
    readonly kind: ServerKind,
    readonly pid: number,
    readonly port: number,
    private readonly service: ServiceProcess,
    /** Its data directory. */
    readonly directory: string,
  ) {}

  /** Starts a server on a free port with a new data directory, and waits until it listens. @throws Error after 20 s */
  static async start(kind: ServerKind, env: Readonly<Record<string, string>> = {}): Promise<MeasuredServer> {
    mkdirSync(DATA_ROOT, { recursive: true });
    const directory = mkdtempSync(join(DATA_ROOT, `${kind}-`));
    const settings = { HOST: '127.0.0.1', PORT: '0', STORE: 'sqlite', DATA_DIR: directory, NO_COLOR: '1', ...env };
    const server = new ServiceProcess(SERVER_PROGRAMS[kind], createProgramOptions(settings));
    const url = await Promise.race([server.waitForUrl(), sleep(START_TIMEOUT_MS, undefined, { ref: false })]);
    const { pid } = server.child;
    if (url === undefined || pid === undefined) {
      await server.stop('SIGKILL');
      throw new Error(`the server did not start:\n${server.output()}`);
    }
    const measured = new MeasuredServer(kind, pid, Number(new URL(url).port), server, directory);
    if (kind === 'tallyboard' && settings.STORE === 'sqlite') await measured.#waitForCheck();
    return measured;
  }

  /** Waits until the service has checked its database, which a thread does once after the start. */
  async #waitForCheck(): Promise<void> {
    for (;;) {
      const health: ReadyResponse = await this.request('GET', '/health/ready?verbose');
      if (health.details.store.integrity.check === 'complete') return;
      await sleep(CHECK_POLL_INTERVAL_MS);
    }
  }

  /** Reads the snapshot. The baseline has no revision. */
  async readSnapshot(path = '/dashboard'): Promise<{ counters: Record<string, number>; revision?: number }> {
    const snapshot: { counters: Record<string, number>; revision?: number } = await this.request('GET', path);
    return snapshot;
  }

  /**
   * Sends a request and returns the parsed JSON response.
   * @throws Error if the status is not 2xx or the body is not JSON
   */
  async request<T>(method: 'GET' | 'PUT', path: string, body?: unknown, agent: http.Agent | false = false): Promise<T> {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const to = { host: '127.0.0.1', port: this.port, method, path, headers, agent };
      http
        .request(to, resolve)
        .once('error', reject)
        .end(body === undefined ? undefined : JSON.stringify(body));
    });
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    if ((response.statusCode ?? 0) >= 300) throw new Error(`${method} ${path}: ${text}`);
    return JSON.parse(text) as T;
  }

  /** Stops the server with SIGTERM and deletes its data. @returns the fault if it does not exit with 0 within 12 s */
  async stop(): Promise<string | undefined> {
    const code = await Promise.race([
      this.service.stop(),
      sleep(STOP_TIMEOUT_MS, 'not at all' as const, { ref: false }),
    ]);
    if (code === 'not at all') await this.service.stop('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
    if (code === 0) return undefined;
    const end = code ?? this.service.child.signalCode;
    return `${this.kind} exited with ${end} instead of 0: ${this.service.output().trim()}`;
  }
}

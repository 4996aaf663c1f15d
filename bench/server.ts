/** Starts and stops the servers under measurement, and reads what they cost from /proc. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProgramOptions, ServiceProcess } from '../test/harness/service-process.js';

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 12_000;
/** Beside the compiled benchmark and not under /tmp, which may be memory: a commit has to reach a disk. */
export const DATA_ROOT = join(import.meta.dirname, 'data');

/** The program of each kind of server. */
const SERVER_PROGRAMS = {
  tallyboard: join(import.meta.dirname, '..', '..', 'dist', 'main.js'),
  baseline: join(import.meta.dirname, 'baseline-server.js'),
} as const;
export type ServerKind = keyof typeof SERVER_PROGRAMS;

/** Milliseconds of a clock that all processes of a machine share. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * CPU time of all threads of a process, user and system, milliseconds. From `schedstat`, which the scheduler counts in
 * nanoseconds: `stat` is sampled 100 times a second, and a server that works in bursts of a millisecond falls between.
 */
export function readCpuMs(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  const cpuNanoseconds = readdirSync(tasks).map((task) =>
    Number(readFileSync(`${tasks}/${task}/schedstat`, 'latin1').split(' ')[0]),
  );
  return cpuNanoseconds.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6;
}

export function readRssBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) * 1_024;
}

export function countOpenFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** A server and its load hold many sockets. */
const RAISE_FILE_LIMIT = 'ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)"';

/** The environment of this process with more variables, and the highest limit of open files. */
export function createProgramOptions(env: Readonly<Record<string, string>> = {}): ProgramOptions {
  return { env: { ...process.env, ...env }, shellCommands: RAISE_FILE_LIMIT };
}

export class MeasuredServer {
  private constructor(
    readonly kind: ServerKind,
    readonly pid: number,
    readonly port: number,
    private readonly service: ServiceProcess,
    /** Where its data is. */
    readonly directory: string,
  ) {}

  /** Starts a server on a free port and with data of its own, and waits until it listens. */
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
    return new MeasuredServer(kind, pid, Number(new URL(url).port), server, directory);
  }

  /** The snapshot as the server answers it; the baseline knows no revision. */
  async readSnapshot(path = '/dashboard'): Promise<{ counters: Record<string, number>; revision?: number }> {
    const snapshot: { counters: Record<string, number>; revision?: number } = await this.request('GET', path);
    return snapshot;
  }

  /** The answer to a request as parsed JSON. @throws Error when it is none, or is not a success */
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

  /** Sends SIGTERM. @returns what was wrong with the end, if anything. */
  async stop(): Promise<string | undefined> {
    const code = await Promise.race([
      this.service.stop(),
      sleep(STOP_TIMEOUT_MS, 'not at all' as const, { ref: false }),
    ]);
    if (code === 'not at all') await this.service.stop('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
    if (code === 0) return undefined;
    const end = code ?? this.service.child.signalCode;
    return `${this.kind} did not stop with code 0 but ${end}: ${this.service.output().trim()}`;
  }
}

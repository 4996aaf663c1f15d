/** Real Redis or Valkey servers, each on a free port of this machine and in a directory of its own; they end with the tests of the file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { RedisStore, type RedisStoreOptions } from '../../src/store/redis/redis.store.js';
import type { StoreFactory } from '../../src/store/contract/fixtures.contract.js';
import type { Limits, Retention } from '../../src/store/store.js';
import { eventually } from './cleanup.js';
import { findFreePorts } from '../harness/free-ports.js';

interface RedisServerOptions {
  /** More arguments, `--name value`: they win. */
  readonly args?: readonly string[];
  readonly password?: string;
  /** Something else than a plain server: its arguments in place of those of a durable one. */
  readonly replacementArgs?: readonly string[];
}

const PROGRAM_DIRECTORIES = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin'];
/** What a server that loses nothing runs with. */
const DURABLE_ARGS = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '', '--enable-debug-command', 'yes'];
const MAX_START_ATTEMPTS = 5;
const runningServers = new Set<ChildProcess>();
const directories: string[] = [];

// Connections that are made are no news in a test.
Logger.overrideLogger(['fatal', 'error', 'warn']);

afterAll(async () => {
  await Promise.all(
    [...runningServers].map(async (child) => {
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
    }),
  );
  // Not before they have ended: they would go on writing.
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function createDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tallyboard-redis-'));
  directories.push(directory);
  return directory;
}

/** Where the server is. @throws Error that says what to install */
function findRedisProgram(): string {
  const program = ['redis-server', 'valkey-server']
    .flatMap((name) => PROGRAM_DIRECTORIES.map((directory) => join(directory, name)))
    .find((file) => existsSync(file));
  if (program === undefined) throw new Error('redis-server is needed: apt-get install redis-server (or valkey-server)');
  return program;
}

export class RedisServer {
  #child: ChildProcess | undefined;
  #output = '';

  constructor(
    readonly port: number,
    readonly directory: string,
    private readonly options: RedisServerOptions,
  ) {}

  /** For REDIS_URL. */
  get url(): string {
    const { password } = this.options;
    return `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${this.port}`;
  }

  get child(): ChildProcess {
    if (!this.#child) throw new Error('the server does not run');
    return this.#child;
  }

  /** All that it has printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Starts it, on the same port and directory as before. Resolves when it has loaded what it has. */
  async start(): Promise<void> {
    const { args = [], password, replacementArgs } = this.options;
    const auth = password === undefined ? [] : ['--requirepass', password];
    const placeArgs = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.directory];
    const allArgs = replacementArgs
      ? [...replacementArgs, ...placeArgs, ...args]
      : [...placeArgs, ...DURABLE_ARGS, ...auth, ...args];
    const child = spawn(findRedisProgram(), allArgs, { stdio: ['ignore', 'pipe', 'pipe'] });
    runningServers.add(child);
    this.#child = child;
    const outputStart = this.#output.length;
    const started = new Promise<boolean>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          this.#output += text;
          if (/Ready to accept connections|Sentinel ID is/.test(this.#output.slice(outputStart))) resolve(true);
        });
      }
      child.once('close', () => {
        runningServers.delete(child);
        if (this.#child === child) this.#child = undefined;
        resolve(false);
      });
    });
    if (!(await started)) throw new Error(`the server has ended:\n${this.#output.slice(outputStart)}`);
  }

  /** Carries out one command. */
  async command(...args: readonly [string, ...(string | number)[]]): Promise<unknown> {
    const { password } = this.options;
    const client = new Redis({
      port: this.port,
      host: '127.0.0.1',
      ...(password !== undefined && { password }),
      // A Sentinel and a server that loads answer too.
      enableReadyCheck: false,
      retryStrategy: null,
    });
    // What fails is thrown by the command.
    client.on('error', () => undefined);
    try {
      const [command, ...rest] = args;
      return await client.call(command, rest);
    } finally {
      client.disconnect();
    }
  }

  /** One field of `INFO`. */
  async readInfo(field: string): Promise<string | undefined> {
    const text = String(await this.command('INFO', 'everything'));
    return new RegExp(`^${field}:(.*)\r$`, 'm').exec(text)?.[1];
  }

  /** SIGKILL. Resolves when it is gone. */
  kill(): Promise<void> {
    return this.#endWith('SIGKILL');
  }

  /** SIGTERM, as an operator stops it. Resolves when it is gone. */
  stop(): Promise<void> {
    return this.#endWith('SIGTERM');
  }

  /** Kills it where it runs, and starts it again with what it has on its disk. */
  async restart(): Promise<void> {
    if (this.#child) await this.kill();
    await this.start();
  }

  /** SIGSTOP: it answers nothing, and closes nothing. */
  pause(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  async #endWith(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    const ended = once(child, 'close');
    child.kill(signal);
    if (signal !== 'SIGKILL') child.kill('SIGCONT');
    await ended;
  }
}

/** Starts a server that loses nothing: AOF, fsync always. It ends with the tests of the file. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  for (let attempt = 1; ; attempt += 1) {
    const [port = 0] = await findFreePorts(1);
    const server = new RedisServer(port, createDirectory(), options);
    try {
      await server.start();
      return server;
    } catch (error) {
      // Somebody else has taken the port meanwhile.
      if (attempt === MAX_START_ATTEMPTS || !server.output.includes('Address already in use')) throw error;
    }
  }
}

let sharedServer: Promise<RedisServer> | undefined;
let prefixCount = 0;

/** One server for all tests of a file that need no more than a place of their own on it: see `freshPrefix`. */
export function getSharedRedis(): Promise<RedisServer> {
  return (sharedServer ??= startRedis());
}

/** A REDIS_PREFIX that nobody else has. */
export function createPrefix(): string {
  prefixCount += 1;
  return `test-${prefixCount}`;
}

const RETENTION: Retention = { keyTtlMs: 86_400_000, ledgerRetentionMs: 30 * 86_400_000, maxLedgerEntries: 1_000_000 };
const LIMITS: Limits = { maxCounters: 1_000, maxDashboards: 10_000 };
const openedStores: RedisStore[] = [];

afterEach(async () => {
  await Promise.all(openedStores.splice(0).map((store) => store.close()));
});

/** Opens a store on a server that is there; it is closed after the test. Resolves when it takes changes. */
export async function openRedisStore(url: string, overrides: Partial<RedisStoreOptions> = {}): Promise<RedisStore> {
  const store = new RedisStore({
    url,
    prefix: 'tallyboard',
    timeoutMs: 3_000,
    waitReplicas: 0,
    waitAof: 0,
    maxPending: 10_000,
    retention: RETENTION,
    limits: LIMITS,
    ...overrides,
  });
  openedStores.push(store);
  await store.open();
  // It does not wait for a slow server any longer than `timeoutMs`.
  await eventually(() => store.isAvailable);
  return store;
}

/** An empty store on the shared server, for the contract. */
export const createRedisStore: StoreFactory = async (retention, limits) => {
  const { url } = await getSharedRedis();
  const options = {
    prefix: createPrefix(),
    retention: { ...RETENTION, ...retention },
    limits: { ...LIMITS, ...limits },
  };
  const store = await openRedisStore(url, options);
  const reopen = async (): Promise<RedisStore> => {
    await store.close();
    return openRedisStore(url, options);
  };
  return { store, reopen };
};

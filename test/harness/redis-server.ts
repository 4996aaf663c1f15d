/** Runs real Redis or Valkey servers, each on a free local port and in its own directory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Redis } from 'ioredis';
import { findFreePorts } from './free-ports.js';

export interface RedisServerOptions {
  /** Additional arguments (`--name value`); they override the defaults. */
  readonly args?: readonly string[];
  readonly password?: string;
  /** Arguments that replace those of a durable server, to run something else, such as a Sentinel. */
  readonly replacementArgs?: readonly string[];
  /** Variables of the server, besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Parent of the server's directory; the system's temporary directory by default. */
  readonly parentDirectory?: string;
}

const PROGRAM_DIRECTORIES = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
/** Arguments of a server that loses no acknowledged write. */
const DURABLE_ARGS = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '', '--enable-debug-command', 'yes'];
const MAX_START_ATTEMPTS = 5;

/** Returns the path of redis-server or valkey-server. @throws Error with installation instructions if there is none */
function findRedisProgram(): string {
  const program = ['redis-server', 'valkey-server']
    .flatMap((name) => PROGRAM_DIRECTORIES.map((directory) => join(directory, name)))
    .find((file) => existsSync(file));
  if (program === undefined) throw new Error('redis-server not found: apt-get install redis-server (or valkey-server)');
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

  /** URL for REDIS_URL. */
  get url(): string {
    const { password } = this.options;
    return `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${this.port}`;
  }

  get child(): ChildProcess {
    if (!this.#child) throw new Error('the Redis server is not running');
    return this.#child;
  }

  /** Everything printed so far, over all starts. */
  get output(): string {
    return this.#output;
  }

  /** Starts the server, on the same port and directory each time. Resolves when it has loaded its data. */
  async start(): Promise<void> {
    const { args = [], env, password, replacementArgs } = this.options;
    const auth = password === undefined ? [] : ['--requirepass', password];
    const locationArgs = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.directory];
    const allArgs = replacementArgs
      ? [...replacementArgs, ...locationArgs, ...args]
      : [...locationArgs, ...DURABLE_ARGS, ...auth, ...args];
    const child = spawn(findRedisProgram(), allArgs, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(env && { env: { ...process.env, ...env } }),
    });
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
        if (this.#child === child) this.#child = undefined;
        resolve(false);
      });
    });
    if (!(await started)) throw new Error(`the Redis server exited at start-up:\n${this.#output.slice(outputStart)}`);
  }

  /** Executes one command on a connection of its own. @throws ReplyError, or an Error if the connection fails */
  async command(...args: readonly [string, ...(string | number)[]]): Promise<unknown> {
    const { password } = this.options;
    const client = new Redis({
      port: this.port,
      host: '127.0.0.1',
      ...(password !== undefined && { password }),
      // Commands also go to Sentinels and to servers that are still loading, neither of which passes a ready check.
      enableReadyCheck: false,
      retryStrategy: null,
    });
    // Connection errors reject the command itself.
    client.on('error', () => undefined);
    try {
      const [command, ...rest] = args;
      return await client.call(command, rest);
    } finally {
      client.disconnect();
    }
  }

  /** Reads one field of `INFO`, or undefined if there is none. */
  async readInfo(field: string): Promise<string | undefined> {
    const text = String(await this.command('INFO', 'everything'));
    return new RegExp(`^${field}:(.*)\r$`, 'm').exec(text)?.[1];
  }

  /** Sends SIGKILL. Resolves when the process has exited. */
  kill(): Promise<void> {
    return this.#endWith('SIGKILL');
  }

  /** Sends SIGTERM, as an operator would. Resolves when the process has exited. */
  stop(): Promise<void> {
    return this.#endWith('SIGTERM');
  }

  /** Kills the server if it runs, and starts it again with the data on its disk. */
  async restart(): Promise<void> {
    if (this.#child) await this.kill();
    await this.start();
  }

  /** Sends SIGSTOP: the server stops responding, and its connections stay open. */
  pause(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  /** Kills the server if it runs, and deletes its directory. */
  async remove(): Promise<void> {
    if (this.#child) await this.kill();
    // Only after it has exited: a running server would keep writing to the directory.
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #endWith(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    const ended = once(child, 'close');
    child.kill(signal);
    if (signal !== 'SIGKILL') child.kill('SIGCONT');
    await ended;
  }
}

/**
 * Starts a durable server: AOF with `appendfsync always`.
 * @param track called with the server before it starts, so that the caller can clean it up even if the start fails
 */
export async function startRedisServer(
  options: RedisServerOptions = {},
  track: (server: RedisServer) => void = () => {},
): Promise<RedisServer> {
  const { parentDirectory = tmpdir() } = options;
  for (let attempt = 1; ; attempt += 1) {
    const [port = 0] = await findFreePorts(1);
    const server = new RedisServer(port, mkdtempSync(join(parentDirectory, 'tallyboard-redis-')), options);
    track(server);
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.remove();
      // Retry if another process took the port in the meantime.
      if (attempt === MAX_START_ATTEMPTS || !server.output.includes('Address already in use')) throw error;
    }
  }
}

/** Runs real Redis or Valkey servers, each on a free port of this machine and in a directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Redis } from 'ioredis';
import { findFreePorts } from './free-ports.js';

export interface RedisServerOptions {
  /** More arguments, `--name value`: they win. */
  readonly args?: readonly string[];
  readonly password?: string;
  /** Something else than a plain server: its arguments in place of those of a durable one. */
  readonly replacementArgs?: readonly string[];
  /** Folder in which the server gets its directory; that of the system for temporary files by default. */
  readonly parentDirectory?: string;
}

const PROGRAM_DIRECTORIES = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
/** What a server that loses nothing runs with. */
const DURABLE_ARGS = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '', '--enable-debug-command', 'yes'];
const MAX_START_ATTEMPTS = 5;

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
    const locationArgs = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.directory];
    const allArgs = replacementArgs
      ? [...replacementArgs, ...locationArgs, ...args]
      : [...locationArgs, ...DURABLE_ARGS, ...auth, ...args];
    const child = spawn(findRedisProgram(), allArgs, { stdio: ['ignore', 'pipe', 'pipe'] });
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

  /** Kills it if it runs, and deletes its directory. */
  async remove(): Promise<void> {
    if (this.#child) await this.kill();
    // Not before it has ended: it would go on writing.
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
 * Starts a server that loses nothing: AOF, fsync always.
 * @param track called with the server before it starts, so that whoever cleans up knows it whatever happens then
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
      // Somebody else has taken the port meanwhile.
      if (attempt === MAX_START_ATTEMPTS || !server.output.includes('Address already in use')) throw error;
    }
  }
}

/** A Redis or Valkey of its own, with every write on the disk before it is answered: started, measured, stopped. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { DATA_ROOT } from './server.js';

const START_ATTEMPTS = 200;

/** @throws Error that says what to install */
function findRedisProgram(): string {
  const program = ['redis-server', 'valkey-server'].find((name) => spawnSync(name, ['--version']).status === 0);
  if (program === undefined)
    throw new Error('there is no redis-server and no valkey-server: apt-get install redis-server');
  return program;
}

async function findFreePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

export class MeasuredRedis {
  private constructor(
    readonly pid: number,
    readonly port: number,
    /** For the benchmark's own questions. */
    readonly client: Redis,
    private readonly child: ChildProcess,
    private readonly directory: string,
  ) {}

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  static async start(): Promise<MeasuredRedis> {
    const program = findRedisProgram();
    mkdirSync(DATA_ROOT, { recursive: true });
    const directory = mkdtempSync(join(DATA_ROOT, 'redis-'));
    const port = await findFreePort();
    const settings = ['--bind', '127.0.0.1', '--dir', directory, '--appendonly', 'yes', '--appendfsync', 'always'];
    const child = spawn(program, ['--port', String(port), ...settings, '--save', ''], { stdio: 'ignore' });
    const client = new Redis(port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => {});
    for (let attempt = 1; ; attempt += 1) {
      try {
        await client.connect();
        break;
      } catch {
        if (attempt > START_ATTEMPTS || child.exitCode !== null) throw new Error(`${program} did not start`);
        await sleep(20);
      }
    }
    return new MeasuredRedis(child.pid ?? 0, port, client, child, directory);
  }

  /** A number of `INFO`. */
  async info(section: string, field: string): Promise<number> {
    const text = await this.client.info(section);
    return Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(text)?.[1]);
  }

  async stop(): Promise<void> {
    this.client.disconnect();
    const ended = once(this.child, 'exit');
    if (this.child.exitCode === null && this.child.kill('SIGTERM')) await ended;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

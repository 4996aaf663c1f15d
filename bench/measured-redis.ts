/** Starts a Redis or Valkey for a benchmark case, with `appendfsync always`, and reads its figures. */
import { mkdirSync } from 'node:fs';
import { Redis } from 'ioredis';
import { type RedisServer, startRedisServer } from '../test/harness/redis-server.js';
import { DATA_ROOT } from './server.js';

export class MeasuredRedis {
  private constructor(
    private readonly server: RedisServer,
    /** Connection of the benchmark itself. */
    readonly client: Redis,
  ) {}

  static async start(): Promise<MeasuredRedis> {
    mkdirSync(DATA_ROOT, { recursive: true });
    const server = await startRedisServer({ parentDirectory: DATA_ROOT });
    return new MeasuredRedis(server, new Redis(server.port, '127.0.0.1'));
  }

  get pid(): number {
    return this.server.child.pid ?? 0;
  }

  get url(): string {
    return this.server.url;
  }

  /** Reads a numeric field of a section of `INFO`. */
  async readNumber(section: string, field: string): Promise<number> {
    const text = await this.client.info(section);
    return Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(text)?.[1]);
  }

  async stop(): Promise<void> {
    this.client.disconnect();
    await this.server.remove();
  }
}

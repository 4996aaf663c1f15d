/** A Redis or Valkey of its own, with every write on the disk before it is answered: started, measured, stopped. */
import { mkdirSync } from 'node:fs';
import { Redis } from 'ioredis';
import { type RedisServer, startRedisServer } from '../test/harness/redis-server.js';
import { DATA_ROOT } from './server.js';

export class MeasuredRedis {
  private constructor(
    private readonly server: RedisServer,
    /** For the benchmark's own questions. */
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

  /** A number of `INFO`. */
  async readNumber(section: string, field: string): Promise<number> {
    const text = await this.client.info(section);
    return Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(text)?.[1]);
  }

  async stop(): Promise<void> {
    this.client.disconnect();
    await this.server.remove();
  }
}

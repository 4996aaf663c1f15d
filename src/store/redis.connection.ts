/** The connections to Redis: one for what is written, one for what is read, one for what is heard. */
import { Redis } from 'ioredis';
import { BehaviorSubject } from 'rxjs';

export interface RedisOptions {
  readonly url: string;
  /** What all keys begin with. */
  readonly prefix: string;
  /** Milliseconds that a change may wait for Redis. */
  readonly timeoutMs: number;
  /** Replicas that have to confirm a change before it is acknowledged. */
  readonly waitReplicas: number;
  /** 1 when it has to be on the disk of the server too. */
  readonly waitAof: number;
}

export class RedisConnection {
  readonly commands: Redis;
  readonly reads: Redis;
  readonly subscriber: Redis;
  readonly ready$ = new BehaviorSubject(false);

  constructor({ url }: RedisOptions) {
    const make = (): Redis =>
      new Redis(url, {
        lazyConnect: true,
        enableOfflineQueue: false,
        autoResendUnfulfilledCommands: false,
        maxRetriesPerRequest: 0,
      });
    [this.commands, this.reads, this.subscriber] = [make(), make(), make()];
  }

  get isReady(): boolean {
    return this.commands.status === 'ready';
  }

  async open(): Promise<void> {
    await Promise.all([this.commands.connect(), this.reads.connect(), this.subscriber.connect()]);
    this.ready$.next(true);
  }

  async close(): Promise<void> {
    for (const client of [this.commands, this.reads, this.subscriber]) client.disconnect();
  }
}

/** Sends the script of the step: by its hash, and what comes in one turn of the loop with one write. */
import { createHash } from 'node:crypto';
import { Cluster, Redis } from 'ioredis';
import { masterOf, type RedisClient } from './client-factory.js';
import type { RedisConnection } from './connection.js';
import { isPassing } from './redis-errors.js';
import { STEP } from './lua/step.js';
import { RedisRounds, type WaitOptions } from './replication-wait.js';
import { errorMessage } from '../store-open.error.js';

/** How long something is kept that was written to be waited for, milliseconds. */
const SEEN_MS = 1_000;
const SHA = createHash('sha1').update(STEP).digest('hex');

/** What it has answered. */
export interface Answered {
  readonly text: string;
  /** When: `performance.now()`, before it was confirmed. */
  readonly atMs: number;
}

export class RedisScript {
  readonly #rounds: RedisRounds;
  #isGathering = false;

  constructor(
    private readonly connection: RedisConnection,
    options: WaitOptions,
  ) {
    this.#rounds = new RedisRounds(options);
  }

  /** Whether what it does is waited for until it is safe, so that it tells nobody by itself. */
  get isConfirmed(): boolean {
    return this.#rounds.isWanted;
  }

  /**
   * Carries it out. Resolves with its answer, as safe as it has to be.
   * @param keys all in one slot
   * @param args after the keys
   * @throws what Redis says or the connection meets, or Unconfirmed
   */
  async run(keys: readonly string[], args: readonly string[]): Promise<Answered> {
    const all = [String(keys.length), ...keys, ...args];
    const { commands } = this.connection;
    if (!this.isConfirmed) return this.#evaluate(commands, all);
    return this.#carry(keys[0] ?? '', (master) => this.#evaluate(master, all));
  }

  /**
   * Resolves when all that was read before is as safe as what is answered: another instance may have written it, and still wait.
   * @param key where to write something, in the slot of what was read: it goes to replicas and disks after that
   * @throws as `run`
   */
  async confirm(key: string): Promise<void> {
    if (this.isConfirmed) await this.#carry(key, (master) => master.set(key, '', 'PX', SEEN_MS));
  }

  async #carry<T>(key: string, send: (master: Redis) => Promise<T>): Promise<T> {
    const { commands } = this.connection;
    const master = masterOf(commands, key);
    try {
      return await this.#rounds.carry(master, () => send(master));
    } catch (error) {
      // Of commands that it gives to a master by itself a Cluster's client sees to that.
      if (commands instanceof Cluster && isPassing(error)) commands.refreshSlotsCache();
      throw error;
    }
  }

  /** As it is to a server that does not have it. */
  async #evaluate(client: RedisClient, [count = '0', ...args]: readonly string[]): Promise<Answered> {
    this.#gather(client);
    const answer = client.evalsha(SHA, count, ...args).catch((error: unknown) => {
      if (!errorMessage(error).startsWith('NOSCRIPT')) throw error;
      return client.eval(STEP, count, ...args);
    });
    return { text: (await answer) as string, atMs: performance.now() };
  }

  /** The server reads at once what comes with one write, and syncs its file once for all of it. */
  #gather(client: RedisClient): void {
    if (this.#isGathering || !(client instanceof Redis) || client.status !== 'ready') return;
    const { stream } = client;
    this.#isGathering = true;
    stream.cork();
    process.nextTick(() => {
      this.#isGathering = false;
      stream.uncork();
    });
  }
}

/** Sends the script of the step: by its hash, and what comes in one turn of the loop with one write. */
import { createHash } from 'node:crypto';
import { Cluster, Redis } from 'ioredis';
import { errorMessage } from '../../counters/errors.js';
import { findMaster, type RedisClient } from './client-factory.js';
import type { RedisConnection } from './connection.js';
import { isTransient } from './redis-errors.js';
import { CHANGE_SCRIPT } from './lua-scripts.js';
import { ReplicationWait, type ReplicationWaitOptions } from './replication-wait.js';

/** How long something is kept that was written to be waited for, milliseconds. */
const CONFIRMATION_KEY_TTL_MS = 1_000;
const SCRIPT_SHA1 = createHash('sha1').update(CHANGE_SCRIPT).digest('hex');

/** What it has answered. */
export interface ScriptAnswer {
  readonly text: string;
  /** When: `performance.now()`, before it was confirmed. */
  readonly receivedAtMs: number;
}

export class ScriptRunner {
  readonly #replicationWait: ReplicationWait;
  #isCorked = false;

  constructor(
    private readonly connection: RedisConnection,
    options: ReplicationWaitOptions,
  ) {
    this.#replicationWait = new ReplicationWait(options);
  }

  /** Whether what it does is waited for until it is safe, so that it tells nobody by itself. */
  get requiresConfirmation(): boolean {
    return this.#replicationWait.isEnabled;
  }

  /**
   * Carries it out. Resolves with its answer, as safe as it has to be.
   * @param keys all in one slot
   * @param args after the keys
   * @throws what Redis says or the connection meets, or Unconfirmed
   */
  async run(keys: readonly string[], args: readonly string[]): Promise<ScriptAnswer> {
    const all = [String(keys.length), ...keys, ...args];
    const { commands } = this.connection;
    if (!this.requiresConfirmation) return this.#evaluate(commands, all);
    return this.#sendConfirmed(keys[0] ?? '', (master) => this.#evaluate(master, all));
  }

  /**
   * Resolves when all that was read before is as safe as what is answered: another instance may have written it, and still wait.
   * @param key where to write something, in the slot of what was read: it goes to replicas and disks after that
   * @throws as `run`
   */
  async confirm(key: string): Promise<void> {
    if (this.requiresConfirmation)
      await this.#sendConfirmed(key, (master) => master.set(key, '', 'PX', CONFIRMATION_KEY_TTL_MS));
  }

  async #sendConfirmed<T>(key: string, send: (master: Redis) => Promise<T>): Promise<T> {
    const { commands } = this.connection;
    const master = findMaster(commands, key);
    try {
      return await this.#replicationWait.sendConfirmed(master, () => send(master));
    } catch (error) {
      // Of commands that it gives to a master by itself a Cluster's client sees to that.
      if (commands instanceof Cluster && isTransient(error)) commands.refreshSlotsCache();
      throw error;
    }
  }

  /** As it is to a server that does not have it. */
  async #evaluate(client: RedisClient, [count = '0', ...args]: readonly string[]): Promise<ScriptAnswer> {
    this.#corkUntilNextTick(client);
    const answer = client.evalsha(SCRIPT_SHA1, count, ...args).catch((error: unknown) => {
      if (!errorMessage(error).startsWith('NOSCRIPT')) throw error;
      return client.eval(CHANGE_SCRIPT, count, ...args);
    });
    return { text: (await answer) as string, receivedAtMs: performance.now() };
  }

  /** The server reads at once what comes with one write, and syncs its file once for all of it. */
  #corkUntilNextTick(client: RedisClient): void {
    if (this.#isCorked || !(client instanceof Redis) || client.status !== 'ready') return;
    const { stream } = client;
    this.#isCorked = true;
    stream.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      stream.uncork();
    });
  }
}

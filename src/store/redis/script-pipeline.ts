/** Sends scripts by their hash, and all calls of one turn of the event loop in one write. */
import { Cluster, Redis } from 'ioredis';
import { errorMessage } from '../../counters/errors.js';
import { findMaster, type RedisClient } from './client-factory.js';
import type { RedisConnection } from './connection.js';
import { isTransient } from './redis-errors.js';
import type { CachedScript } from './lua-scripts.js';
import { ReplicationWait, type ReplicationWaitOptions } from './replication-wait.js';

/** Lifetime of the key that `confirm` writes, milliseconds. */
const CONFIRMATION_KEY_TTL_MS = 1_000;

/** The raw reply of the script. */
export interface ScriptAnswer {
  readonly text: string;
  /** `performance.now()` when the reply arrived, before it was confirmed. */
  readonly receivedAtMs: number;
}

export class ScriptPipeline {
  readonly #replicationWait: ReplicationWait;
  #isCorked = false;

  constructor(
    private readonly connection: RedisConnection,
    options: ReplicationWaitOptions,
  ) {
    this.#replicationWait = new ReplicationWait(options);
  }

  /** True if writes need confirmation. The script then leaves publishing to the instance. */
  get requiresConfirmation(): boolean {
    return this.#replicationWait.isEnabled;
  }

  /**
   * Runs a script. Resolves with its reply once it is confirmed.
   * @param keys all in one slot
   * @throws ReplyError, a connection error, or UnconfirmedWriteError
   */
  async run(script: CachedScript, keys: readonly string[], args: readonly string[]): Promise<ScriptAnswer> {
    const all = [String(keys.length), ...keys, ...args];
    const { commands } = this.connection;
    if (!this.requiresConfirmation) return this.#evaluate(commands, script, all);
    return this.#sendConfirmed(keys[0] ?? '', (master) => this.#evaluate(master, script, all));
  }

  /**
   * Resolves when everything that was read before is confirmed; another instance may have written it and still be
   * waiting. Writes a key and waits for that: it reaches replicas and disks after everything before it.
   * @param key in the slot of what was read
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
      // ioredis does this only for commands that it routes itself.
      if (commands instanceof Cluster && isTransient(error)) commands.refreshSlotsCache();
      throw error;
    }
  }

  /** Sends the whole script if the server does not know its hash. */
  async #evaluate(
    client: RedisClient,
    script: CachedScript,
    [count = '0', ...args]: readonly string[],
  ): Promise<ScriptAnswer> {
    this.#corkUntilNextTick(client);
    const answer = client.evalsha(script.sha1, count, ...args).catch((error: unknown) => {
      if (!errorMessage(error).startsWith('NOSCRIPT')) throw error;
      return client.eval(script.text, count, ...args);
    });
    return { text: (await answer) as string, receivedAtMs: performance.now() };
  }

  /** Redis reads one write at once and syncs its file once for all calls in it. */
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

/** A program that comes to Redis for one task: it waits for the server no longer than it has to, and asks again what may pass. */
import { setTimeout as pause } from 'node:timers/promises';
import { filter, firstValueFrom } from 'rxjs';
import { createStoreUnavailableError } from '../in-process/decide.js';
import { withTimeout } from '../with-timeout.js';
import { RedisConnection, type RedisOptions } from './connection.js';
import { RedisKeys } from './keys.js';
import { isPassing } from './redis-errors.js';
import { errorMessage } from '../store-open.error.js';

/** Pause before something is asked again, milliseconds. */
const AGAIN_MS = 100;

export class RedisVisit {
  readonly keys: RedisKeys;

  private constructor(
    readonly connection: RedisConnection,
    private readonly options: RedisOptions,
  ) {
    this.keys = new RedisKeys(options.prefix);
  }

  /** @throws StoreOpenError or TallyError `store-unavailable` */
  static async begin(options: RedisOptions): Promise<RedisVisit> {
    const connection = new RedisConnection(options);
    try {
      await connection.open();
      await withTimeout(firstValueFrom(connection.ready$.pipe(filter(Boolean))), options.timeoutMs);
      return new RedisVisit(connection, options);
    } catch (error) {
      await connection.close();
      throw connection.isReady || !isPassing(error) ? error : createStoreUnavailableError('Redis cannot be reached');
    }
  }

  /**
   * Asks until there is an answer or the time is over.
   * @param question what bears being asked twice
   * @throws TallyError `store-unavailable`
   */
  async ask<T>(question: (client: RedisConnection['commands']) => Promise<T>): Promise<T> {
    const untilMs = performance.now() + this.options.timeoutMs;
    for (;;) {
      const leftMs = untilMs - performance.now();
      try {
        return await withTimeout(question(this.connection.commands), leftMs);
      } catch (error) {
        if (!isPassing(error)) throw error;
        if (leftMs <= AGAIN_MS) throw createStoreUnavailableError(`Redis gave no answer (${errorMessage(error)})`);
      }
      await pause(AGAIN_MS);
    }
  }

  /** The time of the server, milliseconds since the Unix epoch. */
  async now(): Promise<number> {
    const [seconds] = await this.ask((client) => client.time());
    return Number(seconds) * 1_000;
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}

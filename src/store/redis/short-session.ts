/** A connection for one task of the command line: it waits for the server up to the timeout, and retries commands. */
import { filter, firstValueFrom } from 'rxjs';
import { errorMessage } from '../../counters/errors.js';
import { retry } from '../../retry/retry.js';
import { createStoreUnavailableError } from '../in-process/decide.js';
import { withTimeout } from '../with-timeout.js';
import { RedisConnection, type RedisConnectionOptions } from './connection.js';
import { findFormFault } from './data-form.js';
import { RedisKeys } from './keys.js';
import { StoreOpenError } from '../store-open.error.js';
import { isTransient } from './redis-errors.js';

/** Delay before a command is repeated, milliseconds. */
const SESSION_RETRY_DELAY_MS = 100;

export class ShortSession {
  readonly keys: RedisKeys;

  private constructor(
    readonly connection: RedisConnection,
    private readonly options: RedisConnectionOptions,
  ) {
    this.keys = new RedisKeys(options.prefix, connection.database);
  }

  /** @throws StoreOpenError or TallyError `store-unavailable` */
  static async open(options: RedisConnectionOptions): Promise<ShortSession> {
    const connection: RedisConnection = new RedisConnection(options, [
      (client) => findFormFault(client, new RedisKeys(options.prefix)),
    ]);
    try {
      await connection.open();
      await withTimeout(firstValueFrom(connection.ready$.pipe(filter(Boolean))), options.timeoutMs);
      return new ShortSession(connection, options);
    } catch (error) {
      await connection.close();
      if (error instanceof StoreOpenError || connection.isReady || !isTransient(error)) throw error;
      throw createStoreUnavailableError('Redis cannot be reached');
    }
  }

  /**
   * Runs an operation, and repeats it after transient errors until the timeout.
   * @param operation safe to repeat
   * @throws TallyError `store-unavailable`, or the error reply of Redis
   */
  async call<T>(operation: (client: RedisConnection['commands']) => Promise<T>): Promise<T> {
    const deadlineMs = performance.now() + this.options.timeoutMs;
    try {
      return await retry(
        () => withTimeout(operation(this.connection.commands), deadlineMs - performance.now()),
        (error) => (isTransient(error) ? SESSION_RETRY_DELAY_MS : undefined),
        deadlineMs,
      );
    } catch (error) {
      if (!isTransient(error)) throw error;
      throw createStoreUnavailableError(`Redis did not answer (${errorMessage(error)})`);
    }
  }

  /** Time of the server in whole seconds, as milliseconds since the Unix epoch. */
  async readServerTime(): Promise<number> {
    const [seconds] = await this.call((client) => client.time());
    return Number(seconds) * 1_000;
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}

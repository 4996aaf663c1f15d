/** A connection for one task of the command line: it waits for the server up to the timeout, and retries commands. */
import { filter, firstValueFrom } from 'rxjs';
import { createStoreUnavailableError } from '../in-process/decide.js';
import { withTimeout } from '../with-timeout.js';
import { RedisConnection, type RedisConnectionOptions } from './connection.js';
import { findFormFault } from './data-form.js';
import { RedisKeys } from './keys.js';
import { StoreOpenError } from '../store-open.error.js';
import { isTransient } from './redis-errors.js';
import { callRepeatedly } from './repeated-call.js';

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

  /** As {@link callRepeatedly}. */
  call<T>(operation: (client: RedisConnection['commands']) => Promise<T>): Promise<T> {
    return callRepeatedly(this.connection, this.options.timeoutMs, operation);
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

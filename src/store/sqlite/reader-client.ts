/** This side of reading: a thread of its own, opened when it is first needed, and again when it was lost. */
import { Logger } from '@nestjs/common';
import { TallyError } from '../../counters/errors.js';
import { storeUnavailable } from '../in-process/decide.js';
import { type Method, StoreThread, type WorkerOptions } from './worker-client.js';
import { messageOf } from '../store-open.error.js';

/** Most readings that are being done or wait for it; the next is refused. Each is bounded, and so is what all of them hold. */
export const MAX_READS = 32;

export class SqliteReads {
  readonly #logger = new Logger(SqliteReads.name);
  #thread: StoreThread | undefined;
  #reading = 0;
  #closed = false;

  constructor(private readonly options: WorkerOptions) {}

  /** @rejects TallyError `overloaded`, `store-unavailable`, or what the reader refused with */
  async call<T>(method: Method, ...args: readonly unknown[]): Promise<T> {
    if (this.#closed) throw storeUnavailable('the store is closed');
    if (this.#reading >= MAX_READS) throw new TallyError('overloaded', `${MAX_READS} readings are under way already`);
    this.#reading += 1;
    try {
      const thread = (this.#thread ??= this.#start());
      await thread.opened.catch((error: unknown) => {
        throw storeUnavailable(messageOf(error));
      });
      return await thread.call<T>(method, ...args);
    } finally {
      this.#reading -= 1;
    }
  }

  /** Finishes what is being read, and closes. */
  async close(): Promise<void> {
    this.#closed = true;
    const thread = this.#thread;
    if (!thread) return;
    await thread.call('close').catch((error: unknown) => this.#logger.error(messageOf(error)));
    await thread.ended;
  }

  #start(): StoreThread {
    const thread = new StoreThread('#sqlite-reader', this.options);
    void thread.ended.then((reason) => this.#forget(reason));
    return thread;
  }

  #forget(reason: string): void {
    this.#thread = undefined;
    if (!this.#closed) this.#logger.error(`${reason}: the next reading opens another`);
  }
}

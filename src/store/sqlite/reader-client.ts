/** This side of reading: a thread of its own, opened when it is first needed, and again when it was lost. */
import { Logger } from '@nestjs/common';
import { errorMessage, TallyError } from '../../counters/errors.js';
import { createStoreUnavailableError } from '../in-process/decide.js';
import { type WorkerMethod, WorkerClient, type WorkerOptions } from './worker-client.js';

/**
 * Most readings that are being done or wait for it; the next is refused. Each is bounded, and so is what all of them
 * hold.
 */
export const MAX_PENDING_READS = 32;

export class ReaderClient {
  readonly #logger = new Logger(ReaderClient.name);
  #worker: WorkerClient | undefined;
  #pending = 0;
  #closed = false;

  constructor(private readonly options: WorkerOptions) {}

  /** @rejects TallyError `overloaded`, `store-unavailable`, or what the reader refused with */
  async call<T>(method: WorkerMethod, ...args: readonly unknown[]): Promise<T> {
    if (this.#closed) throw createStoreUnavailableError('the store is closed');
    if (this.#pending >= MAX_PENDING_READS)
      throw new TallyError('overloaded', `${MAX_PENDING_READS} readings are under way already`);
    this.#pending += 1;
    try {
      const worker = (this.#worker ??= this.#startWorker());
      await worker.opened.catch((error: unknown) => {
        throw createStoreUnavailableError(errorMessage(error));
      });
      return await worker.call<T>(method, ...args);
    } finally {
      this.#pending -= 1;
    }
  }

  /** Finishes what is being read, and closes. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    if (!worker) return;
    await worker.call('close').catch((error: unknown) => this.#logger.error(errorMessage(error)));
    await worker.ended;
  }

  #startWorker(): WorkerClient {
    const worker = new WorkerClient('#sqlite-reader', this.options);
    void worker.ended.then((reason) => this.#handleEnd(reason));
    return worker;
  }

  #handleEnd(reason: string): void {
    this.#worker = undefined;
    if (!this.#closed) this.#logger.error(`${reason}: the next reading opens another`);
  }
}

/** Client of the reader thread, which it starts on first use, and again after it was lost. */
import { Logger } from '@nestjs/common';
import { errorMessage, TallyError } from '../../counters/errors.js';
import { createStoreUnavailableError } from '../in-process/decide.js';
import { ReadDeadline } from './read-deadline.js';
import { type WorkerMethod, WorkerClient, type WorkerOptions } from './worker-client.js';

/** Reads that are running or waiting at most; the next one is refused. Bounds the memory that their results take. */
export const MAX_PENDING_READS = 32;

export class ReaderClient {
  readonly #logger = new Logger(ReaderClient.name);
  #worker: WorkerClient | undefined;
  #pending = 0;
  #closed = false;
  readonly #deadline: ReadDeadline | undefined;

  /** @param timeoutMs time without any response after which reads are refused, milliseconds. Default: none */
  constructor(
    private readonly options: WorkerOptions,
    private readonly reportDamage: (finding: string) => void,
    timeoutMs?: number,
  ) {
    this.#deadline = timeoutMs === undefined ? undefined : new ReadDeadline(this.#logger, timeoutMs);
  }

  /** @throws TallyError `overloaded`, `store-unavailable`, or the refusal of the reader */
  async call<T>(method: WorkerMethod, ...args: readonly unknown[]): Promise<T> {
    if (this.#closed) throw createStoreUnavailableError('the store is closed');
    this.#deadline?.assertResponding();
    if (this.#pending >= MAX_PENDING_READS)
      throw new TallyError('overloaded', `${MAX_PENDING_READS} reads are already pending`);
    this.#pending += 1;
    try {
      const read = this.#send<T>(method, args);
      return await (this.#deadline?.await(read) ?? read);
    } finally {
      this.#pending -= 1;
    }
  }

  async #send<T>(method: WorkerMethod, args: readonly unknown[]): Promise<T> {
    const worker = (this.#worker ??= this.#startWorker());
    await worker.opened.catch((error: unknown) => {
      throw createStoreUnavailableError(errorMessage(error));
    });
    return worker.call<T>(method, ...args);
  }

  /** Ends the thread after its pending reads. The next read starts another one, which opens the file anew. */
  async restart(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.call('close').catch((error: unknown) => this.#logger.error(errorMessage(error)));
    await worker?.ended;
  }

  /** Waits for pending reads, then closes. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    if (!worker) return;
    await worker.call('close').catch((error: unknown) => this.#logger.error(errorMessage(error)));
    await worker.ended;
  }

  #startWorker(): WorkerClient {
    const worker = new WorkerClient('#sqlite-reader', this.options, this.reportDamage);
    void worker.ended.then((reason) => worker === this.#worker && this.#handleEnd(reason));
    return worker;
  }

  #handleEnd(reason: string): void {
    this.#worker = undefined;
    if (!this.#closed) this.#logger.error(`${reason}: the next read starts another`);
  }
}

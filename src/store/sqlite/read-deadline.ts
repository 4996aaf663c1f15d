/** Bounds the time that reads wait for a thread whose disk does not respond. */
import type { Logger } from '@nestjs/common';
import type { TallyError } from '../../counters/errors.js';
import { createStoreUnavailableError } from '../in-process/decide.js';

/**
 * The time runs from the last response of the thread, not from each call: reads that queue behind a long one wait for
 * as long as the thread works them off. Once it has run out, all waiting reads are refused, and further ones at once,
 * until the thread responds to any of them.
 */
export class ReadDeadline {
  readonly #rejectWaiting = new Set<(error: TallyError) => void>();
  #timer: NodeJS.Timeout | undefined;
  /** Time at which the reads were given up, on the clock of `performance`. */
  #hangingSinceMs: number | undefined;

  /** @param timeoutMs longest time between two responses while reads wait, milliseconds */
  constructor(
    private readonly logger: Logger,
    private readonly timeoutMs: number,
  ) {}

  /** @throws TallyError `store-unavailable` while the thread hangs */
  assertResponding(): void {
    if (this.#hangingSinceMs !== undefined) throw this.#createError();
  }

  /** Settles as the read does. @throws TallyError `store-unavailable` if the thread does not respond in time */
  async await<T>(read: Promise<T>): Promise<T> {
    let rejectWaiting: (error: TallyError) => void = () => undefined;
    const refusal = new Promise<never>((_resolve, reject) => (rejectWaiting = reject));
    this.#rejectWaiting.add(rejectWaiting);
    this.#timer ??= setTimeout(() => this.#recordHang(), this.timeoutMs);
    const response = read.finally(() => {
      this.#rejectWaiting.delete(rejectWaiting);
      this.#recordResponse();
    });
    return Promise.race([response, refusal]);
  }

  #recordResponse(): void {
    if (this.#hangingSinceMs !== undefined) {
      const seconds = Math.round((performance.now() - this.#hangingSinceMs) / 1_000);
      this.#hangingSinceMs = undefined;
      this.logger.log(`reads of history and ledger are answered again after ${seconds} s`);
    }
    clearTimeout(this.#timer);
    this.#timer = this.#rejectWaiting.size > 0 ? setTimeout(() => this.#recordHang(), this.timeoutMs) : undefined;
  }

  #recordHang(): void {
    this.#timer = undefined;
    this.#hangingSinceMs = performance.now();
    const error = this.#createError();
    this.logger.error(error.message);
    for (const reject of this.#rejectWaiting) reject(error);
    this.#rejectWaiting.clear();
  }

  #createError(): TallyError {
    return createStoreUnavailableError(
      `the disk has not responded to a read for ${this.timeoutMs} ms: history and ledger are unavailable`,
    );
  }
}

/** Logs when the upstream is lost, and why, and when it is back. */
import { Logger } from '@nestjs/common';
import { errorMessage } from '../../counters/errors.js';

/** Interval of checks while the upstream is lost, milliseconds. */
const RECHECK_INTERVAL_MS = 5_000;

export class UpstreamWatchdog {
  readonly #logger = new Logger('Upstream');
  #isChecking = false;
  #isClosed = false;
  /** `performance.now()` of the failure that was logged. */
  #lostMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param url UPSTREAM_URL
   * @param ping rejects if the upstream cannot be used, and tells this watchdog
   */
  constructor(
    private readonly url: string,
    private readonly ping: () => Promise<void>,
  ) {}

  /** Checks the upstream now: a change has failed, or a watch has changed its state. */
  check(): void {
    if (this.#isChecking || this.#isClosed) return;
    this.#isChecking = true;
    void this.ping()
      .catch(() => {})
      .finally(() => (this.#isChecking = false));
  }

  onFound(): void {
    clearTimeout(this.#timer);
    if (this.#lostMs === undefined) return;
    this.#logger.log(`the upstream is back after ${Math.round((performance.now() - this.#lostMs) / 1_000)} s`);
    this.#lostMs = undefined;
  }

  /** From now on the upstream is checked until it is back. */
  onLost(error: unknown): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => this.check(), RECHECK_INTERVAL_MS).unref();
    if (this.#lostMs !== undefined) return;
    this.#lostMs = performance.now();
    this.#logger.warn(`${errorMessage(error)} (${this.url})`);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }
}

/**
 * Health of the embedded store: logs each outage once when it begins and once when it ends, and publishes staleness.
 */
import type { Logger } from '@nestjs/common';
import type { TimeOfDay } from '../../clock/clock.js';
import { errorMessage } from '../../counters/errors.js';
import type { StoreEvent } from '../store-events.js';

export class CommitHealth {
  /** Time of the first commit that failed since the last one that succeeded, on the clock of `performance`. */
  #failingSinceMs: number | undefined;
  #isLost = false;
  #isHanging = false;
  /** Time at which files were found missing or replaced, on the clock of `performance`. */
  #filesMissingSinceMs: number | undefined;
  #isStale = false;

  /** @param publish receives an event when the reported state becomes stale, and when it is up to date again */
  constructor(
    private readonly logger: Logger,
    private readonly publish: (event: StoreEvent) => void,
    private readonly clock: TimeOfDay,
  ) {}

  /** True if the last commit failed. */
  get isFailing(): boolean {
    return this.#failingSinceMs !== undefined;
  }

  /** True from the loss of the worker thread until the file has been read again. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** True from a call that got no response in time until the file has been read again. */
  get isHanging(): boolean {
    return this.#isHanging;
  }

  /** @param failure absent if the commit succeeded */
  recordCommit(failure?: unknown): void {
    if (failure === undefined && this.#failingSinceMs !== undefined) {
      const seconds = Math.round((performance.now() - this.#failingSinceMs) / 1_000);
      this.logger.log(`store available again after ${seconds} s`);
      this.#failingSinceMs = undefined;
    } else if (failure !== undefined && this.#failingSinceMs === undefined) {
      this.logger.error(`store unavailable: ${errorMessage(failure)}; changes are refused`);
      this.#failingSinceMs = performance.now();
    }
    this.#publishStaleness();
  }

  recordHang(): void {
    this.#isHanging = true;
    this.#publishStaleness();
  }

  /** @param fault absent if all files are in place again */
  recordFiles(fault: string | undefined): void {
    if (fault !== undefined) {
      this.logger.error(`store unavailable: ${fault}; changes are refused`);
      this.#filesMissingSinceMs ??= performance.now();
    } else if (this.#filesMissingSinceMs !== undefined) {
      const seconds = Math.round((performance.now() - this.#filesMissingSinceMs) / 1_000);
      this.logger.log(`store available again after ${seconds} s: its files are in place`);
      this.#filesMissingSinceMs = undefined;
    }
    this.#publishStaleness();
  }

  recordLostThread(): void {
    this.#isLost = true;
    this.#publishStaleness();
  }

  /** Counts as a successful commit, since the file could be read. */
  recordReloaded(): void {
    this.#isLost = this.#isHanging = false;
    this.recordCommit();
  }

  #publishStaleness(): void {
    const isStale = this.isFailing || this.#isLost || this.#isHanging || this.#filesMissingSinceMs !== undefined;
    if (isStale === this.#isStale) return;
    this.#isStale = isStale;
    this.publish({ kind: 'stale', ...(isStale && { sinceMs: this.clock.now() }) });
  }
}

/** Returns the message for a thread that was lost before it had closed the file. */
export function describeUnclosed(error: unknown): string {
  const reason = `the database was not closed in order: ${errorMessage(error)}`;
  return `${reason}; nothing that was acknowledged is lost, and the next start needs no repair`;
}

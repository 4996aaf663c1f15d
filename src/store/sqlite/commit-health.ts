/**
 * How the embedded store fares: said once when changes are refused, once when they are committed again, and to those
 * who watch.
 */
import type { Logger } from '@nestjs/common';
import { errorMessage } from '../../counters/errors.js';
import type { StoreEvent } from '../store-events.js';

export class CommitHealth {
  #isFailing = false;
  #isLost = false;
  #isStale = false;

  /** @param publish is told whether what is shown may be behind */
  constructor(
    private readonly logger: Logger,
    private readonly publish: (event: StoreEvent) => void,
  ) {}

  /** Whether the last commit failed. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** Whether the thread was lost, and the file is not read again yet. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Takes note of how a commit went. */
  recordCommit(failure?: unknown): void {
    if (failure === undefined && this.#isFailing) this.logger.log('changes are committed again');
    if (failure !== undefined && !this.#isFailing) this.logger.error(`changes are refused: ${errorMessage(failure)}`);
    this.#isFailing = failure !== undefined;
    this.#publishStaleness();
  }

  recordLostThread(): void {
    this.#isLost = true;
    this.#publishStaleness();
  }

  /** The file was opened and read again: it takes changes, until one of them shows otherwise. */
  recordReopened(): void {
    this.#isLost = false;
    this.recordCommit();
  }

  #publishStaleness(): void {
    const isStale = this.#isFailing || this.#isLost;
    if (isStale === this.#isStale) return;
    this.#isStale = isStale;
    this.publish({ kind: 'stale', ...(isStale && { sinceMs: Date.now() }) });
  }
}

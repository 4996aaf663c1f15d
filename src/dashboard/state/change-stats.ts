/** What became of the change sets that came, and how long those took that were applied: numbers, for whoever looks. */
import type { Outcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { Histogram, DURATION_BUCKETS_S } from '../../telemetry/histogram.js';

export class ChangeStats {
  /** From when a change set is taken in until it is durable and in the state, seconds. */
  readonly commitDurations = new Histogram(DURATION_BUCKETS_S);
  #applied = 0;
  #replayed = 0;
  #refused = 0;
  #unavailable = 0;

  /** Takes note of what a change set came to, and of how long that took, milliseconds. */
  record(result: Outcome | TallyError, tookMs: number): void {
    if (result.replayed) this.#replayed += 1;
    else if (!(result instanceof TallyError)) {
      this.#applied += 1;
      this.commitDurations.record(tookMs / 1_000);
    } else if (result.definition.status < 500) this.#refused += 1;
    else this.#unavailable += 1;
  }

  /** How many were applied, found to be counted before, refused by a rule, and not taken because the store could not. */
  get counts() {
    return {
      applied: this.#applied,
      replayed: this.#replayed,
      refused: this.#refused,
      unavailable: this.#unavailable,
    };
  }
}

/** Counts change sets by result and records how long the applied ones took. Metrics read it. */
import type { Outcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { Histogram, DURATION_BUCKETS_S } from '../../telemetry/histogram.js';

export class ChangeStats {
  /** Seconds from receiving a change set until it is durable and in the state. */
  readonly commitDurations = new Histogram(DURATION_BUCKETS_S);
  #applied = 0;
  #replayed = 0;
  #refused = 0;
  #unavailable = 0;

  record(result: Outcome | TallyError, tookMs: number): void {
    if (result.replayed) this.#replayed += 1;
    else if (!(result instanceof TallyError)) {
      this.#applied += 1;
      this.commitDurations.record(tookMs / 1_000);
    } else if (result.definition.status < 500) this.#refused += 1;
    else this.#unavailable += 1;
  }

  /** `replayed`: counted before under the same key. `refused`: status below 500. `unavailable`: every other failure. */
  get counts() {
    return {
      applied: this.#applied,
      replayed: this.#replayed,
      refused: this.#refused,
      unavailable: this.#unavailable,
    };
  }
}

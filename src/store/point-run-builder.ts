/** Joins buckets of a series into runs. */
import type { CounterTotals } from '../counters/counters.js';
import type { StepMs } from './store.js';
import type { BucketTotals, PointRun } from './transfer.port.js';

/** Most marks of one stretch: a line of text that a person can still look at. */
const MAX_BUCKETS_PER_RUN = 200;

/** Gathers buckets into stretches. A gap in the totals, which no store leaves, would begin another stretch. */
export class PointRunBuilder {
  #startTotals: CounterTotals | undefined;
  #endTotals: CounterTotals = { added: 0n, removed: 0n };
  #buckets: BucketTotals[] = [];

  constructor(
    private readonly counter: string,
    private readonly stepMs: StepMs,
  ) {}

  /** @returns the stretch that has ended with the bucket before, if one has */
  push(bucket: BucketTotals, startTotals: CounterTotals): PointRun | undefined {
    const follows = startTotals.added === this.#endTotals.added && startTotals.removed === this.#endTotals.removed;
    const finishedRun = !follows || this.#buckets.length === MAX_BUCKETS_PER_RUN ? this.finish() : undefined;
    this.#startTotals ??= startTotals;
    this.#buckets.push(bucket);
    this.#endTotals = bucket;
    return finishedRun;
  }

  finish(): PointRun | undefined {
    if (!this.#startTotals) return undefined;
    const run: PointRun = {
      counter: this.counter,
      stepMs: this.stepMs,
      startTotals: this.#startTotals,
      buckets: this.#buckets,
    };
    this.#startTotals = undefined;
    this.#buckets = [];
    return run;
  }
}

/** Joins the buckets of a counter and step into runs. */
import type { CounterTotals } from '../counters/counters.js';
import type { RowStepMs } from './store.js';
import type { BucketTotals, PointRun } from './transfer.port.js';

/** Keeps the lines of an export readable for people. */
export const MAX_BUCKETS_PER_RUN = 200;

/** A gap in the totals starts a new run; no store leaves one. */
export class PointRunBuilder {
  #startTotals: CounterTotals | undefined;
  #endTotals: CounterTotals = { added: 0n, removed: 0n };
  #buckets: BucketTotals[] = [];

  constructor(
    private readonly counter: string,
    private readonly stepMs: RowStepMs,
  ) {}

  /** Adds a bucket. @returns the previous run, if this bucket starts a new one */
  push(bucket: BucketTotals, startTotals: CounterTotals): PointRun | undefined {
    const follows = startTotals.added === this.#endTotals.added && startTotals.removed === this.#endTotals.removed;
    const finishedRun = !follows || this.#buckets.length === MAX_BUCKETS_PER_RUN ? this.finish() : undefined;
    this.#startTotals ??= startTotals;
    this.#buckets.push(bucket);
    this.#endTotals = bucket;
    return finishedRun;
  }

  /** Ends the current run. @returns undefined if it has no buckets */
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

/** The part of a dashboard's past that its retention keeps. */
import { BUCKETS, type Retention, type StepMs } from './store.js';

/** What a store would still give of a dashboard at a moment. */
export class RetentionWindow {
  constructor(
    private readonly retention: Retention,
    private readonly nowMs: number,
    private readonly revision: number,
  ) {}

  /** The first bucket of a step. */
  getOldestBucket(stepMs: StepMs): number {
    const { keepMs } = BUCKETS.find((bucket) => bucket.stepMs === stepMs) ?? BUCKETS[0];
    return this.nowMs - keepMs - stepMs + 1;
  }

  /** The revision that its ledger begins with at the earliest, and the time. */
  get oldestEntry(): { readonly revision: number; readonly at: number } {
    const { ledgerRetentionMs, maxLedgerEntries } = this.retention;
    return { revision: Math.max(0, this.revision - maxLedgerEntries) + 1, at: this.nowMs - ledgerRetentionMs + 1 };
  }

  /** The time from which keys are remembered. */
  get oldestKey(): number {
    return this.nowMs - this.retention.keyTtlMs + 1;
  }
}

/** Computes which part of a dashboard's past has not expired at a given time. */
import { BUCKETS, type Retention, type StepMs } from './store.js';

/**
 * Returns the time by which data of a dashboard expires, for a program that cannot tell whether its clock is right:
 * that of the last change, unless the clock is behind it.
 */
export function getExpiryTime({ at }: { readonly at: number }, nowMs: number): number {
  return Math.min(at, nowMs);
}

export class RetentionWindow {
  constructor(
    private readonly retention: Retention,
    private readonly nowMs: number,
    private readonly revision: number,
  ) {}

  /** @returns the earliest start of a bucket whose point has not expired, milliseconds since the Unix epoch */
  getOldestBucket(stepMs: StepMs): number {
    const { keepMs } = BUCKETS.find((bucket) => bucket.stepMs === stepMs) ?? BUCKETS[0];
    return this.nowMs - keepMs - stepMs + 1;
  }

  /** Lower bounds of the ledger entries that have not expired. */
  get oldestEntry(): { readonly revision: number; readonly at: number } {
    const { ledgerRetentionMs, maxLedgerEntries } = this.retention;
    return { revision: Math.max(0, this.revision - maxLedgerEntries) + 1, at: this.nowMs - ledgerRetentionMs + 1 };
  }

  /** Earliest time of a key that has not expired, milliseconds since the Unix epoch. */
  get oldestKey(): number {
    return this.nowMs - this.retention.keyTtlMs + 1;
  }
}

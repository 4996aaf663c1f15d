/** Computes which part of a dashboard's past has not expired at a given time. */
import { type Retention, type RowStepMs, ROWS } from './store.js';

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
    /** Milliseconds since the Unix epoch. Keys that end later have not expired. */
    readonly nowMs: number,
    private readonly revision: number,
  ) {}

  /** @returns the earliest start of a bucket whose point has not expired, milliseconds since the Unix epoch */
  getOldestBucket(stepMs: RowStepMs): number {
    const { keepMs } = ROWS.find((row) => row.stepMs === stepMs) ?? ROWS[0];
    return this.nowMs - keepMs - stepMs + 1;
  }

  /** Lower bounds of the ledger entries that have not expired. */
  get oldestEntry(): { readonly revision: number; readonly at: number } {
    const { ledgerRetentionMs, maxLedgerEntries } = this.retention;
    return { revision: Math.max(0, this.revision - maxLedgerEntries) + 1, at: this.nowMs - ledgerRetentionMs + 1 };
  }
}

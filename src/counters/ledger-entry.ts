/** An entry of the ledger. */
import type { BookedChange } from './counters.js';

/** An applied change set, as the ledger and the HTTP API have it. */
export interface LedgerEntry {
  readonly revision: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly changes: readonly BookedChange[];
  readonly key?: string;
  readonly reason?: string;
  readonly who?: string;
  /** Revision whose changes this entry takes back. */
  readonly undoes?: number;
  /** Revision that took back this entry. Not part of an export. */
  readonly undoneBy?: number;
}

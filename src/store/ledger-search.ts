/** Searches of the ledger, and what bounds them. */
import type { LedgerEntry } from '../counters/ledger-entry.js';

/** Entries of the ledger with a revision in a range, in either direction, that match all filters. */
export interface LedgerSearch {
  /** Entries with a greater revision. */
  readonly after: number;
  /** Entries with a smaller revision. Default: up to the last one. */
  readonly before?: number;
  /** Entries to return at most. */
  readonly limit: number;
  /** Default: oldest first. */
  readonly newestFirst?: boolean;
  /** Entries with a change of one of these counters. */
  readonly counters?: ReadonlySet<string>;
  /** Entries of this actor. */
  readonly who?: string;
}

/** Result of a search of the ledger, in its order. */
export interface LedgerMatches {
  readonly entries: readonly LedgerEntry[];
  /** Revision of the last entry that was examined, if there are more: the next search goes on from it. */
  readonly next?: number;
}

/**
 * Entries that one search examines at most. With nothing but a filter of names to go by, a search of a ledger of 10^6
 * entries would otherwise keep the store busy for seconds.
 */
export const MAX_EXAMINED_ENTRIES = 10_000;

/** A search ends once the changes of the entries that it has examined, as JSON, reach this size, bytes. */
export const MAX_EXAMINED_BYTES = 8 * 2 ** 20;

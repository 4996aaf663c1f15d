/** Shapes of a past that is booked into a dashboard which has counted nothing yet. */
import type { Dashboard, FreshOutcome } from '../counters/counters.js';

/**
 * Amounts of a counter, or the level of a gauge, at one moment, in the smallest unit. `added` and `removed` (of a
 * counter) are 0 to MAX_AMOUNT, `value` (of a gauge) is its new level, up to MAX_VALUE either way. A counter of which
 * neither amount is above 0, and a gauge without `value`, is left as it is.
 */
export interface PastAmounts {
  readonly added?: number;
  readonly removed?: number;
  readonly value?: number;
}

/** One moment of a past. */
export interface PastLine {
  /** Number of the line in the request, from 1. Messages name it. */
  readonly line: number;
  /** Milliseconds since the Unix epoch: a whole second, later than the line before, and not in the future. */
  readonly at: number;
  readonly counters: Readonly<Record<string, PastAmounts>>;
}

/** A past that was booked. */
export interface BookedPast {
  /** State after it. */
  readonly dashboard: Dashboard;
  /** The touched counters, with the revision and the time of the ledger entry. */
  readonly outcome: FreshOutcome;
  /** Number of lines. */
  readonly lines: number;
}

/** Lines that one past may have. */
export const MAX_PAST_LINES = 1_000_000;

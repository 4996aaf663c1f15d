/**
 * Paces broadcasts: a broadcast takes event-loop time away from requests, so a costly one is followed by a longer
 * pause.
 */

export interface PacingLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

interface BroadcastCost {
  /** Milliseconds of event-loop time. */
  readonly costMs: number;
  /** Change sets that its frame combined. */
  readonly changes: number;
}

/**
 * The pause is the cost of the last broadcast times the number of changes that it combined, at most times this factor.
 * Single changes are shown one by one, and broadcasts take at most half of the event loop; under load they take at most
 * a tenth.
 */
const MAX_FACTOR = 9;

/** Returns the milliseconds from the end of one broadcast to the start of the next. */
export function computePauseMs({ costMs, changes }: BroadcastCost, { minMs, maxMs }: PacingLimits): number {
  return Math.max(minMs, Math.min(maxMs, costMs * Math.min(MAX_FACTOR, changes)));
}

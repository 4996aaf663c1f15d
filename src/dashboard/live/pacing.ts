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
 * The pause is the cost of the last broadcast times the number of changes that it combined, at most times a factor.
 * Single changes are shown one by one, and broadcasts take at most half of the event loop. Under load they take at most
 * a tenth, and at most a nineteenth once a frame combines more than two thousand changes.
 */
const LOAD_FACTOR = 9;
const STORM_FACTOR = 18;
/** Changes of one broadcast for each step from the one factor to the next. */
const CHANGES_PER_STEP = 256;
/** Cost of the last broadcast times this, without a change: the changes are over. Broadcasts take at most a third. */
const QUIET_FACTOR = 2;

export interface Pause {
  /** Milliseconds from the end of one broadcast to the start of the next. */
  readonly ms: number;
  /** Milliseconds without a change after which the pause ends early: nothing else needs the event loop then. */
  readonly quietMs: number;
}

export function computePause({ costMs, changes }: BroadcastCost, { minMs, maxMs }: PacingLimits): Pause {
  const factor = Math.min(changes, STORM_FACTOR, LOAD_FACTOR + changes / CHANGES_PER_STEP);
  const limit = (ms: number): number => Math.max(minMs, Math.min(maxMs, ms));
  return { ms: limit(costMs * factor), quietMs: limit(costMs * QUIET_FACTOR) };
}

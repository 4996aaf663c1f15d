/** How long the next frame waits: fan-out takes its time from the loop, and so from those who change the counters. */

export interface PacingLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

/** What the last fan-out came to. */
interface BroadcastCost {
  /** Milliseconds of the loop that it took. */
  readonly costMs: number;
  /** Change sets that its frame carried. */
  readonly changes: number;
}

/**
 * The wait is the last fan-out's cost times the changes that it carried, and at most times this. Changes that come one by
 * one are shown one by one, while fan-out takes at most half of the loop; in a storm it takes at most a tenth.
 */
const MAX_FACTOR = 9;

/** Milliseconds from the end of one fan-out to the start of the next. */
export function computePauseMs({ costMs, changes }: BroadcastCost, { minMs, maxMs }: PacingLimits): number {
  return Math.max(minMs, Math.min(maxMs, costMs * Math.min(MAX_FACTOR, changes)));
}

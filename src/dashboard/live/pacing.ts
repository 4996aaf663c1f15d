/** How long the next frame waits: fan-out never takes more than a small part of the loop from those who change counters. */

/**
 * Times the last fan-out's cost that the next frame waits: at most 1/(1 + 9) of the loop is spent on fan-out. With 1, half
 * of the loop, 1,000 viewers cost a storm of changes 40 % of its rate; with 9 they cost 10 % (bench/RESULTS.md).
 */
const COST_FACTOR = 9;

export interface Pacing {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Milliseconds from the end of one fan-out, which took `costMs` of the loop, to the next. */
export function waitAfter(costMs: number, { minMs, maxMs }: Pacing): number {
  return Math.max(minMs, Math.min(maxMs, COST_FACTOR * costMs));
}

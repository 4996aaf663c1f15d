/** The lowest targets and thresholds of a counter: what it never goes below would be reached from the beginning. */
import type { CounterDefinition } from '../counters/definition.js';

/**
 * Returns the lowest target of a counter, in the smallest unit; undefined without a limit. A level to reach is at least
 * the lowest value. The number of a period is 0 while nothing is counted: a target to rise to is not below that, unless
 * the counter itself may be. A target to fall to has no limit, since a period can take more away than it adds.
 */
export function getLowestTarget({ min = 0, goodWhen = 'up', target }: CounterDefinition): number | undefined {
  if (min === null) return undefined;
  if (target?.per === undefined) return min;
  return goodWhen === 'up' ? Math.min(0, min) : undefined;
}

/**
 * Returns the lowest threshold of a counter, in the smallest unit; undefined without a limit. It limits those of the
 * value; the number of a period may be less.
 */
export function getLowestThreshold({ min = 0, headline = 'total' }: CounterDefinition): number | undefined {
  return min === null || headline !== 'total' ? undefined : min;
}

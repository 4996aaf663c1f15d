/** Finds when a sum has reached a number. Pure. */
import type { DashboardHistory } from '../../src/client/client.js';

/**
 * Returns the start of the row in which the sum since the first row has last risen to the target; undefined if it has
 * not, and for gauges and measures.
 * @param target smallest unit
 */
export function findReachedAt({ at, counters }: DashboardHistory, name: string, target: number): number | undefined {
  const column = counters[name];
  if (!column || !('added' in column)) return undefined;
  let reachedAt: number | undefined;
  let sum = 0;
  for (const [row, start] of at.entries()) {
    const wasReached = sum >= target;
    sum += (column.added[row] ?? 0) - (column.removed[row] ?? 0);
    if (sum < target) reachedAt = undefined;
    else if (!wasReached) reachedAt = start;
  }
  return reachedAt;
}

/** Splits change sets into batches that one script call can take: Redis runs nothing else during a call. */
import type { ChangeSet, FreshOutcome, ReplayedOutcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { type Reply, toResult } from '../in-process/decide.js';
import { type GroupLimits, GroupSize } from '../in-process/group-commit-queue.js';

/** A change set that exceeds the limits on its own is sent in a call of its own. */
export const REDIS_GROUP_LIMITS: GroupLimits = { maxChangeSets: 256, maxChanges: 2_000 };

/** Splits change sets into batches that each fit into one call. @returns their indexes, in order, by dashboard */
function splitIntoBatches(changeSets: readonly ChangeSet[]): ReadonlyMap<string, number[][]> {
  const batches = new Map<string, number[][]>();
  const sizes = new Map<string, GroupSize>();
  for (const [index, changeSet] of changeSets.entries()) {
    const { dashboard } = changeSet;
    const indexes = batches.get(dashboard) ?? [];
    if (sizes.get(dashboard)?.tryAdd([changeSet])) {
      indexes.at(-1)?.push(index);
      continue;
    }
    const size = new GroupSize(REDIS_GROUP_LIMITS);
    size.tryAdd([changeSet]);
    sizes.set(dashboard, size);
    indexes.push([index]);
    batches.set(dashboard, indexes);
  }
  return batches;
}

/**
 * Applies change sets in batches: those of one dashboard in order, dashboards concurrently.
 * @param apply resolves with one reply for each change set of the batch; its TallyError becomes the result of the whole
 *   batch
 * @returns one result for each change set, in order. Rejects only with an error that is no TallyError.
 */
export async function applyInBatches(
  changeSets: readonly ChangeSet[],
  apply: (dashboard: string, batch: readonly ChangeSet[]) => Promise<readonly Reply[]>,
): Promise<readonly (FreshOutcome | ReplayedOutcome | TallyError)[]> {
  const results: (FreshOutcome | ReplayedOutcome | TallyError)[] = [];
  const applyBatch = async (dashboard: string, indexes: readonly number[]): Promise<void> => {
    const batch = indexes.flatMap((index) => changeSets[index] ?? []);
    try {
      const replies = await apply(dashboard, batch);
      for (const [position, index] of indexes.entries()) {
        const reply = replies[position];
        if (reply) results[index] = toResult(reply);
      }
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      for (const index of indexes) results[index] = error;
    }
  };
  const batches = [...splitIntoBatches(changeSets)];
  await Promise.all(batches.flatMap(([name, all]) => all.map((indexes) => applyBatch(name, indexes))));
  return results;
}

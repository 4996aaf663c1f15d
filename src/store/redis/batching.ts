/** How much goes to Redis at once: the server does nothing else while it carries a group out. */
import type { ChangeSet, FreshOutcome, ReplayedOutcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { type Reply, toResult } from '../in-process/decide.js';
import { type GroupLimits, GroupSize } from '../in-process/group-commit-queue.js';

/** Change sets that alone are more go alone. */
export const REDIS_GROUP_LIMITS: GroupLimits = { maxChangeSets: 256, maxChanges: 2_000 };

/** Cuts change sets into portions that each fit into a group. @returns their places, in order, by dashboard */
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
 * Applies change sets in portions, side by side.
 * @param apply a reply for each of a portion
 * @returns what each change set came to, in order. Rejects with what is no TallyError only.
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

/** How much goes to Redis at once: the server does nothing else while it carries a group out. */
import type { ChangeSet, FreshOutcome, ReplayedOutcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { type Reply, toResult } from '../in-process/decide.js';

/** Most change sets, and most changes, of one group. Change sets that alone are more go alone. */
const [MAX_SETS, MAX_CHANGES] = [256, 2_000];

/** A group that grows. */
export class GroupSize {
  #sets = 0;
  #changes = 0;

  /** Takes more change sets, if they fit. @returns whether they did */
  take(changeSets: readonly ChangeSet[]): boolean {
    const sets = this.#sets + changeSets.length;
    const changes = changeSets.reduce((sum, set) => sum + set.changes.length, this.#changes);
    if (this.#sets > 0 && (sets > MAX_SETS || changes > MAX_CHANGES)) return false;
    [this.#sets, this.#changes] = [sets, changes];
    return true;
  }
}

/** Cuts change sets into portions that each fit into a group. @returns their places, in order, by dashboard */
function portionsOf(changeSets: readonly ChangeSet[]): ReadonlyMap<string, number[][]> {
  const portions = new Map<string, number[][]>();
  const sizes = new Map<string, GroupSize>();
  for (const [place, changeSet] of changeSets.entries()) {
    const { dashboard } = changeSet;
    const known = portions.get(dashboard) ?? [];
    if (sizes.get(dashboard)?.take([changeSet])) {
      known.at(-1)?.push(place);
      continue;
    }
    const size = new GroupSize();
    size.take([changeSet]);
    sizes.set(dashboard, size);
    known.push([place]);
    portions.set(dashboard, known);
  }
  return portions;
}

/**
 * Applies change sets in portions, side by side.
 * @param apply a reply for each of a portion
 * @returns what each change set came to, in order. Rejects with what is no TallyError only.
 */
export async function inPortions(
  changeSets: readonly ChangeSet[],
  apply: (dashboard: string, portion: readonly ChangeSet[]) => Promise<readonly Reply[]>,
): Promise<readonly (FreshOutcome | ReplayedOutcome | TallyError)[]> {
  const results: (FreshOutcome | ReplayedOutcome | TallyError)[] = [];
  const applyPortion = async (dashboard: string, places: readonly number[]): Promise<void> => {
    const portion = places.flatMap((place) => changeSets[place] ?? []);
    try {
      const replies = await apply(dashboard, portion);
      for (const [index, place] of places.entries()) {
        const reply = replies[index];
        if (reply) results[place] = toResult(reply);
      }
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      for (const place of places) results[place] = error;
    }
  };
  const portions = [...portionsOf(changeSets)];
  await Promise.all(portions.flatMap(([name, all]) => all.map((places) => applyPortion(name, places))));
  return results;
}

/** Finds names that a misspelt one could mean. */
import leven from 'leven';

const MAX_SUGGESTIONS = 3;
/** Comparing this many names takes about 1 ms. */
const MAX_COMPARED_NAMES = 2_000;

/**
 * Returns the most similar names first. They differ from `name` in at most a third of its letters, ignoring its case.
 */
export function findSimilarNames(name: string, names: Iterable<string>): readonly string[] {
  const target = name.slice(0, 64).toLowerCase();
  const maxDistance = Math.max(1, Math.ceil(target.length / 3));
  const matches: { readonly candidate: string; readonly distance: number }[] = [];
  let remaining = MAX_COMPARED_NAMES;
  for (const candidate of names) {
    if (Math.abs(candidate.length - target.length) > maxDistance) continue;
    if ((remaining -= 1) < 0) break;
    const distance = leven(target, candidate, { maxDistance: maxDistance + 1 });
    if (distance <= maxDistance) matches.push({ candidate, distance });
  }
  return matches
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, MAX_SUGGESTIONS)
    .map(({ candidate }) => candidate);
}

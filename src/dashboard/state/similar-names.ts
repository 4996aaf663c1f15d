/** Names that are near a misspelt one, for the answer to it. */
import leven from 'leven';
import { TallyError } from '../../counters/errors.js';

/** Most names that an answer lists. */
const MAX_SUGGESTIONS = 3;
/** Most names that are compared: an answer to a typo may cost a millisecond, not ten. */
const MAX_COMPARED_NAMES = 2_000;

/** Names that differ from `name` by a third of its letters at the most, nearest first. */
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

/** @param names those that there are */
export function explainUnknownDashboard(name: string, names: Iterable<string>): TallyError {
  return createUnknownNameError('unknown-dashboard', `there is no dashboard named ${name}`, name, names);
}

export function explainUnknownCounter(
  { dashboard, counterNames }: { readonly dashboard: string; readonly counterNames: Iterable<string> },
  counter: string,
): TallyError {
  return createUnknownNameError(
    'unknown-counter',
    `${dashboard} has no counter named ${counter}`,
    counter,
    counterNames,
  );
}

/** The answer to an unknown name, with those among `names` that are near it. */
function createUnknownNameError(
  code: 'unknown-dashboard' | 'unknown-counter',
  detail: string,
  name: string,
  names: Iterable<string>,
): TallyError {
  const near = findSimilarNames(name, names);
  return new TallyError(code, near.length > 0 ? `${detail}: did you mean ${near.join(' or ')}?` : detail, { near });
}

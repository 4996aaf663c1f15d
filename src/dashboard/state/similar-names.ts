/** Names that are near a misspelt one, for the answer to it. */
import leven from 'leven';
import { TallyError } from '../../counters/errors.js';

/** Most names that an answer lists. */
const MOST_NAMES = 3;
/** Most names that are compared: an answer to a typo may cost a millisecond, not ten. */
const MOST_COMPARED = 2_000;

/** Names that differ from `name` by a third of its letters at the most, nearest first. */
export function nearNames(name: string, names: Iterable<string>): readonly string[] {
  const wanted = name.slice(0, 64).toLowerCase();
  const maxDistance = Math.max(1, Math.ceil(wanted.length / 3));
  const near: { readonly candidate: string; readonly distance: number }[] = [];
  let left = MOST_COMPARED;
  for (const candidate of names) {
    if (Math.abs(candidate.length - wanted.length) > maxDistance) continue;
    if ((left -= 1) < 0) break;
    const distance = leven(wanted, candidate, { maxDistance: maxDistance + 1 });
    if (distance <= maxDistance) near.push({ candidate, distance });
  }
  return near
    .toSorted((one, other) => one.distance - other.distance)
    .slice(0, MOST_NAMES)
    .map(({ candidate }) => candidate);
}

/** @param names those that there are */
export function unknownDashboard(name: string, names: Iterable<string>): TallyError {
  return unknownName('unknown-dashboard', `there is no dashboard named ${name}`, name, names);
}

export function unknownCounter(
  { dashboard, names }: { readonly dashboard: string; readonly names: Iterable<string> },
  counter: string,
): TallyError {
  return unknownName('unknown-counter', `${dashboard} has no counter named ${counter}`, counter, names);
}

/** The answer to an unknown name, with those among `names` that are near it. */
function unknownName(
  code: 'unknown-dashboard' | 'unknown-counter',
  detail: string,
  name: string,
  names: Iterable<string>,
): TallyError {
  const near = nearNames(name, names);
  return new TallyError(code, near.length > 0 ? `${detail}: did you mean ${near.join(' or ')}?` : detail, { near });
}

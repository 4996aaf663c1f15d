/** Compares two arrangements: what somebody else has changed, and whether that meets one's own steps. Pure. */
import { type Arrangement, findGroupOf, findTile, listTiles, type Step } from './arrangement.js';

/** Names of counters and measures by what has happened to their tiles, in the order of the later arrangement. */
export interface ArrangementDifference {
  readonly moved: readonly string[];
  readonly resized: readonly string[];
  readonly hidden: readonly string[];
  readonly shown: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** True if groups were added, renamed, moved or deleted. */
  readonly hasOtherGroups: boolean;
}

export function compareArrangements(before: Arrangement, after: Arrangement): ArrangementDifference {
  const tiles = listTiles(after);
  const kept = tiles.filter(({ show }) => findTile(before, show) !== undefined);
  const changed = (isChanged: (show: string) => boolean): string[] =>
    kept.map(({ show }) => show).filter((show) => isChanged(show));
  const stayed = findStayed(before, after);
  return {
    moved: changed((show) => !stayed.has(show)),
    resized: changed((show) => findTile(before, show)?.size !== findTile(after, show)?.size),
    hidden: changed((show) => !findTile(before, show)?.isHidden && findTile(after, show)?.isHidden === true),
    shown: changed((show) => findTile(before, show)?.isHidden === true && !findTile(after, show)?.isHidden),
    added: tiles.map(({ show }) => show).filter((show) => !findTile(before, show)),
    removed: listTiles(before)
      .map(({ show }) => show)
      .filter((show) => !findTile(after, show)),
    hasOtherGroups: listTitles(before).join('\n') !== listTitles(after).join('\n'),
  };
}

/** Returns true if somebody has arranged the board in another way, beside adding and removing counters. */
export function isArrangedAnew(difference: ArrangementDifference): boolean {
  const { moved, resized, hidden, shown, hasOtherGroups } = difference;
  return hasOtherGroups || [moved, resized, hidden, shown].some(({ length }) => length > 0);
}

/** Returns the tiles that both somebody else and one's own steps have changed. */
export function listContested(difference: ArrangementDifference, steps: readonly Step[]): string[] {
  const own = new Set(steps.flatMap((step) => ('show' in step ? [step.show] : [])));
  const { moved, resized, hidden, shown } = difference;
  return [...new Set([...moved, ...resized, ...hidden, ...shown])].filter((show) => own.has(show));
}

function listTitles(arrangement: Arrangement): string[] {
  return arrangement.filter(({ title, tiles }) => title !== undefined || tiles.length > 0).map(({ id }) => id);
}

/**
 * Returns the tiles that stay in their group and in their order: the longest part of the later arrangement that ascends
 * in the earlier one. All others were moved, so that one tile carried to the front is one move.
 */
function findStayed(before: Arrangement, after: Arrangement): ReadonlySet<string> {
  const ranks = new Map(listTiles(before).map(({ show }, index) => [show, index]));
  const names = listTiles(after)
    .map(({ show }) => show)
    .filter((show) => ranks.has(show) && findGroupOf(before, show)?.id === findGroupOf(after, show)?.id);
  /** Ends of the longest ascending parts so far, by their length, each with the part before it. */
  const ends: Chain[] = [];
  for (const show of names) {
    const rank = ranks.get(show) ?? 0;
    const found = ends.findIndex((end) => end.rank >= rank);
    const index = found < 0 ? ends.length : found;
    ends[index] = { show, rank, previous: ends[index - 1] };
  }
  const stayed = new Set<string>();
  for (let chain = ends.at(-1); chain; chain = chain.previous) stayed.add(chain.show);
  return stayed;
}

interface Chain {
  readonly show: string;
  readonly rank: number;
  readonly previous: Chain | undefined;
}

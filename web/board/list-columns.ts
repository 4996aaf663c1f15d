/** Distributes the rows of a list to columns. Pure. */
import type { SortedGroup } from './sorting.js';

/** Most columns; with more room they grow wider, and show more. */
const MAX_COLUMNS = 4;
/** Fewer rows than this are not split. */
const MIN_ROWS = 8;
/** Narrowest column, and the gap between two, rem, as in list.css. */
const [MIN_COLUMN_REM, GAP_REM] = [17, 1.25];
/** From this width on a column has room for the change of the last minute, rem. */
const ROOMY_REM = 24;

export interface ListColumns {
  readonly columns: number;
  /** True if there is room for more than number and comparison. */
  readonly isRoomy: boolean;
}

/** @param width inside the list @param needed by the widest row, rem both @param count rows of all columns */
export function chooseListColumns(width: number, needed: number, count: number): ListColumns {
  const fitting = Math.floor((width + GAP_REM) / (Math.max(MIN_COLUMN_REM, needed) + GAP_REM));
  const columns = Math.max(1, Math.min(MAX_COLUMNS, fitting, Math.ceil(count / MIN_ROWS)));
  const columnWidth = (width - GAP_REM * (columns - 1)) / columns;
  return { columns, isRoomy: columnWidth >= Math.max(ROOMY_REM, needed + ROOMY_REM - MIN_COLUMN_REM) };
}

/** A place in a list: the title of a group, a counter, or nothing where a title would stand at the end of a column. */
export type Place = { readonly head: SortedGroup } | { readonly name: string } | undefined;

/** Returns the places of all columns, one after the other, with the same number of rows in each. */
export function placeRows(
  groups: readonly SortedGroup[],
  columns: number,
): { readonly rows: number; readonly places: readonly Place[] } {
  const count = groups.reduce((sum, { title, names }) => sum + names.length + (title === undefined ? 0 : 1), 0);
  for (let rows = Math.max(2, Math.ceil(count / columns)); ; rows += 1) {
    const places: Place[] = [];
    for (const group of groups) {
      if (group.title !== undefined) {
        if (columns > 1 && places.length % rows === rows - 1) places.push(undefined);
        places.push({ head: group });
      }
      places.push(...group.names.map((name) => ({ name })));
    }
    if (columns === 1 || places.length <= rows * columns) return { rows, places };
  }
}

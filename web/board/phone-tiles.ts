/** The tiles of a phone: two columns of medium ones, and over both those that need the room. Pure. */
import type { DashboardDefinition } from '../../src/client/client.js';
import { getPresentation } from '../../src/measures/shown-number.js';
import { getParts, isGauge } from '../tile/shown-tile.js';
import type { ShownGroup } from './layout.js';

/** Gap between two tiles, and padding of one with its edges, rem, as in board.css. */
const [GAP_REM, PADDING_REM] = [0.5, 1.625];
/** Sizes of numbers, rem, as in board.css: least, share of the tile's inner width, most. */
const [LEAST_REM, SHARE, MOST_REM] = [1.75, 0.17, 2.75];

/** Returns which tiles take both columns: large ones, sums, gauges with levels, and one that would stand alone. */
export function listFullTiles(definition: DashboardDefinition, { tiles }: ShownGroup): ReadonlySet<string> {
  const needsRoom = ({ show, size }: ShownGroup['tiles'][number]): boolean =>
    size === 'large' ||
    getParts(definition, show) !== undefined ||
    (isGauge(definition, show) && getPresentation(definition, show).thresholds !== undefined);
  const full = new Set(tiles.filter(needsRoom).map(({ show }) => show));
  const half = tiles.filter(({ show }) => !full.has(show));
  const last = half.at(-1);
  if (half.length % 2 === 1 && last) full.add(last.show);
  return full;
}

/** Returns the room for a number, em of its digits. @param width of the board, rem */
export function getPhoneRoom(isFull: boolean, width: number): number {
  const inner = (isFull ? width : (width - GAP_REM) / 2) - PADDING_REM;
  return inner / Math.min(MOST_REM, Math.max(LEAST_REM, SHARE * inner));
}

/**
 * Chooses the grid of a wall: of all that fit the screen, the one in which the digits are largest. Pure.
 *
 * Two forms of a tile are weighed. `stack`: title, number, comparison, then bars or target. `row`: words at the start,
 * the number at the end; it wins where cells are wide and low (two tiles on a landscape screen, many on a portrait
 * one). All rows of a page are full: the tiles go into the rows as evenly as possible, the shorter rows first, so that
 * the tiles declared first are the wider ones and no hole is left. All tiles of a page have one size of digits: that of
 * the narrowest cell. More tiles than a page has, on one screen (`isDense`), are a plain grid instead: there, columns
 * that line up are worth a hole at the end.
 */

/** Most tiles of a page. */
export const MAX_PAGE_TILES = 12;
/**
 * Shares of the screen's shorter side. `head` is `--wall-head` of tokens.css; `maxDigit` keeps one number in measure.
 */
const SIDE = { head: 0.08, gap: 0.015, pad: 0.021, edge: 0.0012, maxDigit: 0.5 } as const;
/** Heights of lines, em. That of digits has room above them, and for the comma's tail below. */
const LINE = { label: 1.25, small: 1.3, digit: 1.04 } as const;
/** Shares of the screen's height: no label is smaller, nor a number of up to four. */
const LEAST = { label: 0.0355, digit: 0.125, digitTiles: 4 } as const;
/** Width that every number can be shortened to, em of its digits: `CHF 999K`. */
const SHORT_NUMBER_EM = 3.6;
/** Padding at both sides of a tile, in pads, and a share kept free for rounding. */
const [SIDE_PADS, USED_SHARE] = [2.4, 0.97];
/** Cells at least this many times as wide as high may hold rows. */
const ROW_RATIO = 2.4;
/** Most of a row that its words may take. */
const MAX_WORDS_SHARE = 0.66;
/** So few rows keep a share of their width for the bars under the words. */
const [FEW_ROWS, FEW_WORDS_SHARE] = [3, 0.36];
/** Worth of a layout that cuts the longest title, on one line and on two, where more of it can be read. */
const CUT_WORTH = { 1: 0.5, 2: 0.55 } as const;
/** Worth of a layout without room for a foot. */
const BARE_WORTH = 0.7;
/** Shares of the shorter side that must be left under the words for a foot. */
const FOOT_SHARES = { both: 0.11, one: 0.058, thin: 0.026 } as const;
/** Width kept for the second line of a row, em: `▲ 12% vs last Sat 14:03`; and most of a row that it may take. */
const [SECOND_LINE_EM, MAX_SECOND_LINE_SHARE] = [14, 0.45];
/** From so many tiles on, all that surrounds the numbers of a dense grid shrinks with their number. */
const DENSE_TILES = 50;
/** Sizes of a dense grid: shares of the shorter side, and the smallest letters that can be read at a desk, px. */
const DENSE = { label: 0.0245, pad: 0.011, gap: 0.015, minLabelPx: 12 } as const;

/** With few tiles the words grow too, and room is kept under the number. Shares of the shorter side. */
const STEPS = [
  { upTo: 1, label: 0.056, small: 0.044, foot: 0.2 },
  { upTo: 2, label: 0.05, small: 0.038, foot: 0.17 },
  { upTo: 4, label: 0.044, small: 0.032, foot: 0.085 },
  { upTo: 6, label: 0.04, small: 0.029, foot: 0.125 },
  { upTo: 9, label: 0.037, small: 0.027, foot: 0.06 },
  { upTo: Number.POSITIVE_INFINITY, label: 0.037, small: 0.027, foot: 0.036 },
] as const;

export interface FitRequest {
  /** Tiles of the page, at least 1. */
  readonly tiles: number;
  /** Screen, CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Width of the widest number, em of its digits, with what is kept in reserve. */
  readonly number: number;
  /** Width of the widest title on one line, and the width that it needs on two, em. */
  readonly titles: readonly [one: number, two: number];
  readonly isDense: boolean;
}

/**
 * Parts of a foot that there is room for. `both`: the course of the day, and target or band. `one`: one of them.
 * `thin`: one line without words; percent and sign of a target stand in the header.
 */
export type FootRoom = 'both' | 'one' | 'thin' | 'none';

/** Sizes are CSS pixels. */
export interface WallLayout {
  readonly form: 'stack' | 'row';
  /** Tiles of each row. */
  readonly rows: readonly number[];
  readonly digit: number;
  /** Room of a number, from the narrowest cell. */
  readonly room: number;
  readonly label: number;
  /** Lines of a title. */
  readonly lines: 1 | 2;
  readonly small: number;
  readonly pad: number;
  readonly gap: number;
  readonly footRoom: FootRoom;
  /** True if the longest title does not fit. */
  readonly isCut: boolean;
}

type Sizes = Pick<WallLayout, 'label' | 'small' | 'pad' | 'gap'> & { readonly side: number; readonly foot: number };
type Cell = Pick<WallLayout, 'digit' | 'room' | 'footRoom' | 'isCut'>;

/** Returns the layout with the largest digits. */
export function fit(request: FitRequest): WallLayout {
  const { tiles, isDense } = request;
  const sizes = chooseSizes(request);
  let best: { readonly layout: WallLayout; readonly worth: number } | undefined;
  for (let rowCount = 1; rowCount <= tiles; rowCount += 1) {
    const columns = Math.ceil(tiles / rowCount);
    if (Math.ceil(tiles / columns) !== rowCount) continue;
    const rows = isDense ? Array.from({ length: rowCount }, () => columns) : spread(tiles, rowCount);
    for (const form of ['stack', 'row'] as const) {
      for (const lines of isDense ? ([1] as const) : ([1, 2] as const)) {
        const cell = measureCell(request, sizes, { rowCount, columns, form, lines });
        if (!cell) continue;
        const worth = getWorth(request, cell, lines);
        if (best && worth <= best.worth) continue;
        const { label, small, pad, gap } = sizes;
        best = { worth, layout: { ...cell, form, rows, label, lines, small, pad, gap } };
      }
    }
  }
  // A window in which nothing fits shows numbers alone, as small as they become.
  return best?.layout ?? fit({ ...request, isDense: true });
}

/** Pages of at most so many tiles, as even as possible: 40 are 4 pages of 10. */
export function splitPages(tiles: number, most = MAX_PAGE_TILES): number[] {
  const pages = Math.max(1, Math.ceil(tiles / most));
  return Array.from({ length: pages }, (_, index) => Math.floor(tiles / pages) + (index < tiles % pages ? 1 : 0));
}

/** Distributes tiles over rows, the shorter rows first. */
function spread(tiles: number, rowCount: number): number[] {
  const shorter = rowCount - (tiles % rowCount);
  return Array.from({ length: rowCount }, (_, index) => Math.floor(tiles / rowCount) + (index < shorter ? 0 : 1));
}

function chooseSizes({ tiles, width, height, isDense }: FitRequest): Sizes {
  const side = Math.min(width, height);
  if (isDense) {
    const share = Math.min(1, Math.sqrt(DENSE_TILES / tiles));
    const label = Math.max(DENSE.minLabelPx, side * DENSE.label * share);
    return { side, label, small: 0, foot: 0, pad: side * DENSE.pad * share, gap: side * DENSE.gap * share };
  }
  const step = STEPS.find(({ upTo }) => tiles <= upTo) ?? STEPS[0];
  const label = Math.max(side * step.label, height * LEAST.label);
  return { side, label, small: side * step.small, foot: side * step.foot, pad: side * SIDE.pad, gap: side * SIDE.gap };
}

interface Candidate {
  readonly rowCount: number;
  readonly columns: number;
  readonly form: 'stack' | 'row';
  readonly lines: 1 | 2;
}

/** Returns the sizes within the narrowest cell; undefined if nothing fits into it. */
function measureCell(request: FitRequest, sizes: Sizes, candidate: Candidate): Cell | undefined {
  const { tiles, width, height, number, titles, isDense } = request;
  const { side, label, small, pad, gap } = sizes;
  const { rowCount, columns, form, lines } = candidate;
  const cellWidth = (width - gap * (columns + 1)) / columns;
  const cellHeight = (height - side * SIDE.head - gap * (rowCount + 1)) / rowCount;
  const edges = 2 * Math.max(1, side * SIDE.edge);
  const inner = {
    width: (cellWidth - edges - SIDE_PADS * pad) * USED_SHARE,
    height: cellHeight - edges - 2 * pad,
  };
  const words = label * LINE.label * lines + small * LINE.small;
  const title = titles[lines - 1] ?? titles[0];
  const maxDigit = side * SIDE.maxDigit;
  const leastDigit = tiles <= LEAST.digitTiles ? height * LEAST.digit : 0;
  if (form === 'row') {
    if (isDense || cellWidth < ROW_RATIO * cellHeight) return undefined;
    const isCut = title * label > inner.width * MAX_WORDS_SHARE;
    const beside = Math.max(
      Math.min(title * label, inner.width * MAX_WORDS_SHARE),
      Math.min(small * SECOND_LINE_EM, inner.width * MAX_SECOND_LINE_SHARE),
      tiles <= FEW_ROWS ? inner.width * FEW_WORDS_SHARE : 0,
    );
    const room = inner.width - beside - 1.5 * pad;
    const digit = Math.min(room / number, inner.height / LINE.digit, maxDigit);
    const foot = inner.height - words;
    return digit > 0 && foot >= 0 ? { digit, room, footRoom: chooseFootRoom(foot / side, form), isCut } : undefined;
  }
  const tall = (inner.height - words) / LINE.digit;
  const kept = (inner.height - words - sizes.foot) / LINE.digit;
  // With up to four tiles the foot gives way first, then long numbers are shortened.
  const byHeight = Math.max(kept > 0 ? kept : tall, Math.min(tall, leastDigit));
  const byWidth = Math.max(inner.width / number, Math.min(leastDigit, inner.width / SHORT_NUMBER_EM));
  const digit = Math.min(byWidth, byHeight, maxDigit);
  const foot = inner.height - words - digit * LINE.digit;
  const isCut = title * label > inner.width;
  if (isDense) return { digit: Math.max(1, digit), room: Math.max(1, inner.width), footRoom: 'none', isCut };
  if (digit <= 0) return undefined;
  const footRoom = chooseFootRoom(foot / side, form);
  return { digit, room: inner.width, footRoom, isCut };
}

/** @param share of the shorter side that is left */
function chooseFootRoom(share: number, form: WallLayout['form']): FootRoom {
  if (share > FOOT_SHARES.both) return 'both';
  if (share > FOOT_SHARES.one) return 'one';
  // The header of a row has no room for a percent.
  return share > FOOT_SHARES.thin && form === 'stack' ? 'thin' : 'none';
}

/** Layouts that keep the promised size of digits are worth more than all others. */
function getWorth(
  { tiles, height, number, isDense }: FitRequest,
  { digit, room, footRoom, isCut }: Cell,
  lines: 1 | 2,
): number {
  const isKept = tiles > LEAST.digitTiles || digit >= height * LEAST.digit * 0.96;
  const shownShare = Math.min(1, room / digit / number);
  const share = isDense ? 1 : (isCut ? CUT_WORTH[lines] : 1) * (footRoom === 'none' ? BARE_WORTH : 1);
  return digit * shownShare * share + (isKept ? height : 0);
}

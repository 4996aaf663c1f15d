/** Walls of 1 to 300 tiles on every screen: nothing is cut, labels and numbers are large enough, pages are even. */
import { fit, type FitRequest, MAX_PAGE_TILES, splitPages } from './fit.js';

const SCREENS = [
  [1_280, 720],
  [1_366, 768],
  [1_920, 1_080],
  [3_840, 2_160],
  [1_080, 1_920],
] as const;
/** Widths of the widest number: `99`, `€99,999` and `CHF 999,999`, em. */
const NUMBERS = [2.4, 3.6, 5.5];
/** Widths of the longest title on one line and on two: `Orders`, `Blue mugs in stock` and 50 letters, em. */
const TITLES = [
  [3.5, 3.5],
  [9, 5.5],
  [24, 12.5],
] as const;
/** Share of the screen's shorter side that the header takes: `--wall-head` of tokens.css. */
const HEAD_SHARE = 0.08;
const TOLERANCE_PX = 0.01;

const TILES = Array.from({ length: 300 }, (_, index) => index + 1);
const PAGES = TILES.slice(0, MAX_PAGE_TILES);

/** Lists pages of each kind on each screen. */
function listRequests(tiles: readonly number[], isDense = false): FitRequest[] {
  return SCREENS.flatMap(([width, height]) =>
    (isDense ? [3.6] : NUMBERS).flatMap((number) =>
      (isDense ? TITLES.slice(1, 2) : TITLES).flatMap((titles) =>
        tiles.map((count) => ({ tiles: count, width, height, number, titles, isDense })),
      ),
    ),
  );
}

/** Returns what does not fit into the screen, or is smaller than promised. */
function findFaults(request: FitRequest): string[] {
  const { tiles, width, height, number, titles, isDense } = request;
  const layout = fit(request);
  const { form, rows, digit, room, label, lines, small, pad, gap, isCut } = layout;
  const columns = Math.max(...rows);
  const side = Math.min(width, height);
  const cell = {
    width: (width - gap * (columns + 1)) / columns - 2.4 * pad,
    height: (height - HEAD_SHARE * side - gap * (rows.length + 1)) / rows.length - 2 * pad,
  };
  const words = label * 1.25 * lines + small * 1.3;
  const tall = form === 'stack' ? words + digit * 1.04 : Math.max(words, digit * 1.04);
  const title = titles[lines - 1] ?? 0;
  const placed = rows.reduce((sum, count) => sum + count, 0);
  const checks: Readonly<Record<string, boolean>> = {
    'every tile has its place': isDense ? placed >= tiles && placed - tiles < columns : placed === tiles,
    'rows are as even as possible, shorter ones first': rows.every(
      (count, index) => count <= (rows[index + 1] ?? count) && columns - count <= 1,
    ),
    'the cell is high enough': tall <= cell.height + TOLERANCE_PX,
    'the number has its room': number * digit <= room + TOLERANCE_PX || (tiles <= 4 && digit >= 0.12 * height),
    'the room lies within the cell': room <= cell.width + TOLERANCE_PX,
    'the title fits, or is said to be cut': isCut || title * label <= cell.width + TOLERANCE_PX,
    'labels are at least 3.5% of the height': isDense || label >= 0.035 * height,
    'numbers of up to four tiles are at least 12% of the height': isDense || tiles > 4 || digit >= 0.12 * height,
    'letters of a dense grid are at least 12 px': label >= 12,
  };
  return Object.keys(checks).filter((check) => !checks[check]);
}

/** Beyond about 50 tiles, long numbers are shortened and long titles cut where nothing else is left. */
const DENSE_LIMITS = ['the cell is high enough', 'the number has its room', 'the room lies within the cell'];

/** Returns the requests whose layout has faults, with these. */
const listFaulty = (requests: readonly FitRequest[], limits: readonly string[] = []): unknown[] =>
  requests
    .map((request) => ({ request, faults: findFaults(request).filter((fault) => !limits.includes(fault)) }))
    .filter(({ faults }) => faults.length > 0);

it('pages of 1 to 12 tiles fit every screen, with labels and numbers as large as promised', () => {
  expect(listFaulty(listRequests(PAGES))).toEqual([]);
});

it('1 to 300 tiles fit on one page', () => {
  expect(listFaulty(listRequests(TILES.slice(0, 50), true))).toEqual([]);
  expect(listFaulty(listRequests(TILES.slice(50), true), DENSE_LIMITS)).toEqual([]);
});

it('no title of usual length is cut on a landscape screen', () => {
  const usual = listRequests(PAGES).filter(({ width, height, titles }) => width > height && titles[0] <= 9);
  expect(usual.filter((request) => fit(request).isCut)).toEqual([]);
});

it('pages have at most 12 tiles, and as many each as possible', () => {
  for (const tiles of TILES) {
    const pages = splitPages(tiles);
    expect(pages).toHaveLength(Math.ceil(tiles / MAX_PAGE_TILES));
    expect(pages.reduce((sum, count) => sum + count, 0)).toBe(tiles);
    expect(Math.max(...pages)).toBeLessThanOrEqual(MAX_PAGE_TILES);
    expect(Math.max(...pages) - Math.min(...pages)).toBeLessThanOrEqual(1);
  }
  expect(splitPages(40)).toEqual([10, 10, 10, 10]);
  expect(splitPages(13)).toEqual([7, 6]);
});

it('a window in which nothing fits still has a layout', () => {
  const tiny = { tiles: 300, width: 64, height: 48, number: 6, titles: [24, 12], isDense: false } as const;
  expect(fit(tiny).digit).toBeGreaterThan(0);
});

it('rows are chosen where cells are wide and low, stacks elsewhere', () => {
  const request = { number: 3.6, titles: [9, 5.5], isDense: false } as const;
  expect(fit({ ...request, tiles: 2, width: 1_920, height: 1_080 })).toMatchObject({ form: 'row', rows: [1, 1] });
  expect(fit({ ...request, tiles: 6, width: 1_920, height: 1_080 })).toMatchObject({ form: 'stack', rows: [3, 3] });
  expect(fit({ ...request, tiles: 12, width: 1_920, height: 1_080 })).toMatchObject({ form: 'stack', rows: [4, 4, 4] });
  expect(fit({ ...request, tiles: 7, width: 1_080, height: 1_920 }).rows.every((count) => count <= 2)).toBe(true);
});

/** Measures the tiles of a page of a wall, and chooses its layout. */
import type { DashboardDefinition } from '../../src/client/client.js';
import { getPresentation } from '../../src/measures/shown-number.js';
import type { BoardData } from '../data/board-data.js';
import type { PageView } from '../app/page-url.js';
import { getDrawnPeriod, getShownKind, isGauge } from '../tile/shown-tile.js';
import { measureText } from '../tile/text-width.js';
import { words } from '../words/locale.js';
import { fit, MAX_PAGE_TILES, splitPages, type WallLayout } from './fit.js';
import { measureReserve } from './wall-number.js';

/** What stands beside a title, as a share of its size, and the gap before it, em of the title. */
const [ASIDE_SHARE, ASIDE_GAP_EM] = [0.8, 0.5];
/** A percent beside a title: the widest one that room is kept for, and its sign, em of its own size. */
const [MAX_PERCENT, SIGN_EM] = ['000%', 1.55];
export interface PageLayout extends WallLayout {
  readonly isDense: boolean;
  /** Width of the column of numbers in the form `row`, px. */
  readonly numberWidth: number;
  /** Enlarges the strokes of drawings. */
  readonly strokeScale: number;
}

/** Shorter side of a screen on which strokes are as wide as at a desk, px. */
const STROKE_SIDE_PX = 640;

export interface LayoutOptions {
  readonly data: BoardData;
  readonly definition: DashboardDefinition;
  readonly view: PageView;
  readonly names: readonly string[];
  /** Kind of number that the header names, so that tiles do not repeat it. */
  readonly commonKind: string;
  readonly width: number;
  readonly height: number;
  readonly isDense: boolean;
  readonly locale: string;
}

/** Pages are not made smaller than this to show long titles. */
const MIN_PAGE_TILES = 6;

/**
 * Distributes the tiles over pages: of 12 at most, or of fewer if titles would be cut otherwise. If even small pages
 * cut the longest title, smaller ones are not worth it.
 */
export function paginate(options: LayoutOptions): (readonly string[])[] {
  const { names, isDense } = options;
  if (names.length === 0) return [];
  if (isDense) return [names];
  const slice = (most: number): (readonly string[])[] => {
    let start = 0;
    return splitPages(names.length, most).map((tiles) => names.slice(start, (start += tiles)));
  };
  for (let most = MAX_PAGE_TILES; most >= MIN_PAGE_TILES; most -= 1) {
    const pages = slice(most);
    if (pages.every((page) => !layOutPage({ ...options, names: page }).isCut)) return pages;
  }
  return slice(MAX_PAGE_TILES);
}

/** Reads the present numbers without subscribing to them: a value never changes the layout. */
export function layOutPage(options: LayoutOptions): PageLayout {
  const { data, definition, view, names, width, height, isDense, locale } = options;
  const number = Math.max(
    ...names.map((name) => {
      const kind = getShownKind(definition, name, view.period);
      return measureReserve(definition, name, {
        kind,
        number: data.getNumbers(name).peek()[kind],
        data: data.getPeriodData(getDrawnPeriod(kind)).peek(),
        locale,
      });
    }),
  );
  const titles = names.map((name) => measureTitle(options, name));
  const widest = (index: 0 | 1): number => Math.max(...titles.map((title) => title[index]));
  const layout = fit({ tiles: names.length, width, height, number, titles: [widest(0), widest(1)], isDense });
  const side = Math.min(width, height);
  return {
    ...layout,
    isDense,
    numberWidth: Math.min(layout.room, number * layout.digit),
    strokeScale: Math.max(1, side / STROKE_SIDE_PX),
  };
}

/** Returns the width of a title, and of its period where it names one, on one line and on two, em of the title. */
function measureTitle(
  { definition, view, commonKind }: LayoutOptions,
  name: string,
): readonly [one: number, two: number] {
  const { title = name } = getPresentation(definition, name);
  const kind = getShownKind(definition, name, view.period);
  const isOther = kind !== commonKind && !isGauge(definition, name);
  const aside = isOther ? measureText(words.peek().running[kind], 400) * ASIDE_SHARE + ASIDE_GAP_EM : 0;
  return [measureText(title, 500) + aside, measureTwoLines(title) + aside];
}

/** True if a sign and any percent have room beside a title. @param width of the tile's content, px */
export function hasPercentRoom(title: string, { label, lines }: WallLayout, width: number): boolean {
  const titleWidth = lines === 1 ? measureText(title, 500) : measureTwoLines(title);
  const percentWidth = (SIGN_EM + measureText(MAX_PERCENT, 600)) * ASIDE_SHARE + ASIDE_GAP_EM;
  return (titleWidth + percentWidth) * label <= width;
}

/** Returns the width in which a text has room on two lines: that of the best place to break it. */
function measureTwoLines(text: string): number {
  const parts = text.split(' ');
  const breaks = parts.map((_, index) =>
    Math.max(...[parts.slice(0, index + 1), parts.slice(index + 1)].map((line) => measureText(line.join(' '), 500))),
  );
  return Math.min(...breaks);
}

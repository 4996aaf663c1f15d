/** Measures the tiles of a page of a wall, and chooses its layout. */
import type { DashboardDefinition } from '../../src/client/client.js';
import { getPresentation } from '../../src/measures/shown-number.js';
import type { BoardData } from '../data/board-data.js';
import type { PageView } from '../app/page-url.js';
import { getDrawnPeriod, getShownKind, isGauge } from '../tile/shown-tile.js';
import { measureText } from '../tile/text-width.js';
import { words } from '../words/locale.js';
import { fit, type WallLayout } from './fit.js';
import { measureReserve } from './wall-number.js';

/** What stands beside a title, as a share of its size, and the gap before it, em of the title. */
const [ASIDE_SHARE, ASIDE_GAP_EM] = [0.8, 0.5];
/** A sign and its percent beside a title: widest text, and the sign, em of its own size. */
const [PERCENT, SIGN_EM] = ['000%', 1.6];
/** Shares of the shorter side that must be left under the words for a foot. */
const FOOT_SHARES = { both: 0.11, one: 0.058, thin: 0.026 } as const;

/**
 * Parts of a foot that there is room for. `both`: the course of the day, and target or band. `one`: one of them. `thin`:
 * one line without words; percent and sign of a target stand in the header.
 */
export type FootRoom = 'both' | 'one' | 'thin' | 'none';

export interface PageLayout extends WallLayout {
  readonly footRoom: FootRoom;
  readonly isDense: boolean;
  /** Width of the column of numbers in the form `row`, px. */
  readonly numberWidth: number;
  /** Enlarges the strokes of drawings. */
  readonly strokeScale: number;
}

/** Shorter side of a screen on which strokes are as wide as at a desk, px. */
const STROKE_SIDE_PX = 640;

interface LayoutOptions {
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
    footRoom: isDense ? 'none' : chooseFootRoom(layout, side),
    numberWidth: Math.min(layout.room, number * layout.digit),
    strokeScale: Math.max(1, side / STROKE_SIDE_PX),
  };
}

function chooseFootRoom({ form, foot }: WallLayout, side: number): FootRoom {
  const share = foot / side;
  if (share > FOOT_SHARES.both) return 'both';
  if (share > FOOT_SHARES.one) return 'one';
  // The header of a row has no room for a percent.
  return share > FOOT_SHARES.thin && form === 'stack' ? 'thin' : 'none';
}

/** Returns the width of a title and of what stands beside it, on one line and on two, em of the title. */
function measureTitle(
  { definition, view, commonKind }: LayoutOptions,
  name: string,
): readonly [one: number, two: number] {
  const { title = name, target } = getPresentation(definition, name);
  const kind = getShownKind(definition, name, view.period);
  const percent = target ? SIGN_EM + measureText(PERCENT, 600) : 0;
  const isOther = kind !== commonKind && !isGauge(definition, name);
  const period = isOther ? measureText(words.peek().running[kind], 400) : 0;
  const widest = Math.max(percent, period);
  const aside = widest === 0 ? 0 : widest * ASIDE_SHARE + ASIDE_GAP_EM;
  return [measureText(title, 500) + aside, measureTwoLines(title) + aside];
}

/** Returns the width in which a text has room on two lines: that of the best place to break it. */
function measureTwoLines(text: string): number {
  const parts = text.split(' ');
  const breaks = parts.map((_, index) =>
    Math.max(...[parts.slice(0, index + 1), parts.slice(index + 1)].map((line) => measureText(line.join(' '), 500))),
  );
  return Math.min(...breaks);
}

/** Colours, letters and measures of the canvases, read from the tokens. */
import type { SeriesSlot } from '../signs/series-mark.js';

export interface PlotStyle {
  /** Another key: draw again. */
  readonly key: string;
  readonly colours: Readonly<Record<(typeof COLOURS)[number], string>>;
  readonly series: readonly string[];
  readonly face: string;
  /** Size of letters, whole CSS pixels: uPlot misreads fractions. */
  readonly letterPx: number;
  /** CSS pixels of one pixel of the design, whose root is 16. */
  readonly unit: number;
}

const COLOURS = ['surface', 'ink', 'ink-2', 'ink-3', 'line-2', 'grid', 'before', 'goal'] as const;
const SLOTS: readonly SeriesSlot[] = [1, 2, 3, 4, 5, 6, 7, 8];
/** Letters of the design: `--text-xs`. */
const LETTER_PX = 12;

/** A token as it is read holds both schemes; one that is registered as a colour holds the one in force. */
for (const name of [...COLOURS, ...SLOTS.map((slot) => `series-${slot}`)]) {
  CSS.registerProperty({ name: `--${name}`, syntax: '<color>', inherits: true, initialValue: 'transparent' });
}

export function readPlotStyle(element: Element): PlotStyle {
  return readStyle(element, Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16);
}

/** Paper and pictures are light. @param unit CSS pixels of one pixel of the design */
export function readLightStyle(element: Element, unit: number): PlotStyle {
  const { dataset } = document.documentElement;
  const { theme } = dataset;
  dataset['theme'] = 'light';
  const style = readStyle(element, unit);
  if (theme === undefined) delete dataset['theme'];
  else dataset['theme'] = theme;
  return style;
}

function readStyle(element: Element, unit: number): PlotStyle {
  const style = getComputedStyle(element);
  const read = (token: string): string => style.getPropertyValue(`--${token}`).trim();
  const colours = Object.fromEntries(COLOURS.map((name) => [name, read(name)])) as PlotStyle['colours'];
  const series = SLOTS.map((slot) => read(`series-${slot}`));
  const face = style.fontFamily;
  return {
    key: JSON.stringify([colours, series, face, unit]),
    colours,
    series,
    face,
    letterPx: Math.round(LETTER_PX * unit),
    unit,
  };
}

/** Side of the hatch's tile, and width of its lines, CSS pixels. */
const [TILE_PX, LINE_PX] = [8, 1.75];

/** Creates the texture of what is not final. */
export function createHatch(
  context: CanvasRenderingContext2D,
  colour: string,
  pixelRatio: number,
): CanvasPattern | string {
  const tile = document.createElement('canvas');
  const side = Math.round(TILE_PX * pixelRatio);
  [tile.width, tile.height] = [side, side];
  const drawing = tile.getContext('2d');
  if (!drawing) return colour;
  drawing.strokeStyle = colour;
  drawing.lineWidth = LINE_PX * pixelRatio;
  for (const offset of [-side / 2, 0, side / 2]) {
    drawing.moveTo(offset - 2, side - offset + 2);
    drawing.lineTo(side + offset + 2, -offset - 2);
  }
  drawing.stroke();
  return context.createPattern(tile, 'repeat') ?? colour;
}

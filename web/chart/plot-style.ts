/** Colours, letters and measures of the canvases, read from the tokens. */
import { useEffect, useState } from 'preact/hooks';
import { useBoard } from '../app/board-context.js';
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

export function readPlotStyle(element: Element): PlotStyle {
  const style = getComputedStyle(element);
  const read = (token: string): string => style.getPropertyValue(`--${token}`).trim();
  const unit = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
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

/** Conditions under which the tokens have other colours, or canvases another size. */
const CONDITIONS = ['(prefers-color-scheme: dark)', '(forced-colors: active)', '(prefers-contrast: more)', 'print'];

/** Draws a component again when the tokens may have changed. */
export function useStyleVersion(): void {
  const { view } = useBoard();
  const [, setVersion] = useState(0);
  // The page's own choice of light or dark.
  void view.value.theme;
  useEffect(() => {
    const onChange = (): void => setVersion((version) => version + 1);
    const queries = CONDITIONS.map((condition) => matchMedia(condition));
    for (const query of queries) query.addEventListener('change', onChange);
    // The root's size follows the viewport and the reader's settings; fonts may have come.
    void document.fonts.ready.then(onChange);
    return () => {
      for (const query of queries) query.removeEventListener('change', onChange);
    };
  }, []);
}

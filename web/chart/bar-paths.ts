/** Paths of bars: from the start of each bucket to its end, the running one hatched. */
import uPlot from 'uplot';
import type { LaneContent } from './lane-content.js';

/** Gap between two buckets, and the width from which on it is the larger one, pixels at a root of 16. */
const [GAP_PX, THIN_GAP_PX, WIDE_PX] = [5, 2, 16];
/** Below this, bars have no gap, pixels at a root of 16. */
const TINY_PX = 4;
const RADIUS_PX = 2;
/** A number that is not zero can be seen. */
const LEAST_HEIGHT_PX = 1.5;

interface BarOptions {
  readonly getContent: () => LaneContent;
  readonly name: string;
  readonly colour: string;
  /** CSS pixels of one pixel at a root of 16. */
  readonly unit: number;
  readonly createHatch: (plot: uPlot) => CanvasPattern | string;
}

/** uPlot's own bars have one width; those of a zone do not, and days and months neither. */
export function buildBars({ getContent, name, colour, unit, createHatch }: BarOptions): uPlot.Series.PathBuilder {
  return (plot) => {
    const content = getContent();
    const bars = content.columns.filter(({ kind }) => kind === 'bars');
    const place = bars.findIndex((one) => one.name === name);
    const column = bars[place];
    const [solid, hatched, edge] = [new Path2D(), new Path2D(), new Path2D()];
    const ratio = uPlot.pxRatio * unit;
    const [shares, share] = content.isStacked ? [1, 0] : [bars.length, place];
    for (const [index, start] of (column?.at ?? []).entries()) {
      const [value, end, base] = [
        column?.values[index] ?? null,
        column?.ends[index] ?? start,
        column?.bases[index] ?? 0,
      ];
      if (value === null || value === base) continue;
      const [x0, x1] = [plot.valToPos(start, 'x', true), plot.valToPos(end, 'x', true)];
      const step = x1 - x0;
      const gap = step > WIDE_PX * ratio ? GAP_PX * ratio : step > TINY_PX * ratio ? THIN_GAP_PX * ratio : step / 5;
      const width = (step - gap) / shares;
      const left = x0 + gap / 2 + share * width;
      const [from, to] = [plot.valToPos(base, 'y', true), plot.valToPos(value, 'y', true)];
      const height = Math.max(LEAST_HEIGHT_PX * ratio, Math.abs(from - to));
      const top = value >= base ? from - height : from;
      const radius = Math.min(RADIUS_PX * ratio, height / 2, width / 2);
      const isRunning = end > content.at;
      if (isRunning) {
        hatched.roundRect(left, top, width, height, radius);
        edge.roundRect(
          left + ratio / 2,
          top + ratio / 2,
          Math.max(0, width - ratio),
          Math.max(0, height - ratio),
          radius,
        );
      } else {
        const inset = shares > 1 ? Math.min(ratio, width / 6) : 0;
        solid.roundRect(left + inset / 2, top, width - inset, height, radius);
      }
    }
    const fill = new Map<CanvasRenderingContext2D['fillStyle'], Path2D>([
      [colour, solid],
      [createHatch(plot), hatched],
    ]);
    return { fill, stroke: new Map([[colour, edge]]), clip: null, flags: 0 };
  };
}

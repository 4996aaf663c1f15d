/**
 * Draws one lane with uPlot. Each lane is an instance of its own: that gives it its own clip, value axis and canvas, so
 * that a change redraws only the lanes whose numbers have changed. What spans all lanes (cursor, present, marks) lies
 * over them in the document and costs no drawing.
 */
import uPlot from 'uplot';
import { SERIES } from '../signs/series-mark.js';
import type { Column } from './lane-columns.js';
import type { LaneScale } from './lane-scale.js';
import type { TimeTicks } from './time-ticks.js';
import { createHatch, type PlotStyle } from './plot-style.js';
import { buildBars } from './bar-paths.js';
import { drawEnds, drawTarget } from './lane-signs.js';

/** Gutters beside a plot, and room for letters over and under it, pixels at a root of 16. */
export const GUTTERS = { start: 48, end: 64, narrowStart: 36, narrowEnd: 8, axis: 24, over: 7, under: 7 } as const;
/** Share of its colour that a series keeps while another one is singled out. */
const FADED = 0.3;

/** What is drawn in a lane. Times are milliseconds since the Unix epoch. */
export interface LaneContent {
  readonly columns: readonly Column[];
  readonly form: 'bars' | 'adding' | 'level';
  readonly isStacked: boolean;
  readonly scale: LaneScale;
  readonly from: number;
  readonly to: number;
  /** Up to here the numbers are known. */
  readonly at: number;
  readonly ticks: TimeTicks;
  readonly hasAxis: boolean;
  readonly isNarrow: boolean;
  /** Slot of each series by name, from 1 on. */
  readonly slots: Readonly<Record<string, number>>;
  readonly target: { readonly number: number; readonly text: string } | undefined;
  /** Text at the end of each line. */
  readonly ends: Readonly<Record<string, string>>;
  readonly singled: string | undefined;
  readonly formatTick: (tick: number) => string;
  readonly formatTime: (ms: number) => string;
}

export interface LaneSize {
  readonly width: number;
  readonly height: number;
}

export class LanePlot {
  #plot: uPlot | undefined;
  #content: LaneContent | undefined;
  #structure = '';
  #drawn = '';
  #size: LaneSize = { width: 0, height: 0 };

  constructor(private readonly root: HTMLElement) {}

  get canvas(): HTMLCanvasElement | undefined {
    return this.#plot?.ctx.canvas;
  }

  /** Draws a lane if anything of it has changed. */
  draw(content: LaneContent, style: PlotStyle, size: LaneSize): void {
    if (size.width <= 0 || size.height <= 0) return;
    const { columns, form, hasAxis, isNarrow, isStacked, slots } = content;
    const structure = JSON.stringify([
      columns.map(({ name, kind }) => [name, kind]),
      [form, hasAxis, isNarrow, isStacked, slots, style.key],
    ]);
    const drawn = JSON.stringify([content, style.key, content.scale.ticks.map(content.formatTick)]);
    const isSized = size.width === this.#size.width && size.height === this.#size.height;
    if (drawn === this.#drawn && structure === this.#structure && isSized) return;
    this.#content = content;
    this.#size = size;
    this.#drawn = drawn;
    const data = uPlot.join(columns.map(({ at, values }) => [at, values]));
    if (!this.#plot || structure !== this.#structure) {
      this.#structure = structure;
      this.#plot?.destroy();
      this.#plot = new uPlot(this.#createOptions(content, style), data, this.root);
      return;
    }
    const plot = this.#plot;
    plot.batch(() => {
      for (const [index, alpha] of listAlphas(content).entries()) {
        const series = plot.series[index + 1];
        if (series) series.alpha = alpha;
      }
      if (!isSized) plot.setSize(size);
      plot.setData(data, true);
    });
  }

  destroy(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#structure = this.#drawn = '';
  }

  #createOptions(first: LaneContent, style: PlotStyle): uPlot.Options {
    const { unit, letterPx, face, colours } = style;
    const get = (): LaneContent => this.#content ?? first;
    const { hasAxis, isNarrow } = first;
    const px = (length: number): number => Math.round(length * unit);
    const font = `${letterPx}px ${face}`;
    const axis = { font, stroke: colours['ink-3'], ticks: { show: false }, border: { show: false }, gap: 0 };
    const alphas = listAlphas(first);
    return {
      ...this.#size,
      legend: { show: false },
      cursor: { show: false },
      select: { show: false, left: 0, top: 0, width: 0, height: 0 },
      padding: [px(GUTTERS.over), px(isNarrow ? GUTTERS.narrowEnd : GUTTERS.end), hasAxis ? 0 : px(GUTTERS.under), 0],
      scales: {
        x: { time: false, range: () => [get().from, get().to] },
        y: { range: () => [get().scale.low, get().scale.high] },
      },
      axes: [
        {
          ...axis,
          show: hasAxis,
          size: px(GUTTERS.axis),
          gap: px(5),
          grid: { show: false },
          splits: () => [...get().ticks.at],
          values: (_plot, splits) => splits.map((ms) => get().formatTime(ms)),
        },
        {
          ...axis,
          size: px(isNarrow ? GUTTERS.narrowStart : GUTTERS.start),
          gap: px(8),
          grid: { show: false },
          splits: () => [...get().scale.ticks],
          filter: (_plot, splits) => splits,
          values: (_plot, splits) => splits.map((tick) => get().formatTick(tick)),
        },
      ],
      series: [
        {},
        ...first.columns.map((column, index) => this.#createSeries(column, first, style, alphas[index] ?? 1)),
      ],
      hooks: {
        drawAxes: [(plot) => drawGrid(plot, get(), style)],
        draw: [
          (plot) => {
            drawTarget(plot, get(), style);
            drawEnds(plot, get(), style);
          },
        ],
      },
    };
  }

  #createSeries(column: Column, content: LaneContent, style: PlotStyle, alpha: number): uPlot.Series {
    const { name, kind } = column;
    const base = { label: name, points: { show: false }, alpha, pxAlign: 0 } as const;
    const line = uPlot.paths.linear?.();
    const stepped = uPlot.paths.stepped?.({ align: 1 });
    if (kind === 'before') {
      const paths = content.form === 'bars' ? stepped : line;
      return { ...base, stroke: style.colours.before, width: 1.5, dash: [4, 3], ...(paths && { paths }) };
    }
    const slot = content.slots[name] ?? 1;
    const colour = style.series[slot - 1] ?? style.colours.ink;
    if (kind === 'bars') {
      return {
        ...base,
        stroke: colour,
        width: 1,
        paths: buildBars({
          getContent: () => this.#content ?? content,
          name,
          colour,
          createHatch: (plot) => createHatch(plot.ctx, colour, uPlot.pxRatio),
        }),
      };
    }
    const dash = SERIES[slot - 1]?.dash ?? [];
    return {
      ...base,
      stroke: colour,
      width: 2,
      ...(content.columns.filter((one) => one.kind === 'line').length > 1 && { dash: [...dash] }),
      ...(content.form === 'adding' && { fill: `color-mix(in srgb, ${colour} 10%, transparent)`, fillTo: 0 }),
      ...(line && { paths: line }),
    };
  }
}

function listAlphas({ columns, singled }: LaneContent): number[] {
  return columns.map(({ name }) => (singled === undefined || name === singled ? 1 : FADED));
}

/** Grid lines at the marks; the lowest one, or zero, is the base line. */
function drawGrid(plot: uPlot, { scale }: LaneContent, { colours }: PlotStyle): void {
  const { ctx, bbox } = plot;
  const base = scale.low < 0 && scale.high >= 0 ? 0 : scale.low;
  ctx.save();
  ctx.lineWidth = Math.max(1, Math.round(uPlot.pxRatio));
  for (const tick of scale.ticks) {
    const y = Math.round(plot.valToPos(tick, 'y', true)) + (ctx.lineWidth % 2) / 2;
    ctx.strokeStyle = tick === base ? colours['line-2'] : colours.grid;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

/**
 * Draws one lane with uPlot. Each lane is an instance of its own: that gives it its own clip, value axis and canvas, so
 * that a change redraws only the lanes whose numbers have changed. What spans all lanes (cursor, present, marks) lies
 * over them in the document and costs no drawing.
 */
import uPlot from 'uplot';
import { SERIES } from '../signs/series-mark.js';
import { buildBars } from './bar-paths.js';
import type { Column } from './lane-columns.js';
import { GUTTERS, type LaneContent } from './lane-content.js';
import { drawEnds, drawGrid, drawTarget } from './lane-signs.js';
import { createHatch, type PlotStyle } from './plot-style.js';

/** Share of its colour that a series keeps while another one is singled out. */
const FADED = 0.3;
/** Widths of lines, and the dash of the span before, pixels at a root of 16. */
const [LINE, BEFORE, BEFORE_DASH] = [2, 1.5, [4, 3]] as const;
/** Distance of the letters to the plot, pixels at a root of 16. */
const [TIME_GAP, VALUE_GAP] = [5, 8];

/** Of a canvas, CSS pixels. */
export interface PlotSize {
  readonly width: number;
  readonly height: number;
}

export class LanePlot {
  #plot: uPlot | undefined;
  #content: LaneContent | undefined;
  #structure = '';
  #drawn = '';

  constructor(private readonly root: HTMLElement) {}

  get canvas(): HTMLCanvasElement | undefined {
    return this.#plot?.ctx.canvas;
  }

  /** Draws a lane if anything of it has changed. @throws Error if the browser gives no canvas */
  draw(content: LaneContent, style: PlotStyle, size: PlotSize): void {
    if (size.width <= 0 || size.height <= 0) return;
    const drawn = JSON.stringify([content, style.key, size]);
    if (drawn === this.#drawn) return;
    const structure = JSON.stringify([
      content.columns.map(({ name, kind }) => [name, kind]),
      [content.form, content.hasAxis, content.isNarrow, content.isStacked, content.slots, style.key],
    ]);
    this.#content = content;
    this.#drawn = drawn;
    const data = uPlot.join(content.columns.map(({ at, values }) => [at, values]));
    if (!this.#plot || structure !== this.#structure) {
      if (!document.createElement('canvas').getContext('2d')) throw new Error('the browser gives no canvas');
      this.#structure = structure;
      this.#plot?.destroy();
      this.#plot = new uPlot(this.#createOptions(content, style, size), data, this.root);
      return;
    }
    const plot = this.#plot;
    plot.batch(() => {
      for (const [index, alpha] of listAlphas(content).entries()) {
        const series = plot.series[index + 1];
        if (series) series.alpha = alpha;
      }
      if (plot.width !== size.width || plot.height !== size.height) plot.setSize({ ...size });
      plot.setData(data, true);
    });
  }

  destroy(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#structure = this.#drawn = '';
  }

  #createOptions(first: LaneContent, style: PlotStyle, size: PlotSize): uPlot.Options {
    const { unit, letterPx, face, colours } = style;
    const get = (): LaneContent => this.#content ?? first;
    const { hasAxis, isNarrow } = first;
    const px = (length: number): number => Math.round(length * unit);
    const axis = {
      font: `${letterPx}px ${face}`,
      stroke: colours['ink-3'],
      ticks: { show: false },
      border: { show: false },
      grid: { show: false },
    };
    const alphas = listAlphas(first);
    return {
      ...size,
      legend: { show: false },
      cursor: { show: false },
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
          gap: px(TIME_GAP),
          splits: () => get().times.map(({ at }) => at),
          values: () => get().times.map(({ text }) => text),
        },
        {
          ...axis,
          size: px(isNarrow ? GUTTERS.narrowStart : GUTTERS.start),
          gap: px(VALUE_GAP),
          splits: () => get().values.map(({ at }) => at),
          filter: (_plot, splits) => splits,
          values: () => get().values.map(({ text }) => text),
        },
      ],
      series: [{}, ...first.columns.map((column, index) => this.#createSeries(column, first, style, alphas[index]))],
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

  #createSeries({ name, kind }: Column, content: LaneContent, style: PlotStyle, alpha = 1): uPlot.Series {
    const { unit, colours } = style;
    const base = { label: name, points: { show: false }, alpha, pxAlign: 0 } as const;
    const line = uPlot.paths.linear?.();
    const stepped = uPlot.paths.stepped?.({ align: 1 });
    if (kind === 'before') {
      const paths = content.form === 'bars' ? stepped : line;
      const dash = BEFORE_DASH.map((length) => length * unit);
      return { ...base, stroke: colours.before, width: BEFORE * unit, dash, ...(paths && { paths }) };
    }
    const slot = content.slots[name] ?? 1;
    const colour = style.series[slot - 1] ?? colours.ink;
    if (kind === 'bars') {
      const paths = buildBars({
        getContent: () => this.#content ?? content,
        name,
        colour,
        unit,
        createHatch: (plot) => createHatch(plot.ctx, colour, uPlot.pxRatio * unit),
      });
      return { ...base, stroke: colour, width: unit, paths };
    }
    // A single line needs no dash to be told apart.
    const isOneOfSeveral = content.columns.filter((one) => one.kind === 'line').length > 1;
    const dash = (SERIES[slot - 1]?.dash ?? []).map((length) => length * unit);
    return {
      ...base,
      stroke: colour,
      width: LINE * unit,
      ...(isOneOfSeveral && { dash }),
      ...(content.form === 'adding' && { fill: `color-mix(in srgb, ${colour} 10%, transparent)`, fillTo: 0 }),
      ...(line && { paths: line }),
    };
  }
}

function listAlphas({ columns, singled }: LaneContent): number[] {
  return columns.map(({ name }) => (singled === undefined || name === singled ? 1 : FADED));
}

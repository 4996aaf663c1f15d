/** Draws series with uPlot, at most once per animation frame. */
import uPlot from 'uplot';
import type { ChartMode } from '../page/page-url.js';
import { formatCompact } from '../page/formatting.js';
import { computeRateRange, computeValueRange, formatAxisTime } from './chart-scales.js';
import type { ChartRange } from './chart-ranges.js';
import type { TotalsSeries } from '../data/series.js';

/** Redraws while the chart moves by its own width: each moves it by at most a fifth of a pixel on a 4K screen. */
const REDRAWS_PER_RANGE = 20_000;
/** Longest interval between two redraws, milliseconds, since the legend shows numbers too. */
const MAX_REDRAW_INTERVAL_MS = 250;

type ChartColumn = (number | null)[];

export interface ChartContent {
  readonly counters: readonly {
    readonly name: string;
    /** Digits behind the decimal point. The chart draws decimals. */
    readonly scale: number;
    readonly colour: string;
    readonly dash: readonly number[];
  }[];
  readonly span: ChartRange;
  readonly mode: ChartMode;
  readonly series: TotalsSeries;
}

/** The row at the cursor, or the latest one without a cursor. Numbers are in the smallest unit. */
export interface CursorValues {
  readonly at: number;
  readonly rows: readonly { readonly value: number | null; readonly removed?: number | null }[];
}

const AXIS_FONT_REM = 0.78;

export class Chart {
  #plot: uPlot | undefined;
  #content: ChartContent | undefined;
  #data: [number[], ...ChartColumn[]] = [[]];
  #frameRequest = 0;
  #redrawTimer: ReturnType<typeof setTimeout> | undefined;
  #drawnAt = 0;
  readonly #resizeObserver = new ResizeObserver(() => this.#resize());

  /**
   * @param root container; the chart fills it
   * @param now returns the time of the service
   * @param onCursor called when the cursor has moved, or the values at it have changed
   */
  constructor(
    private readonly root: HTMLElement,
    private readonly now: () => number,
    private readonly onCursor: () => void,
  ) {
    this.#resizeObserver.observe(root);
  }

  show(content: ChartContent): void {
    this.#plot?.destroy();
    this.#content = content;
    this.#updateData(content);
    this.#plot = new uPlot(this.#options(content), this.#data, this.root);
    this.#render();
  }

  /** Redraws in the next animation frame, or later if the chart would move by less than can be seen. */
  refresh(): void {
    if (this.#frameRequest !== 0 || this.#redrawTimer !== undefined || !this.#content) return;
    const { rangeMs } = this.#content.span;
    const delayMs = this.#drawnAt + Math.min(rangeMs / REDRAWS_PER_RANGE, MAX_REDRAW_INTERVAL_MS) - performance.now();
    if (delayMs > 0) {
      this.#redrawTimer = setTimeout(() => {
        this.#redrawTimer = undefined;
        this.#requestFrame();
      }, delayMs);
    } else this.#requestFrame();
  }

  #requestFrame(): void {
    this.#frameRequest = requestAnimationFrame((now) => {
      this.#frameRequest = 0;
      this.#drawnAt = now;
      if (this.#content) this.#updateData(this.#content);
      this.#render();
    });
  }

  getCursorValues(): CursorValues | undefined {
    const [at, ...columns] = this.#data;
    const index = Math.min(this.#plot?.cursor.idx ?? at.length - 1, at.length - 2);
    const start = at[index];
    if (start === undefined || !this.#content) return undefined;
    const isRate = this.#content.mode === 'rate';
    const rows = this.#content.counters.map(({ scale }, counter) => {
      const read = (column: number): number | null => toUnits(columns[column]?.[index] ?? null, scale);
      if (!isRate) return { value: read(counter) };
      const removed = read(2 * counter + 1);
      return { value: read(2 * counter), removed: removed === null ? null : Math.abs(removed) };
    });
    return { at: start * 1_000, rows };
  }

  get hasCursor(): boolean {
    return typeof this.#plot?.cursor.idx === 'number';
  }

  /** Returns the position of the cursor from 0 to 100; 100 without a cursor. */
  getCursorPercent(): number {
    const rows = this.#data[0].length - 2;
    return rows > 0 ? Math.round(((this.#plot?.cursor.idx ?? rows) / rows) * 100) : 100;
  }

  /** Moves the cursor with the keyboard. @param by number of rows; 0 removes the cursor */
  moveCursor(by: number): void {
    const plot = this.#plot;
    const [at] = this.#data;
    if (!plot || at.length < 2) return;
    if (by === 0) {
      plot.setCursor({ left: -10, top: -10 });
      return;
    }
    const last = at.length - 2;
    const index = Math.max(0, Math.min(last, (plot.cursor.idx ?? last + 1) + by));
    plot.setCursor({ left: plot.valToPos(at[index] ?? 0, 'x') + 1, top: plot.over.clientHeight / 2 });
  }

  close(): void {
    cancelAnimationFrame(this.#frameRequest);
    clearTimeout(this.#redrawTimer);
    this.#resizeObserver.disconnect();
    this.#plot?.destroy();
  }

  /** Reads the series into columns. A row extends to the start of the next one; the last row extends to now. */
  #updateData({ series, span, mode, counters }: ChartContent): void {
    const now = this.now() / 1_000;
    if (mode === 'value') {
      this.#data = [
        toSeconds(series.at),
        ...counters.map(({ name, scale }) => toDecimals(series.getValues(name), scale)),
      ];
    } else {
      const rates = counters.map(({ name }) => series.getRates(name, span.rateMs));
      const columns = rates.flatMap(({ added, removed }, counter) =>
        [added, removed.map((amount) => (amount === null ? null : 0 - amount))].map((column) =>
          toDecimals(column, counters[counter]?.scale ?? 0),
        ),
      );
      this.#data = [toSeconds(rates[0]?.at ?? []), ...columns];
    }
    const [at, ...columns] = this.#data;
    if (at.length === 0) return;
    const step = (mode === 'value' ? series.stepMs : span.rateMs) / 1_000;
    at.push(Math.min(now, (at.at(-1) ?? now) + step));
    for (const column of columns) column.push(column.at(-1) ?? null);
    this.root.dataset['points'] = String(mode === 'value' ? series.at.length : at.length - 1);
  }

  #render(): void {
    const plot = this.#plot;
    if (!plot || !this.#content) return;
    const max = this.now() / 1_000;
    plot.batch(() => {
      plot.setData(this.#data, false);
      plot.setScale('x', { min: max - (this.#content?.span.rangeMs ?? 0) / 1_000, max });
    });
    this.onCursor();
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.root;
    if (width > 0 && height > 0) this.#plot?.setSize({ width, height });
  }

  #options({ counters, mode }: ChartContent): uPlot.Options {
    const style = getComputedStyle(this.root);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    // uPlot measures in pixels, the page in rem.
    const letter = AXIS_FONT_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const font = `${letter}px ${style.fontFamily}`;
    const axis = { stroke: colour('--quiet'), font, ticks: { show: false } };
    const stepped = uPlot.paths.stepped?.({ align: 1 });
    const line = {
      width: Math.max(2, letter / 7),
      points: { show: false },
      spanGaps: false,
      ...(stepped && { paths: stepped }),
    };
    const series = counters.flatMap(({ name, colour: stroke, dash }) => {
      const value = { ...line, label: name, stroke, dash: [...dash] };
      if (mode === 'value') return [value];
      const fill = `${stroke}2e`;
      return [
        { ...value, fill },
        { ...value, label: `${name} removed`, fill, width: line.width / 2 },
      ];
    });
    return {
      width: Math.max(1, this.root.clientWidth),
      height: Math.max(1, this.root.clientHeight),
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { size: 8 } },
      scales: {
        x: { time: true },
        y: {
          range: (_plot, min, max) =>
            mode === 'rate' ? computeRateRange(this.#data.slice(1)) : computeValueRange(min, max),
        },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 2.6 * letter,
          space: 6 * letter,
          values: (_plot, splits, _axis, _space, step) => splits.map((at) => formatAxisTime(at, step)),
        },
        {
          ...axis,
          grid: { stroke: colour('--line'), width: 1 },
          space: 3 * letter,
          size: (_plot, values) => letter + 0.65 * letter * Math.max(3, ...(values ?? []).map((text) => text.length)),
          incrs: [1, 2, 5]
            .flatMap((digit) => Array.from({ length: 16 }, (_, power) => digit * 10 ** power))
            .toSorted((a, b) => a - b),
          values: (_plot, splits) => splits.map((split) => formatCompact(Math.abs(split))),
        },
      ],
      series: [{}, ...series],
      hooks: { setCursor: [() => this.onCursor()] },
    };
  }
}

function toSeconds(at: readonly number[]): number[] {
  return at.map((ms) => ms / 1_000);
}

function toDecimals(column: ChartColumn, scale: number): ChartColumn {
  return scale === 0 ? column : column.map((units) => (units === null ? null : units / 10 ** scale));
}

/** Exact up to 2^52: the division has rounded by less than half a unit. */
function toUnits(decimal: number | null, scale: number): number | null {
  return decimal === null ? null : Math.round(decimal * 10 ** scale);
}

/** Plans and reads histories, in chunks that leave the event loop free for other requests. */
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { CounterTotals } from '../counters/counters.js';
import { TallyError } from '../counters/errors.js';
import type { CompiledMeasure } from '../measures/derived-measure.js';
import { DashboardService } from '../dashboard/dashboard.service.js';
import { createShapeError } from '../validation/validation.pipe.js';
import { type CounterSeries, CounterStore, type Series } from '../store/store.js';
import { CounterColumns } from './counter-columns.js';
import { GaugeColumns } from './gauge-columns.js';
import type { HistoryQuery } from './history.query.js';
import { type BucketRange, selectBucketRange } from './bucket-range.js';
import { selectRowsToKeep } from './downsampling.js';
import { waitForTurn } from './turn-queue.js';

/** Range of a request without `from`. */
const DEFAULT_RANGE_MS = 3_600_000;
/** Maximum number of points per read. A result takes the event loop less than 1 ms from SQLite, 10 ms from Redis. */
const MAX_POINTS_PER_READ = 2_000;
/** Attempts to read when a counter was deleted: the state of this instance follows the store slightly later. */
const MAX_READ_ATTEMPTS = 10;

/** A validated request, ready to be read. */
interface HistoryPlan {
  readonly dashboard: string;
  readonly range: BucketRange;
  /** Changes with the revision, with the range, and with the definition where that decides on numbers. */
  readonly tag: string;
  /** Number of the definition. */
  readonly version: number;
  /** Zone of the dashboard. */
  readonly timeZone: string;
  /** Digits behind the point, by counter. */
  readonly scales: ReadonlyMap<string, number>;
  /** Value of each counter, to be used if the store has no points for it. */
  readonly fallbackValues: ReadonlyMap<string, number>;
  readonly gauges: ReadonlySet<string>;
  /** Counters to show. Those of measures are read as well. */
  readonly shown: ReadonlySet<string>;
  readonly measures: readonly CompiledMeasure[];
  /** True if the last row is the current one. The response then has totals. */
  readonly includesNow: boolean;
  /** Watermark, milliseconds since the Unix epoch: no change still to come is dated before it. */
  readonly watermarkMs: number;
  /** Plans the same request again, with the present state. @throws TallyError like {@link HistoryService.plan} */
  readonly replan: () => Promise<HistoryPlan>;
}

export type Columns = CounterColumns | GaugeColumns;

/** Counters by row. */
export interface HistoryResult {
  readonly dashboard: string;
  /** Width of a row, milliseconds. */
  readonly stepMs: number;
  /** Start of each row, milliseconds since the Unix epoch. Downsampling leaves gaps. */
  readonly at: Float64Array;
  readonly counters: ReadonlyMap<string, Columns>;
  /** Totals of each counter, gauges left out, at the end of the last row. Present if that is the current one. */
  readonly totals?: ReadonlyMap<string, CounterTotals>;
  /** Counters to show; the others are there for the measures. */
  readonly shown: ReadonlySet<string>;
  readonly measures: readonly CompiledMeasure[];
  /** Digits behind the point, by counter. */
  readonly scales: ReadonlyMap<string, number>;
}

/** One read from the store: `from <= t < to`, milliseconds since the Unix epoch. */
interface ReadChunk {
  readonly counters: readonly string[];
  readonly from: number;
  readonly to: number;
}

@Injectable()
export class HistoryService {
  constructor(
    private readonly dashboards: DashboardService,
    private readonly store: CounterStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Validates a request and chooses its rows. Reads no points.
   * @param filter counters and measures to include; all if undefined
   * @throws TallyError `unknown-dashboard`, `unknown-counter`, `invalid-request`, `too-many-points`,
   *   `store-unavailable`
   */
  async plan(dashboard: string, filter: ReadonlySet<string> | undefined, query: HistoryQuery): Promise<HistoryPlan> {
    const state = await this.dashboards.getLatest(dashboard, filter ?? []);
    const measures = state.measures.filter(({ name }) => filter?.has(name) ?? true);
    const shown = new Set([...(filter ?? state.counterNames)].filter((name) => state.has(name)));
    const names = [...new Set([...shown, ...measures.flatMap(({ counters }) => counters)])];
    // The last change may be ahead of the clock by a little.
    const nowMs = Math.max(this.clock.now(), state.at);
    // `to` is not included, but now should be: a row may begin at this very millisecond.
    const to = query.to ?? nowMs + 1;
    const from = query.from ?? Math.max(0, to - DEFAULT_RANGE_MS);
    if (from >= to) {
      const detail = query.to === undefined ? 'must be in the past, because to is now by default' : 'must be before to';
      throw createShapeError('the query', [{ parameter: 'from', detail }]);
    }
    const stepOption = query.step === undefined ? {} : { stepMs: query.step };
    const gauges = new Set(names.filter((name) => state.getDefinition(name).kind === 'gauge'));
    const seriesCount = names.length + gauges.size;
    const range = selectBucketRange({ from, to, counterCount: names.length, seriesCount, ...stepOption }, nowMs);
    // A counter without kept points has not changed since: its present value holds for all rows up to now.
    const includesNow = range.end > nowMs;
    const fallbackValues = new Map(names.map((name) => [name, includesNow ? (state.getValue(name) ?? 0) : 0]));
    const version = measures.length > 0 ? `:v${state.version}` : '';
    return {
      dashboard,
      range,
      tag: `${state.epoch}:${state.revision}${version}:${range.start}:${range.rowCount}:${range.stepMs}`,
      version: state.version,
      timeZone: this.dashboards.resolveReckoning(state).timeZone,
      scales: new Map(names.map((name) => [name, state.getDefinition(name).scale ?? 0])),
      fallbackValues,
      gauges,
      shown,
      measures,
      includesNow: includesNow && range.rowCount > 0,
      watermarkMs: state.at,
      replan: () => this.plan(dashboard, filter, query),
    };
  }

  /**
   * Reads the points of a plan. If all counters were requested, one that was deleted since the plan is left out.
   * @param isWanted called between chunks. If it returns false, reading stops and the result is incomplete
   * @throws TallyError like `CounterStore.readPoints`; `unknown-counter` if a requested counter was deleted
   */
  async read(plan: HistoryPlan, isWanted: () => boolean): Promise<HistoryResult> {
    for (let [current, attempt] = [plan, 1]; ; attempt += 1) {
      try {
        return await this.#readAll(current, isWanted);
      } catch (error) {
        const isGone = error instanceof TallyError && error.code === 'unknown-counter';
        if (!isGone || attempt === MAX_READ_ATTEMPTS) throw error;
      }
      current = await plan.replan();
    }
  }

  async #readAll(plan: HistoryPlan, isWanted: () => boolean): Promise<HistoryResult> {
    const { dashboard, range, fallbackValues, gauges, includesNow } = plan;
    const { start, stepMs, rowCount, maxRows } = range;
    const names = [...fallbackValues.keys()];
    const counters = new Map<string, Columns>();
    for (const name of names) {
      counters.set(name, gauges.has(name) ? new GaugeColumns(rowCount) : new CounterColumns(rowCount));
      await waitForTurn();
    }
    const { settled, unsettled } = splitIntoChunks(plan, names);
    // Reads the buckets that may still grow first: the later they are read, the more changes come after the last row.
    const unsettledSeries = unsettled && (await this.#readChunk(plan, unsettled));
    for (const chunk of settled) {
      if (!isWanted()) break;
      addPoints(counters, range, chunk, await this.#readChunk(plan, chunk));
    }
    if (unsettledSeries) addPoints(counters, range, unsettled, unsettledSeries);
    for (const [name, columns] of counters) {
      columns.carryForward(fallbackValues.get(name) ?? 0);
      await waitForTurn();
    }
    const at = Float64Array.from({ length: rowCount }, (_, row) => start + row * stepMs);
    const totals =
      includesNow &&
      unsettledSeries &&
      new Map(
        [...unsettledSeries].flatMap(([name, series]) =>
          series.kind === 'gauge' ? [] : [[name, subtractLaterPoints(range.end, series)]],
        ),
      );
    const { shown, measures, scales } = plan;
    const result = { dashboard, stepMs, at, counters, shown, measures, scales, ...(totals && { totals }) };
    return rowCount <= maxRows ? result : downsample(result, maxRows);
  }

  #readChunk(
    { dashboard, range }: HistoryPlan,
    { counters, from, to }: ReadChunk,
  ): Promise<ReadonlyMap<string, Series>> {
    return this.store.readPoints(dashboard, counters, range.bucketMs, from, to);
  }
}

/** Adds the points of a chunk to the columns. Points after the last row are left out. */
function addPoints(
  counters: ReadonlyMap<string, Columns>,
  range: BucketRange,
  { from }: ReadChunk,
  seriesByCounter: ReadonlyMap<string, Series>,
): void {
  const isFirst = from === range.start;
  for (const [name, series] of seriesByCounter) {
    const columns = counters.get(name);
    // A counter may have been deleted and defined as a gauge since the plan.
    if (columns?.kind === 'counter' && series.kind === 'counter') addSeries(columns, series, range, isFirst);
    else if (columns?.kind === 'gauge' && series.kind === 'gauge') addSeries(columns, series, range, isFirst);
  }
}

function addSeries<SomePoint extends { readonly at: number }>(
  columns: {
    setOpeningValue(before: SomePoint | undefined): void;
    addPoint(row: number, point: SomePoint): void;
  },
  { before, points }: { readonly before: SomePoint | undefined; readonly points: readonly SomePoint[] },
  { start, stepMs, end }: BucketRange,
  isFirst: boolean,
): void {
  if (isFirst) columns.setOpeningValue(before);
  for (const point of points) if (point.at < end) columns.addPoint(Math.floor((point.at - start) / stepMs), point);
}

/** Returns the totals of a counter at the end of the last row. */
function subtractLaterPoints(endMs: number, { totals: { added, removed }, points }: CounterSeries): CounterTotals {
  const laterPoints = points.filter(({ at }) => at >= endMs);
  return {
    added: laterPoints.reduce((total, point) => total - point.added, added),
    removed: laterPoints.reduce((total, point) => total - point.removed, removed),
  };
}

async function downsample(result: HistoryResult, maxRows: number): Promise<HistoryResult> {
  const { at, counters } = result;
  const values = [...counters.values()].flatMap(({ extremes }) => extremes);
  const selection = selectRowsToKeep(values, at.length, maxRows);
  let step = selection.next();
  while (!step.done) {
    await waitForTurn();
    step = selection.next();
  }
  const keptRows = step.value;
  const downsampled = new Map<string, Columns>();
  for (const [name, columns] of counters) {
    downsampled.set(name, columns.selectRows(keptRows));
    await waitForTurn();
  }
  return { ...result, at: Float64Array.from(keptRows, (row) => at[row] ?? 0), counters: downsampled };
}

/**
 * Splits the read into chunks.
 *
 * Buckets before the watermark are settled: they never change, so they can be read chunk by chunk. Later buckets may
 * still grow. They are read in one chunk for all counters, so that no change set is seen in part, and up to the
 * present, so that totals and points belong to the same moment. That chunk begins with the bucket of the last known
 * change, not with the current bucket: a change of an earlier bucket may still be on its way to the disk.
 */
function splitIntoChunks(
  { range, includesNow, watermarkMs }: HistoryPlan,
  names: readonly string[],
): { settled: readonly ReadChunk[]; unsettled?: ReadChunk } {
  const { start, bucketMs, end, rowCount } = range;
  if (rowCount === 0 || names.length === 0) return { settled: [] };
  const unsettledFrom = Math.max(start, Math.min(end - bucketMs, Math.floor(watermarkMs / bucketMs) * bucketMs));
  const bucketsPerChunk = Math.min((unsettledFrom - start) / bucketMs, MAX_POINTS_PER_READ);
  const countersPerChunk = Math.floor(MAX_POINTS_PER_READ / Math.max(1, bucketsPerChunk));
  const settled: ReadChunk[] = [];
  for (let offset = 0; offset < names.length; offset += countersPerChunk) {
    const counters = names.slice(offset, offset + countersPerChunk);
    for (let from = start; from < unsettledFrom; from += bucketsPerChunk * bucketMs) {
      settled.push({ counters, from, to: Math.min(from + bucketsPerChunk * bucketMs, unsettledFrom) });
    }
  }
  return {
    settled,
    unsettled: { counters: names, from: unsettledFrom, to: includesNow ? Number.MAX_SAFE_INTEGER : end },
  };
}

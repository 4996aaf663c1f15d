/** Answers what counters were over a range of time, in portions that leave the loop to everyone else. */
import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { CounterTotals } from '../counters/counters.js';
import { TallyError } from '../counters/errors.js';
import { DashboardService } from '../dashboard/dashboard.service.js';
import { createShapeError } from '../validation/validation.pipe.js';
import { type CounterSeries, CounterStore } from '../store/store.js';
import { CounterColumns } from './counter-columns.js';
import type { HistoryQuery } from './history.query.js';
import { type BucketRange, selectBucketRange } from './bucket-range.js';
import { selectRowsToKeep } from './downsampling.js';

/** What a question without a beginning asks for. */
const DEFAULT_RANGE_MS = 3_600_000;
/** Most points that one reading may bring: they come across the thread as objects, at 2 to 5 us of the loop each. */
const MAX_POINTS_PER_READ = 2_000;

/** How often a reading begins anew: the state of this instance learns of a deletion a moment later than the store. */
const MAX_READ_ATTEMPTS = 10;

/** A question that can be answered. */
interface HistoryPlan {
  readonly dashboard: string;
  readonly range: BucketRange;
  /** The answer's `ETag`: the same as long as neither the state nor the rows move on. */
  readonly etag: string;
  /** By counter: its value if nothing is known of it in or before the span. */
  readonly fallbackValues: ReadonlyMap<string, number>;
  /** Whether the last row is the one that is now: then totals are told. */
  readonly includesNow: boolean;
  /** No change that is still to come is from before this, milliseconds since the Unix epoch. */
  readonly watermarkMs: number;
  /** The same question as it is answered by now. @throws TallyError as HistoryService.plan */
  readonly replan: () => Promise<HistoryPlan>;
}

/** What counters were, by row. */
export interface HistoryResult {
  readonly dashboard: string;
  /** Width of the rows, milliseconds. */
  readonly stepMs: number;
  /** Start of each row. Where rows were thinned out, the next one that is left has what was added and removed in them. */
  readonly at: Float64Array;
  readonly counters: ReadonlyMap<string, CounterColumns>;
  /** What each counter had ever been added and removed at the end of the last row; there when that is the one that is now. */
  readonly totals?: ReadonlyMap<string, CounterTotals>;
}

/** A portion of the reading. */
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
  ) {}

  /**
   * Decides how a question is answered. Reads no points yet.
   * @param filter the counters that are wanted; all when absent
   * @throws TallyError `unknown-dashboard`, `unknown-counter`, `invalid-request`, `too-many-points`, `store-unavailable`
   */
  async plan(dashboard: string, filter: ReadonlySet<string> | undefined, query: HistoryQuery): Promise<HistoryPlan> {
    const state = await this.dashboards.getLatest(dashboard, filter ?? []);
    const names = [...(filter ?? state.counterNames)];
    // A dashboard's time never goes back, even when the clock does.
    const nowMs = Math.max(Date.now(), state.at);
    // The end is not included, and now is meant to be: it may be the very beginning of a row.
    const to = query.to ?? nowMs + 1;
    const from = query.from ?? Math.max(0, to - DEFAULT_RANGE_MS);
    if (from >= to) {
      const detail = query.to === undefined ? 'must be in the past: without to, now is the end' : 'must be before to';
      throw createShapeError('the query', [{ pointer: 'from', detail }]);
    }
    const stepOption = query.step === undefined ? {} : { stepMs: query.step };
    const range = selectBucketRange({ from, to, counterCount: names.length, ...stepOption }, nowMs);
    // A counter that rests for longer than points are kept has none. It has always been what it is, up to now.
    const includesNow = range.end > nowMs;
    const fallbackValues = new Map(names.map((name) => [name, includesNow ? (state.getValue(name) ?? 0) : 0]));
    const etag = `"${state.epoch}:${state.revision}:${range.start}:${range.rowCount}:${range.stepMs}"`;
    return {
      dashboard,
      range,
      etag,
      fallbackValues,
      includesNow: includesNow && range.rowCount > 0,
      watermarkMs: state.at,
      replan: () => this.plan(dashboard, filter, query),
    };
  }

  /**
   * Reads what a plan asks for. A counter that was deleted meanwhile is no part of all counters.
   * @param isWanted asked between two portions: false when nobody waits for the answer any more, and it may be anything
   * @throws TallyError as CounterStore.points; `unknown-counter` for one that was named
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
    const { dashboard, range, fallbackValues, includesNow } = plan;
    const { start, stepMs, rowCount, maxRows } = range;
    const names = [...fallbackValues.keys()];
    const counters = new Map(names.map((name) => [name, new CounterColumns(rowCount)]));
    const { settled, unsettled } = splitIntoChunks(plan, names);
    // First what may still grow: the later, the more would have come after the last row.
    const unsettledSeries = unsettled && (await this.#readChunk(plan, unsettled));
    for (const chunk of settled) {
      if (!isWanted()) break;
      addPoints(counters, range, chunk, await this.#readChunk(plan, chunk));
    }
    if (unsettledSeries) addPoints(counters, range, unsettled, unsettledSeries);
    for (const [name, columns] of counters) {
      columns.carryForward(fallbackValues.get(name) ?? 0);
      await setImmediate();
    }
    const at = Float64Array.from({ length: rowCount }, (_, row) => start + row * stepMs);
    const totals =
      includesNow &&
      unsettledSeries &&
      new Map([...unsettledSeries].map(([name, series]) => [name, subtractLaterPoints(range.end, series)]));
    const result = { dashboard, stepMs, at, counters, ...(totals && { totals }) };
    return rowCount <= maxRows ? result : downsample(result, maxRows);
  }

  #readChunk(
    { dashboard, range }: HistoryPlan,
    { counters, from, to }: ReadChunk,
  ): Promise<ReadonlyMap<string, CounterSeries>> {
    return this.store.readPoints(dashboard, counters, range.bucketMs, from, to);
  }
}

/** Points come oldest first. Those after the last row are no part of the answer. */
function addPoints(
  counters: ReadonlyMap<string, CounterColumns>,
  { start, stepMs, end }: BucketRange,
  { from }: ReadChunk,
  seriesByCounter: ReadonlyMap<string, CounterSeries>,
): void {
  for (const [name, { before, points }] of seriesByCounter) {
    const columns = counters.get(name);
    if (from === start) columns?.setOpeningValue(before);
    for (const point of points) if (point.at < end) columns?.addPoint(Math.floor((point.at - start) / stepMs), point);
  }
}

/** The totals of a counter without what came after the last row. */
function subtractLaterPoints(endMs: number, { totals: { added, removed }, points }: CounterSeries): CounterTotals {
  const laterPoints = points.filter(({ at }) => at >= endMs);
  return {
    added: laterPoints.reduce((total, point) => total - point.added, added),
    removed: laterPoints.reduce((total, point) => total - point.removed, removed),
  };
}

async function downsample(result: HistoryResult, maxRows: number): Promise<HistoryResult> {
  const { at, counters } = result;
  const values = [...counters.values()].map(({ value }) => value);
  const keptRows = selectRowsToKeep(values, at.length, maxRows);
  const downsampled = new Map<string, CounterColumns>();
  for (const [name, columns] of counters) {
    downsampled.set(name, columns.selectRows(keptRows));
    await setImmediate();
  }
  return { ...result, at: Float64Array.from(keptRows, (row) => at[row] ?? 0), counters: downsampled };
}

/**
 * What is settled never changes, and is read bit by bit. The rest is read at once for all counters, so that no change set is seen by
 * half, and up to now, so that totals and points are of one moment. It begins with the bucket of the last change that is known of, and
 * not with the one that is now: a change from the end of the bucket before may still be on its way to the disk.
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

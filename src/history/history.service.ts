/** Answers what counters were over a range of time, in portions that leave the loop to everyone else. */
import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { CounterTotals } from '../counters/counters.js';
import { TallyError } from '../counters/errors.js';
import { DashboardService } from '../dashboard/dashboard.service.js';
import { createShapeError } from '../validation/validation.pipe.js';
import { CounterStore, type CounterSeries } from '../store/store.js';
import { Columns } from './counter-columns.js';
import type { HistoryQuery } from './history.query.js';
import { type Span, spanOf } from './bucket-range.js';
import { rowsToKeep } from './thinning.js';

/** What a question without a beginning asks for. */
const DEFAULT_RANGE_MS = 3_600_000;
/** Most points that one reading may bring: they come across the thread as objects, at 2 to 5 us of the loop each. */
const MAX_POINTS_AT_ONCE = 2_000;

/** How often a reading begins anew: the state of this instance learns of a deletion a moment later than the store. */
const MOST_ATTEMPTS = 10;

/** A question that can be answered. */
export interface Plan {
  readonly dashboard: string;
  readonly span: Span;
  /** The answer's `ETag`: the same as long as neither the state nor the rows move on. */
  readonly tag: string;
  /** By counter: its value if nothing is known of it in or before the span. */
  readonly otherwise: ReadonlyMap<string, number>;
  /** Whether the last row is the one that is now: then totals are told. */
  readonly toNow: boolean;
  /** No change that is still to come is from before this, milliseconds since the Unix epoch. */
  readonly settledMs: number;
  /** The same question as it is answered by now. @throws TallyError as HistoryService.plan */
  readonly again: () => Promise<Plan>;
}

/** What counters were, by row. */
export interface History {
  readonly dashboard: string;
  /** Width of the rows, milliseconds. */
  readonly stepMs: number;
  /** Start of each row. Where rows were thinned out, the next one that is left has what was added and removed in them. */
  readonly at: Float64Array;
  readonly counters: ReadonlyMap<string, Columns>;
  /** What each counter had ever been added and removed at the end of the last row; there when that is the one that is now. */
  readonly totals?: ReadonlyMap<string, CounterTotals>;
}

/** A portion of the reading. */
interface Portion {
  readonly counters: readonly string[];
  readonly from: number;
  readonly to: number;
}

@Injectable()
export class HistoryService {
  constructor(
    @Inject(DashboardService) private readonly dashboards: DashboardService,
    @Inject(CounterStore) private readonly store: CounterStore,
  ) {}

  /**
   * Decides how a question is answered. Reads no points yet.
   * @param only the counters that are wanted; all when absent
   * @throws TallyError `unknown-dashboard`, `unknown-counter`, `invalid-request`, `too-many-points`, `store-unavailable`
   */
  async plan(dashboard: string, only: ReadonlySet<string> | undefined, query: HistoryQuery): Promise<Plan> {
    const state = await this.dashboards.getLatest(dashboard, only ?? []);
    const names = [...(only ?? state.names)];
    // A dashboard's time never goes back, even when the clock does.
    const nowMs = Math.max(Date.now(), state.at);
    // The end is not included, and now is meant to be: it may be the very beginning of a row.
    const to = query.to ?? nowMs + 1;
    const from = query.from ?? Math.max(0, to - DEFAULT_RANGE_MS);
    if (from >= to) {
      const detail = query.to === undefined ? 'must be in the past: without to, now is the end' : 'must be before to';
      throw createShapeError('the query', [{ pointer: 'from', detail }]);
    }
    const step = query.step === undefined ? {} : { stepMs: query.step };
    const span = spanOf({ from, to, counters: names.length, ...step }, nowMs);
    // A counter that rests for longer than points are kept has none. It has always been what it is, up to now.
    const toNow = span.end > nowMs;
    const otherwise = new Map(names.map((name) => [name, toNow ? (state.getValue(name) ?? 0) : 0]));
    const tag = `"${state.epoch}:${state.revision}:${span.start}:${span.rows}:${span.stepMs}"`;
    return {
      dashboard,
      span,
      tag,
      otherwise,
      toNow: toNow && span.rows > 0,
      settledMs: state.at,
      again: () => this.plan(dashboard, only, query),
    };
  }

  /**
   * Reads what a plan asks for. A counter that was deleted meanwhile is no part of all counters.
   * @param isWanted asked between two portions: false when nobody waits for the answer any more, and it may be anything
   * @throws TallyError as CounterStore.points; `unknown-counter` for one that was named
   */
  async read(plan: Plan, isWanted: () => boolean): Promise<History> {
    for (let [current, attempt] = [plan, 1]; ; attempt += 1) {
      try {
        return await this.#readAll(current, isWanted);
      } catch (error) {
        const isGone = error instanceof TallyError && error.code === 'unknown-counter';
        if (!isGone || attempt === MOST_ATTEMPTS) throw error;
      }
      current = await plan.again();
    }
  }

  async #readAll(plan: Plan, isWanted: () => boolean): Promise<History> {
    const { dashboard, span, otherwise, toNow } = plan;
    const { start, stepMs, rows, mostRows } = span;
    const names = [...otherwise.keys()];
    const counters = new Map(names.map((name) => [name, new Columns(rows)]));
    const { settled, closing } = portionsOf(plan, names);
    // First what may still grow: the later, the more would have come after the last row.
    const late = closing && (await this.#read(plan, closing));
    for (const portion of settled) {
      if (!isWanted()) break;
      fill(counters, span, portion, await this.#read(plan, portion));
    }
    if (late) fill(counters, span, closing, late);
    for (const [name, columns] of counters) {
      columns.carry(otherwise.get(name) ?? 0);
      await setImmediate();
    }
    const at = Float64Array.from({ length: rows }, (_, row) => start + row * stepMs);
    const totals = toNow && late && new Map([...late].map(([name, series]) => [name, totalsBefore(span.end, series)]));
    const history = { dashboard, stepMs, at, counters, ...(totals && { totals }) };
    return rows <= mostRows ? history : thin(history, mostRows);
  }

  #read({ dashboard, span }: Plan, { counters, from, to }: Portion): Promise<ReadonlyMap<string, CounterSeries>> {
    return this.store.readPoints(dashboard, counters, span.bucketMs, from, to);
  }
}

/** Points come oldest first. Those after the last row are no part of the answer. */
function fill(
  counters: ReadonlyMap<string, Columns>,
  { start, stepMs, end }: Span,
  { from }: Portion,
  read: ReadonlyMap<string, CounterSeries>,
): void {
  for (const [name, { before, points }] of read) {
    const columns = counters.get(name);
    if (from === start) columns?.open(before);
    for (const point of points) if (point.at < end) columns?.add(Math.floor((point.at - start) / stepMs), point);
  }
}

/** The totals of a counter without what came after the last row. */
function totalsBefore(end: number, { totals: { added, removed }, points }: CounterSeries): CounterTotals {
  const after = points.filter(({ at }) => at >= end);
  return {
    added: after.reduce((rest, point) => rest - point.added, added),
    removed: after.reduce((rest, point) => rest - point.removed, removed),
  };
}

async function thin(history: History, mostRows: number): Promise<History> {
  const { at, counters } = history;
  const values = [...counters.values()].map(({ value }) => value);
  const kept = rowsToKeep(values, at.length, mostRows);
  const thinned = new Map<string, Columns>();
  for (const [name, columns] of counters) {
    thinned.set(name, columns.keep(kept));
    await setImmediate();
  }
  return { ...history, at: Float64Array.from(kept, (row) => at[row] ?? 0), counters: thinned };
}

/**
 * What is settled never changes, and is read bit by bit. The rest is read at once for all counters, so that no change set is seen by
 * half, and up to now, so that totals and points are of one moment. It begins with the bucket of the last change that is known of, and
 * not with the one that is now: a change from the end of the bucket before may still be on its way to the disk.
 */
function portionsOf(
  { span, toNow, settledMs }: Plan,
  names: readonly string[],
): { settled: readonly Portion[]; closing?: Portion } {
  const { start, bucketMs, end, rows } = span;
  if (rows === 0 || names.length === 0) return { settled: [] };
  const last = Math.max(start, Math.min(end - bucketMs, Math.floor(settledMs / bucketMs) * bucketMs));
  const buckets = Math.min((last - start) / bucketMs, MAX_POINTS_AT_ONCE);
  const many = Math.floor(MAX_POINTS_AT_ONCE / Math.max(1, buckets));
  const settled: Portion[] = [];
  for (let first = 0; first < names.length; first += many) {
    const counters = names.slice(first, first + many);
    for (let from = start; from < last; from += buckets * bucketMs) {
      settled.push({ counters, from, to: Math.min(from + buckets * bucketMs, last) });
    }
  }
  return { settled, closing: { counters: names, from: last, to: toNow ? Number.MAX_SAFE_INTEGER : end } };
}

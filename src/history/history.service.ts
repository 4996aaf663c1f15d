/** Answers what counters were over a range of time, in portions that leave the loop to everyone else. */
import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DashboardService } from '../dashboard/dashboard.service.js';
import { wrongShape } from '../shape.pipe.js';
import { CounterStore } from '../store/store.js';
import { Columns } from './columns.js';
import type { HistoryQuery } from './history.query.js';
import { type Span, spanOf } from './span.js';
import { rowsToKeep } from './thinning.js';

/** What a question without a beginning asks for. */
const DEFAULT_RANGE_MS = 3_600_000;
/** Most points that one reading may bring: they come across the thread as objects, at 2 to 5 us of the loop each. */
const MAX_POINTS_AT_ONCE = 2_000;

/** A question that can be answered. */
export interface Plan {
  readonly dashboard: string;
  readonly span: Span;
  /** The answer's `ETag`: the same as long as neither the state nor the rows move on. */
  readonly tag: string;
  /** By counter: its value if nothing is known of it in or before the span. */
  readonly otherwise: ReadonlyMap<string, number>;
}

/** What counters were, by row. */
export interface History {
  readonly dashboard: string;
  /** Width of the rows, milliseconds. */
  readonly stepMs: number;
  /** Start of each row. Where rows were thinned out, the next one that is left has what was added and removed in them. */
  readonly at: Float64Array;
  readonly counters: ReadonlyMap<string, Columns>;
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
   * Decides how a question is answered. Reads nothing yet.
   * @param only the counters that are wanted; all when absent
   * @throws TallyError `unknown-dashboard`, `unknown-counter`, `invalid-request`, `too-many-points`
   */
  plan(dashboard: string, only: ReadonlySet<string> | undefined, query: HistoryQuery): Plan {
    const state = this.dashboards.currentWith(dashboard, only ?? []);
    const names = [...(only ?? state.names)];
    // A dashboard's time never goes back, even when the clock does.
    const nowMs = Math.max(Date.now(), state.at);
    const to = query.to ?? nowMs;
    const from = query.from ?? Math.max(0, to - DEFAULT_RANGE_MS);
    if (from >= to) {
      const detail = query.to === undefined ? 'must be in the past: without to, now is the end' : 'must be before to';
      throw wrongShape('the query', [{ pointer: 'from', detail }]);
    }
    const step = query.step === undefined ? {} : { stepMs: query.step };
    const span = spanOf({ from, to, counters: names.length, ...step }, nowMs);
    // A counter that rests for longer than points are kept has none. It has always been what it is, up to now.
    const toNow = span.end > nowMs;
    const otherwise = new Map(names.map((name) => [name, toNow ? (state.valueOf(name) ?? 0) : 0]));
    const tag = `"${state.epoch}:${state.revision}:${span.start}:${span.rows}:${span.stepMs}"`;
    return { dashboard, span, tag, otherwise };
  }

  /**
   * Reads what a plan asks for.
   * @param isWanted asked between two portions: false when nobody waits for the answer any more, and it may be anything
   * @throws TallyError as CounterStore.points
   */
  async read({ dashboard, span, otherwise }: Plan, isWanted: () => boolean): Promise<History> {
    const { start, stepMs, rows, bucketMs, mostRows } = span;
    const counters = new Map([...otherwise.keys()].map((name) => [name, new Columns(rows)]));
    for (const portion of portionsOf(span, [...counters.keys()])) {
      if (!isWanted()) break;
      const series = await this.store.points(dashboard, portion.counters, bucketMs, portion.from, portion.to);
      for (const [name, { before, points }] of series) {
        const columns = counters.get(name);
        if (portion.from === start) columns?.open(before);
        for (const point of points) columns?.add(Math.floor((point.at - start) / stepMs), point);
      }
    }
    for (const [name, columns] of counters) {
      columns.carry(otherwise.get(name) ?? 0);
      await setImmediate();
    }
    const at = Float64Array.from({ length: rows }, (_, row) => start + row * stepMs);
    return rows <= mostRows ? { dashboard, stepMs, at, counters } : thin({ dashboard, stepMs, at, counters }, mostRows);
  }
}

async function thin({ dashboard, stepMs, at, counters }: History, mostRows: number): Promise<History> {
  const values = [...counters.values()].map(({ value }) => value);
  const kept = rowsToKeep(values, at.length, mostRows);
  const thinned = new Map<string, Columns>();
  for (const [name, columns] of counters) {
    thinned.set(name, columns.keep(kept));
    await setImmediate();
  }
  return { dashboard, stepMs, at: Float64Array.from(kept, (row) => at[row] ?? 0), counters: thinned };
}

/**
 * What is over never changes, and is read bit by bit. The last bucket may be the one that is now: it is read at once for all
 * counters, so that no change set is seen by half.
 */
function* portionsOf(span: Span, names: readonly string[]): Generator<Portion> {
  if (span.rows === 0 || names.length === 0) return;
  const { start, bucketMs, end } = span;
  const last = end - bucketMs;
  const buckets = Math.min((last - start) / bucketMs, MAX_POINTS_AT_ONCE);
  const many = Math.floor(MAX_POINTS_AT_ONCE / Math.max(1, buckets));
  for (let first = 0; first < names.length; first += many) {
    const counters = names.slice(first, first + many);
    for (let from = start; from < last; from += buckets * bucketMs) {
      yield { counters, from, to: Math.min(from + buckets * bucketMs, last) };
    }
  }
  yield { counters: names, from: last, to: end };
}

/**
 * Reads the numbers of periods: of the present one, and of earlier ones as a whole and up to the same local reading.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { CounterTotals } from '../counters/counters.js';
import type { Period } from '../counters/definition.js';
import { TallyError } from '../counters/errors.js';
import type { CompiledMeasure } from '../measures/derived-measure.js';
import { DashboardService } from '../dashboard/dashboard.service.js';
import { type CounterSums, CounterStore, type GaugeLevels, type RowRange } from '../store/store.js';
import { createLaterRange, createRow, listSpans, type PeriodRow } from './period-ranges.js';
import { waitForTurn } from './turn-queue.js';

/** Attempts to read when a counter was deleted: the state of this instance follows the store slightly later. */
const MAX_READ_ATTEMPTS = 10;

/** Numbers of one counter in a period, or in a part of it. */
export type SpanNumbers =
  | { readonly kind: 'counter'; readonly added: bigint; readonly removed: bigint; readonly value: bigint }
  | { readonly kind: 'gauge'; readonly value: number; readonly least: number; readonly most: number };

/** Numbers of a period, or of a part of it, by name. */
export interface PeriodNumbers {
  readonly counters: ReadonlyMap<string, SpanNumbers>;
  /** Measures as decimal text. Null where the divisor is 0. */
  readonly measures: ReadonlyMap<string, string | null>;
}

export interface PeriodsResult {
  readonly dashboard: string;
  readonly timeZone: string;
  readonly period: Period;
  /** Time up to which the running period counts, milliseconds since the Unix epoch. */
  readonly at: number;
  /** All that the numbers depend on, but for the definition and `byNow`. */
  readonly tag: string;
  /** Number of the definition. */
  readonly version: number;
  /** Counters to show, in order. */
  readonly shown: readonly { readonly name: string; readonly isGauge: boolean }[];
  /** Names of the measures to show. */
  readonly measures: readonly string[];
  /** Digits behind the point, by counter. */
  readonly scales: ReadonlyMap<string, number>;
  /** Newest first. */
  readonly rows: readonly {
    readonly start: number;
    readonly end: number;
    readonly whole: PeriodNumbers;
    readonly byNow: (PeriodNumbers & { readonly at: number }) | undefined;
  }[];
}

export interface PeriodsRequest {
  readonly period: Period;
  readonly count: number;
  /** Milliseconds since the Unix epoch: the first row contains the millisecond before. Default: now is in it. */
  readonly before?: number;
}

/** Numbers of one counter: a pair for each row. */
type CounterRows = readonly { readonly whole: SpanNumbers; readonly byNow: SpanNumbers | undefined }[];

/** Places of the ranges of each row in what is read. The first range is what came after the newest row. */
interface RangePlan {
  readonly ranges: readonly RowRange[];
  readonly rows: readonly { readonly whole: number; readonly later?: number; readonly levels: readonly number[] }[];
}

@Injectable()
export class PeriodsService {
  constructor(
    private readonly dashboards: DashboardService,
    private readonly store: CounterStore,
    private readonly clock: Clock,
  ) {}

  /**
   * @param filter counters and measures to include; all if undefined
   * @throws TallyError `unknown-dashboard`, `unknown-counter`, `too-many-points`, `overloaded`, `store-unavailable`
   */
  async read(
    dashboard: string,
    filter: ReadonlySet<string> | undefined,
    request: PeriodsRequest,
  ): Promise<PeriodsResult> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#readAll(dashboard, filter, request);
      } catch (error) {
        // One of all counters has been deleted since they were listed. One that was asked for is refused again.
        const isGone = error instanceof TallyError && error.code === 'unknown-counter';
        if (!isGone || attempt === MAX_READ_ATTEMPTS) throw error;
      }
    }
  }

  async #readAll(
    dashboard: string,
    filter: ReadonlySet<string> | undefined,
    { period, count, before }: PeriodsRequest,
  ): Promise<PeriodsResult> {
    const state = await this.dashboards.getLatest(dashboard, filter ?? []);
    const reckoning = this.dashboards.resolveReckoning(state);
    const nowMs = Math.max(this.clock.now(), state.at);
    const beforeMs = Math.min(before ?? nowMs + 1, nowMs + 1);
    const rows: PeriodRow[] = [];
    for (const span of listSpans(reckoning, period, { beforeMs, count, nowMs, day: state.day })) {
      rows.push(createRow(reckoning, period, span, nowMs));
      await waitForTurn();
    }
    const measures = state.measures.filter(({ name }) => filter?.has(name) ?? true);
    const shown = [...(filter ?? state.counterNames)].filter((name) => state.has(name));
    const names = [...new Set([...shown, ...measures.flatMap(({ counters }) => counters)])];
    const hasGauges = names.some((name) => state.getDefinition(name).kind === 'gauge');
    const plan = planRanges(period, rows, hasGauges);
    const series = await this.store.readSums(dashboard, names, plan.ranges);
    const numbers = new Map<string, CounterRows>();
    for (const [name, one] of series) {
      numbers.set(name, one.kind === 'gauge' ? listLevels(one, plan) : listSums(one, plan));
      await waitForTurn();
    }
    const toNumbers = (row: number, part: 'whole' | 'byNow'): PeriodNumbers =>
      createNumbers((name) => numbers.get(name)?.[row]?.[part], shown, measures);
    const definitions = names.map((name) => [name, state.getDefinition(name)] as const);
    return {
      dashboard,
      timeZone: reckoning.timeZone,
      period,
      at: nowMs,
      tag: [state.epoch, state.revision, period, rows.at(-1)?.start ?? 0, rows.length].join(':'),
      version: state.version,
      shown: shown.map((name) => ({ name, isGauge: state.getDefinition(name).kind === 'gauge' })),
      measures: measures.map(({ name }) => name),
      scales: new Map(definitions.map(([name, { scale = 0 }]) => [name, scale])),
      rows: rows.map(({ start, end, byNow }, row) => ({
        start,
        end,
        whole: toNumbers(row, 'whole'),
        byNow: byNow && { at: byNow.at, ...toNumbers(row, 'byNow') },
      })),
    };
  }
}

/** All ranges are read at once, so that all numbers are of one moment. */
function planRanges(period: Period, rows: readonly PeriodRow[], hasGauges: boolean): RangePlan {
  const ranges: RowRange[] = [createLaterRange(period, rows[0]?.end ?? 0)];
  const add = (range: RowRange): number => ranges.push(range) - 1;
  const places = rows.map(({ range, byNow }) => ({
    whole: add(range),
    ...(byNow?.later && { later: add(byNow.later) }),
    levels: hasGauges ? (byNow?.ranges ?? []).map(add) : [],
  }));
  return { ranges, rows: places };
}

/**
 * Works out values from the present totals backwards, so that they hold also where the row of the last change has
 * expired. Rows are newest first and follow each other without a gap.
 */
function listSums({ totals, sums }: CounterSums, { rows }: RangePlan): CounterRows {
  const getSum = (place: number) => sums[place] ?? { added: 0n, removed: 0n };
  /** Totals at the end of the row. */
  let end = subtract(totals, getSum(0));
  return rows.map(({ whole, later }) => {
    const start = subtract(end, getSum(whole));
    const at = later === undefined ? end : subtract(totals, getSum(later));
    const toNumbers = (until: CounterTotals): SpanNumbers => ({
      kind: 'counter',
      ...subtract(until, start),
      value: until.added - until.removed,
    });
    const row = { whole: toNumbers(end), byNow: toNumbers(at) };
    end = start;
    return row;
  });
}

function subtract(a: CounterTotals, b: CounterTotals): CounterTotals {
  return { added: a.added - b.added, removed: a.removed - b.removed };
}

function listLevels({ levels }: GaugeLevels, { rows }: RangePlan): CounterRows {
  return rows.map((row) => ({
    whole: mergeLevels([row.whole].map((place) => levels[place])),
    byNow: row.levels.length === 0 ? undefined : mergeLevels(row.levels.map((place) => levels[place])),
  }));
}

/** @param levels those of ranges that follow each other, oldest first */
function mergeLevels(levels: readonly (GaugeLevels['levels'][number] | undefined)[]): SpanNumbers {
  const known = levels.filter((level) => level !== undefined);
  return {
    kind: 'gauge',
    value: known.at(-1)?.value ?? 0,
    least: Math.min(...known.map(({ least }) => least)),
    most: Math.max(...known.map(({ most }) => most)),
  };
}

function createNumbers(
  getNumbers: (name: string) => SpanNumbers | undefined,
  names: readonly string[],
  measures: readonly CompiledMeasure[],
): PeriodNumbers {
  const counters = new Map<string, SpanNumbers>();
  for (const name of names) {
    const one = getNumbers(name);
    if (one) counters.set(name, one);
  }
  const readNumber = (name: string): number | bigint => {
    const one = getNumbers(name);
    if (!one) return 0;
    return one.kind === 'gauge' ? one.value : one.added - one.removed;
  };
  return { counters, measures: new Map(measures.map(({ name, evaluate }) => [name, evaluate(readNumber)])) };
}

/**
 * Reads the numbers of periods: of the present one, and of earlier ones as a whole and up to the same local reading.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { MAX_VALUE, type MeasureValues } from '../counters/counters.js';
import type { Period } from '../counters/definition.js';
import { toJsonNumber } from '../measures/decimal-json.js';
import type { CompiledMeasure } from '../measures/derived-measure.js';
import { DashboardService } from '../dashboard/dashboard.service.js';
import type { DashboardState } from '../dashboard/state/dashboard-state.js';
import { type CounterSums, CounterStore, type GaugeLevels } from '../store/store.js';
import { createRow, listSpans, type PeriodRow, type SummedSpan } from './period-ranges.js';
import { waitForTurn } from './turn-queue.js';

/** Sums of a counter. Numbers beyond 2^53 are written with all digits. */
export interface CounterPeriod {
  /** Value at the end. */
  readonly value: number;
  readonly added: number;
  readonly removed: number;
}

export interface GaugePeriod {
  readonly value: number;
  readonly least: number;
  readonly most: number;
}

interface PeriodNumbers {
  readonly counters: Readonly<Record<string, CounterPeriod | GaugePeriod>>;
  readonly measures?: MeasureValues;
}

export interface PeriodsResponse {
  readonly dashboard: string;
  readonly timeZone: string;
  readonly period: Period;
  /** Time up to which the running period counts, milliseconds since the Unix epoch. */
  readonly at: number;
  /** Newest first. */
  readonly rows: readonly (PeriodNumbers & {
    readonly start: number;
    readonly end: number;
    readonly byNow?: PeriodNumbers & { readonly at: number };
  })[];
}

export interface PeriodsRequest {
  readonly period: Period;
  readonly count: number;
  /** Milliseconds since the Unix epoch: the first row contains the millisecond before. Default: now is in it. */
  readonly before?: number;
}

/** Sums of one counter in the ranges of one span, added up. */
type SpanSums =
  | { readonly kind: 'counter'; readonly added: bigint; readonly removed: bigint; readonly value: number }
  | ({ readonly kind: 'gauge' } & GaugePeriod);

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
    { period, count, before }: PeriodsRequest,
  ): Promise<PeriodsResponse> {
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
    const spans = rows.flatMap((row) => (row.byNow ? [row, row.byNow] : [row]));
    const sums = await this.#readSums(state, names, spans);
    const toNumbers = (span: SummedSpan) => createNumbers(sums.get(span) ?? new Map(), shown, measures);
    return {
      dashboard,
      timeZone: reckoning.timeZone,
      period,
      at: nowMs,
      rows: rows.map((row) => ({
        start: row.start,
        end: row.end,
        ...toNumbers(row),
        ...(row.byNow && { byNow: { at: row.byNow.end, ...toNumbers(row.byNow) } }),
      })),
    };
  }

  /** Reads all ranges at once, so that all numbers are of one moment. */
  async #readSums(
    { dashboard }: DashboardState,
    names: readonly string[],
    spans: readonly SummedSpan[],
  ): Promise<ReadonlyMap<SummedSpan, ReadonlyMap<string, SpanSums>>> {
    const ranges = spans.flatMap((span) => span.ranges);
    const series = await this.store.readSums(dashboard, names, ranges);
    const sums = new Map<SummedSpan, Map<string, SpanSums>>();
    let first = 0;
    for (const span of spans) {
      const end = first + span.ranges.length;
      sums.set(span, new Map([...series].map(([name, one]) => [name, addUp(one, first, end)])));
      first = end;
      await waitForTurn();
    }
    return sums;
  }
}

/** Adds up the sums from `first` to `end`, not included. */
function addUp(series: CounterSums | GaugeLevels, first: number, end: number): SpanSums {
  if (series.kind === 'gauge') {
    const levels = series.levels.slice(first, end);
    return {
      kind: 'gauge',
      value: levels.at(-1)?.value ?? 0,
      least: Math.min(...levels.map(({ least }) => least)),
      most: Math.max(...levels.map(({ most }) => most)),
    };
  }
  const sums = series.sums.slice(first, end);
  return {
    kind: 'counter',
    value: sums.at(-1)?.value ?? 0,
    added: sums.reduce((total, { added }) => total + added, 0n),
    removed: sums.reduce((total, { removed }) => total + removed, 0n),
  };
}

function createNumbers(
  sums: ReadonlyMap<string, SpanSums>,
  names: readonly string[],
  measures: readonly CompiledMeasure[],
): PeriodNumbers {
  const counters: Record<string, CounterPeriod | GaugePeriod> = {};
  for (const name of names) {
    const one = sums.get(name);
    if (one) counters[name] = toPeriod(one);
  }
  const readNumber = (name: string): number | bigint => {
    const one = sums.get(name);
    if (!one) return 0;
    return one.kind === 'gauge' ? one.value : one.added - one.removed;
  };
  const values: Record<string, number | null> = {};
  for (const measure of measures) {
    const text = measure.evaluate(readNumber);
    values[measure.name] = text === null ? null : toJsonNumber(text);
  }
  return measures.length > 0 ? { counters, measures: values } : { counters };
}

function toPeriod(sums: SpanSums): CounterPeriod | GaugePeriod {
  if (sums.kind === 'gauge') return { value: sums.value, least: sums.least, most: sums.most };
  return { value: sums.value, added: toNumber(sums.added), removed: toNumber(sums.removed) };
}

function toNumber(sum: bigint): number {
  return sum <= MAX_VALUE ? Number(sum) : toJsonNumber(sum.toString());
}

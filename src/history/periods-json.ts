/** The JSON of periods: numbers beyond 2^53 are written with all digits. */
import { MAX_VALUE, type MeasureValues } from '../counters/counters.js';
import type { Period } from '../counters/definition.js';
import { toJsonNumber } from '../measures/decimal-json.js';
import type { PeriodNumbers, PeriodsResult, SpanNumbers } from './periods.service.js';

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

interface PeriodMembers {
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
  readonly rows: readonly (PeriodMembers & {
    readonly start: number;
    readonly end: number;
    readonly byNow?: PeriodMembers & { readonly at: number };
  })[];
}

export function createPeriodsResponse({ dashboard, timeZone, period, at, rows }: PeriodsResult): PeriodsResponse {
  return {
    dashboard,
    timeZone,
    period,
    at,
    rows: rows.map(({ start, end, whole, byNow }) => ({
      start,
      end,
      ...createMembers(whole),
      ...(byNow && { byNow: { at: byNow.at, ...createMembers(byNow) } }),
    })),
  };
}

function createMembers({ counters, measures }: PeriodNumbers): PeriodMembers {
  const members: Record<string, CounterPeriod | GaugePeriod> = {};
  for (const [name, one] of counters) members[name] = toMember(one);
  const values: Record<string, number | null> = {};
  for (const [name, text] of measures) values[name] = text === null ? null : toJsonNumber(text);
  return measures.size > 0 ? { counters: members, measures: values } : { counters: members };
}

function toMember(sums: SpanNumbers): CounterPeriod | GaugePeriod {
  if (sums.kind === 'gauge') return { value: sums.value, least: sums.least, most: sums.most };
  return { value: Number(sums.value), added: toNumber(sums.added), removed: toNumber(sums.removed) };
}

function toNumber(sum: bigint): number {
  return sum <= MAX_VALUE ? Number(sum) : toJsonNumber(sum.toString());
}

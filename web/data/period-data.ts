/** The running period in its parts, and the periods that it is compared with. */
import type { CounterDefinition, MeasureDefinition, Period, PeriodRow } from '../../src/client/client.js';

export type CompareWith = NonNullable<CounterDefinition['compareWith']>;

/** An earlier period, and what stood in it at the present local time. */
export interface ComparedPeriod {
  /** The whole period, with `byNow`. */
  readonly row: PeriodRow;
  /** Its parts, oldest first. Empty if they are not kept any more. */
  readonly parts: readonly PeriodRow[];
}

/** Times are milliseconds since the Unix epoch; `end` is not part of the period. */
export interface PeriodData {
  readonly period: Period;
  readonly start: number;
  readonly end: number;
  /** Time of the answer. */
  readonly at: number;
  /** The running period as a whole. */
  readonly row: PeriodRow;
  /** Parts of the running period that have begun, oldest first: hours of a day, days of a week. The last one runs. */
  readonly parts: readonly PeriodRow[];
  /** Most parts that the period or a compared one has. */
  readonly slots: number;
  readonly compared: ReadonlyMap<CompareWith, ComparedPeriod>;
}

/** Returns the number of a period: what a counter gained in it, a gauge at its end, or a measure. */
export function findRowNumber(
  { counters, measures = {} }: Pick<PeriodRow, 'counters' | 'measures'>,
  name: string,
): number | null | undefined {
  const counter = Object.hasOwn(counters, name) ? counters[name] : undefined;
  if (counter) return 'added' in counter ? counter.added - counter.removed : counter.value;
  return Object.hasOwn(measures, name) ? measures[name] : undefined;
}

/** Returns the period that a counter or a measure is compared with, also where its definition does not say. */
export function getCompareWith(period: Period, presentation: CounterDefinition | MeasureDefinition): CompareWith {
  const chosen = 'compareWith' in presentation ? presentation.compareWith : undefined;
  return chosen ?? (period === 'day' ? 'week' : 'previous');
}

/** Puts the series of a chart into lanes: one scale for one unit, and for numbers of one magnitude. Pure. */
import type { DashboardDefinition, Period, PeriodRow } from '../../src/client/client.js';
import { getPresentation, getReading, isMeasure } from '../../src/measures/shown-number.js';
import type { SeriesSlot } from '../signs/series-mark.js';
import { findRowNumber, getCompareWith } from '../data/period-data.js';
import type { ChartRows } from './chart-rows.js';

/**
 * `bars`: what came in each bucket. `adding`: the sum since the start of the span. `level`: what stands at each time.
 */
export const LANE_FORMS = ['bars', 'adding', 'level'] as const;
export type LaneForm = (typeof LANE_FORMS)[number];

/** Numbers of a series; null where there is none. Counters in their smallest unit. */
export interface LaneSeries {
  readonly name: string;
  readonly slot: SeriesSlot;
  /** By bucket that has begun. */
  readonly numbers: readonly (number | null)[];
  /** Of the span before, with their own buckets moved onto the span. */
  readonly before: readonly { readonly start: number; readonly end: number; readonly number: number | null }[];
  /** Levels stand at the ends of their buckets, ratios in the middle. */
  readonly isRatio: boolean;
  /** Level of a counter at the start of the span; undefined for all else. */
  readonly startLevel: number | undefined;
  /** Target of the span's period; only where the form adds up, or for a level without a period. */
  readonly target: number | undefined;
}

export interface Lane {
  readonly form: LaneForm;
  readonly series: readonly LaneSeries[];
  /** True to draw the bars of several series on top of each other. */
  readonly isStacked: boolean;
}

export interface SeriesChoice {
  readonly name: string;
  readonly slot: SeriesSlot;
  /** Undefined for the usual form. */
  readonly form: LaneForm | undefined;
}

/** Series whose largest numbers differ by more than this get lanes of their own. */
const MAX_RATIO = 5;

/** Returns the forms that suit a counter or a measure, the usual one first. */
export function listForms(definition: DashboardDefinition, name: string): readonly LaneForm[] {
  const presentation = getPresentation(definition, name);
  if ('ratio' in presentation || ('kind' in presentation && presentation.kind === 'gauge')) return ['level'];
  return isMeasure(definition, name) ? ['bars', 'adding'] : LANE_FORMS;
}

/** Returns the lanes of a chart, in the order of their first series. @param period that the span is, if it is one */
export function listLanes(
  definition: DashboardDefinition,
  choices: readonly SeriesChoice[],
  rows: ChartRows,
  { period, isStacked }: { readonly period: Period | undefined; readonly isStacked: boolean },
): Lane[] {
  const groups = new Map<string, { readonly form: LaneForm; readonly series: LaneSeries[] }>();
  for (const choice of choices) {
    const forms = listForms(definition, choice.name);
    const form = forms.find((one) => one === choice.form) ?? forms[0] ?? 'bars';
    const { currency, unit, percent } = getReading(definition, choice.name);
    const key = JSON.stringify([form, currency, unit, percent]);
    const series = createSeries(definition, choice, form, rows, period);
    const group = groups.get(key);
    if (group) group.series.push(series);
    else groups.set(key, { form, series: [series] });
  }
  const lanes = [...groups.values()].flatMap(({ form, series }) => {
    const sizes = series.map((one) => getMagnitude(definition, form, one)).filter((size) => size > 0);
    const isApart = Math.max(...sizes) > MAX_RATIO * Math.min(...sizes);
    const parts = isApart ? series.map((one) => [one]) : [series];
    return parts.map((part) => ({ form, series: part, isStacked: isStacked && form === 'bars' && part.length > 1 }));
  });
  const order = choices.map(({ name }) => name);
  return lanes.toSorted((a, b) => order.indexOf(a.series[0]?.name ?? '') - order.indexOf(b.series[0]?.name ?? ''));
}

function createSeries(
  definition: DashboardDefinition,
  { name, slot }: SeriesChoice,
  form: LaneForm,
  { rows, before }: ChartRows,
  period: Period | undefined,
): LaneSeries {
  const presentation = getPresentation(definition, name);
  const read = (row: PeriodRow): number | null => findFormNumber(row, name, form) ?? null;
  const compared = before.get('all') ?? before.get(getCompareWith('day', presentation)) ?? [];
  const { target } = presentation;
  const hasTarget =
    target !== undefined &&
    (form === 'adding' ? target.per === period && period !== undefined : form === 'level' && target.per === undefined);
  const first = rows[0]?.counters[name];
  return {
    name,
    slot,
    numbers: rows.map(read),
    before: compared.map((row) => ({ start: row.start, end: row.end, number: read(row) })),
    isRatio: 'ratio' in presentation,
    startLevel: form === 'level' && first && 'added' in first ? first.value - first.added + first.removed : undefined,
    target: hasTarget ? target.value : undefined,
  };
}

/** Returns what a form shows of a bucket: what came in it, or the level at its end. */
function findFormNumber(row: PeriodRow, name: string, form: LaneForm): number | null | undefined {
  if (form !== 'level') return findRowNumber(row, name);
  return Object.hasOwn(row.counters, name) ? row.counters[name]?.value : row.measures?.[name];
}

/** Returns the largest number that a series shows, without its unit's decimals. */
function getMagnitude(definition: DashboardDefinition, form: LaneForm, { name, numbers, before }: LaneSeries): number {
  const { scale } = getReading(definition, name);
  const unit = isMeasure(definition, name) ? 1 : 10 ** scale;
  const finished = [...numbers.slice(0, -1), ...before.map(({ number }) => number)].map((number) => number ?? 0);
  const all = finished.some((number) => number !== 0) ? finished : numbers.map((number) => number ?? 0);
  const size =
    form === 'adding' ? Math.abs(all.reduce((sum, number) => sum + number, 0)) : Math.max(...all.map(Math.abs), 0);
  return size / unit;
}

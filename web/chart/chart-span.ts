/** The spans of the chart: the buckets that they are drawn in, and the span that they are compared with. Pure. */
import type { Period, Reckoning } from '../../src/client/client.js';
import type { PageView, RangeName } from '../app/page-url.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../words/durations.js';
import { toLocal } from '../data/local-time.js';

/** A width of bars: a period of the dashboard's zone, or a step of the history, which divides an hour. */
export type BucketKind =
  { readonly period: Period; readonly stepMs?: undefined } | { readonly stepMs: number; readonly period?: undefined };

/** Distance to the span before. Days and years are those of the dashboard's calendar. */
export interface SpanShift {
  readonly hours?: number;
  readonly days?: number;
  readonly years?: number;
}

/** In the order of `Date.getUTCDay`. */
const WEEKDAYS: readonly Reckoning['weekStartsOn'][] = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
];

interface SpanBase {
  readonly bucket: BucketKind;
  /** Undefined: nothing comparable is kept. */
  readonly shift: SpanShift | undefined;
}

/**
 * `day`: the running day. `last`: so many buckets up to the running one. `fixed`: from one moment to another,
 * milliseconds since the Unix epoch.
 */
export type ChartSpan = SpanBase &
  (
    | { readonly kind: 'day' }
    | { readonly kind: 'last'; readonly count: number }
    | { readonly kind: 'fixed'; readonly from: number; readonly to: number }
  );

/** Below this width of the plot, rem, bars of an hour or a week are too thin for 7 days or 2 years. */
export const WIDE_REM = 42;

/** Weekdays lie on the same places: 4 and 52 whole weeks instead of a month and a year. */
const [WEEK, FOUR_WEEKS, YEAR_OF_WEEKS]: readonly SpanShift[] = [{ days: 7 }, { days: 28 }, { days: 364 }];

/** Seconds are kept for two hours, minutes and the hours of a zone for 14 days: `BUCKETS` of the service. */
const [SECONDS_KEPT_MS, HOURS_KEPT_MS] = [2 * HOUR_MS, 14 * DAY_MS];

/**
 * Returns the span of a view.
 * @param now milliseconds since the Unix epoch by the service's clock
 * @param isWide true if bars of an hour have room in 7 days
 */
export function getChartSpan(
  { range, from, to }: Pick<PageView, 'range' | 'from' | 'to'>,
  now: number,
  isWide: boolean,
): ChartSpan {
  if (from === undefined || to === undefined || to <= from) return getNamedSpan(range, isWide);
  const bucket = chooseBucket(to - from, now - from, isWide);
  return { kind: 'fixed', from, to, bucket, shift: chooseShift(to - from, bucket) };
}

function getNamedSpan(range: RangeName, isWide: boolean): ChartSpan {
  switch (range) {
    case '5m':
      return { kind: 'last', count: 60, bucket: { stepMs: 5 * SECOND_MS }, shift: undefined };
    case '1h':
      return { kind: 'last', count: 60, bucket: { stepMs: MINUTE_MS }, shift: { hours: 1 } };
    case 'day':
      return { kind: 'day', bucket: { period: 'hour' }, shift: undefined };
    case '7d':
      return isWide
        ? { kind: 'last', count: 168, bucket: { period: 'hour' }, shift: WEEK }
        : { kind: 'last', count: 7, bucket: { period: 'day' }, shift: WEEK };
    case '30d':
      return { kind: 'last', count: 30, bucket: { period: 'day' }, shift: FOUR_WEEKS };
    case '1y':
      return { kind: 'last', count: 53, bucket: { period: 'week' }, shift: YEAR_OF_WEEKS };
    case '2y':
      return isWide
        ? { kind: 'last', count: 105, bucket: { period: 'week' }, shift: undefined }
        : { kind: 'last', count: 24, bucket: { period: 'month' }, shift: undefined };
  }
}

/** Longest span of each bucket, milliseconds: about 40 to 180 bars on a wide plot, half as many on a narrow one. */
const LIMITS: readonly { readonly bucket: BucketKind; readonly wideMs: number; readonly narrowMs: number }[] = [
  { bucket: { stepMs: 5 * SECOND_MS }, wideMs: 10 * MINUTE_MS, narrowMs: 5 * MINUTE_MS },
  { bucket: { stepMs: 15 * SECOND_MS }, wideMs: 30 * MINUTE_MS, narrowMs: 15 * MINUTE_MS },
  { bucket: { stepMs: MINUTE_MS }, wideMs: 2 * HOUR_MS, narrowMs: HOUR_MS },
  { bucket: { stepMs: 5 * MINUTE_MS }, wideMs: 6 * HOUR_MS, narrowMs: 4 * HOUR_MS },
  { bucket: { stepMs: 15 * MINUTE_MS }, wideMs: 12 * HOUR_MS, narrowMs: 10 * HOUR_MS },
  { bucket: { period: 'hour' }, wideMs: 8 * DAY_MS, narrowMs: 3 * DAY_MS },
  { bucket: { period: 'day' }, wideMs: 120 * DAY_MS, narrowMs: 62 * DAY_MS },
  { bucket: { period: 'week' }, wideMs: 800 * DAY_MS, narrowMs: 400 * DAY_MS },
  { bucket: { period: 'month' }, wideMs: Infinity, narrowMs: Infinity },
];

/** @param ageMs time since the start */
function chooseBucket(lengthMs: number, ageMs: number, isWide: boolean): BucketKind {
  const limit = LIMITS.find(
    ({ bucket, wideMs, narrowMs }) => lengthMs <= (isWide ? wideMs : narrowMs) && ageMs <= getKeptMs(bucket),
  );
  return (limit ?? { bucket: { period: 'month' } as const }).bucket;
}

function getKeptMs(bucket: BucketKind): number {
  const bucketMs = getBucketMs(bucket);
  if (bucketMs < MINUTE_MS) return SECONDS_KEPT_MS;
  return bucketMs < DAY_MS ? HOURS_KEPT_MS : Infinity;
}

function chooseShift(lengthMs: number, { stepMs, period }: BucketKind): SpanShift | undefined {
  // Seconds are kept for two hours only.
  if (stepMs !== undefined) return stepMs < MINUTE_MS ? undefined : WEEK;
  if (period === 'month') return lengthMs <= 366 * DAY_MS ? { years: 1 } : undefined;
  if (lengthMs <= 7 * DAY_MS) return WEEK;
  if (lengthMs <= 31 * DAY_MS) return FOUR_WEEKS;
  return lengthMs <= 366 * DAY_MS ? YEAR_OF_WEEKS : undefined;
}

/** Returns about how long a bucket lasts, milliseconds. */
export function getBucketMs({ stepMs, period }: BucketKind): number {
  if (stepMs !== undefined) return stepMs;
  return { hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS, year: 365 * DAY_MS }[period];
}

/** Returns the period that a span is exactly, so that its target can be shown; undefined for all other spans. */
export function getSpanPeriod(
  { from, to }: { readonly from: number; readonly to: number },
  { timeZone, dayStartsAt, weekStartsOn }: Reckoning,
): Period | undefined {
  const [hours = 0, minutes = 0] = dayStartsAt.split(':').map(Number);
  const [first, last] = [from, to].map((ms) => new Date(toLocal(ms, timeZone) - hours * HOUR_MS - minutes * MINUTE_MS));
  if (!first || !last || first.getTime() % DAY_MS !== 0 || last.getTime() % DAY_MS !== 0) return undefined;
  const days = (last.getTime() - first.getTime()) / DAY_MS;
  if (days === 1) return 'day';
  if (days === 7 && first.getUTCDay() === WEEKDAYS.indexOf(weekStartsOn)) return 'week';
  if (first.getUTCDate() !== 1 || last.getUTCDate() !== 1) return undefined;
  const months = (last.getUTCFullYear() - first.getUTCFullYear()) * 12 + last.getUTCMonth() - first.getUTCMonth();
  if (months === 1) return 'month';
  return months === 12 && first.getUTCMonth() === 0 ? 'year' : undefined;
}

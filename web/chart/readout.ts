/** The numbers at the cursor, in words: the bucket's time, and each series with its difference to the span before. */
import type { DashboardDefinition } from '../../src/client/client.js';
import { getPresentation, formatShownNumber, getReading } from '../../src/measures/shown-number.js';
import { formatNumber } from '../../src/measures/format.js';
import type { SeriesSlot } from '../signs/series-mark.js';
import { locale, words } from '../words/locale.js';
import { formatTime, MINUTE_MS, type TimeStyle } from '../words/times.js';
import type { ChartModel } from './chart-model.js';
import type { Bucket, ChartRows } from './chart-rows.js';
import type { BucketKind } from './chart-span.js';
import type { Lane, LaneSeries } from './lane.js';

export interface ReadoutRow {
  readonly name: string;
  readonly slot: SeriesSlot;
  readonly title: string;
  readonly number: string;
  /** True if the number is that of the span before, since the bucket is still to come. */
  readonly isBefore: boolean;
  /** Difference to the span before; undefined where one of both is not known. */
  readonly difference: string | undefined;
}

export interface Readout {
  readonly time: string;
  readonly rows: readonly ReadoutRow[];
  /** Reasons of changes in the bucket. */
  readonly notes: readonly string[];
}

/**
 * Returns the buckets that the cursor can stand on: those that have begun, then those that only the span before has.
 */
export function listBuckets({ rows, to }: ChartRows, lanes: readonly Lane[]): Bucket[] {
  const last = rows.at(-1)?.end ?? -Infinity;
  const [longest = []] = lanes
    .flatMap(({ series }) => series.map(({ before }) => before))
    .toSorted((a, b) => b.length - a.length);
  const coming = longest.filter(({ start, end }) => start >= last && end <= to);
  return [...rows, ...coming].map(({ start, end }) => ({ start, end }));
}

/** @param reasons of changes, with their times */
export function readBucket(
  { definition, lanes, chart }: Pick<ChartModel, 'definition' | 'lanes' | 'chart'>,
  bucket: Bucket,
  reasons: readonly { readonly at: number; readonly reason: string }[] = [],
): Readout {
  const index = chart.rows.findIndex(({ start }) => start === bucket.start);
  const notes = reasons.filter(({ at }) => at >= bucket.start && at < bucket.end).map(({ reason }) => reason);
  return {
    time: formatBucket(bucket, chart.bucket, definition.resolved.timeZone),
    rows: lanes.flatMap(({ series }) => series.map((one) => readSeries(definition, one, bucket, index))),
    notes: [...new Set(notes)],
  };
}

function readSeries(definition: DashboardDefinition, series: LaneSeries, bucket: Bucket, index: number): ReadoutRow {
  const { name, slot } = series;
  const isBefore = index < 0;
  const before = findBefore(series, bucket);
  const number = isBefore ? before : (series.numbers[index] ?? null);
  const isComparable = !isBefore && number !== null && before !== null;
  return {
    name,
    slot,
    title: getPresentation(definition, name).title ?? name,
    number: formatShownNumber(definition, name, number, locale.value),
    isBefore,
    difference: isComparable ? formatDifference(definition, name, number - before) : undefined,
  };
}

/** Returns the number of the span before at a bucket. */
export function findBefore({ before }: LaneSeries, { start, end }: Bucket): number | null {
  const middle = (start + end) / 2;
  return before.find((one) => one.start <= middle && middle < one.end)?.number ?? null;
}

/** Percentages differ by points. */
export function formatDifference(definition: DashboardDefinition, name: string, difference: number): string {
  const reading = getReading(definition, name);
  const { percent, scale } = reading;
  if (percent !== true)
    return formatShownNumber(definition, name, difference, locale.value, { signed: true, withoutUnit: true });
  return words.value.tile.points(formatNumber(difference.toFixed(scale), { scale }, locale.value, { signed: true }));
}

/** Writes the time of a bucket: `Sat 29 Nov, 12:00 to 13:00`. */
export function formatBucket({ start, end }: Bucket, { period, stepMs }: BucketKind, timeZone: string): string {
  const { chart } = words.value;
  const write = (ms: number, style: TimeStyle): string => formatTime(ms, style, timeZone);
  const isOfSeconds = stepMs !== undefined && stepMs < MINUTE_MS;
  switch (period) {
    case 'day':
      return write(start, 'day');
    case 'week':
      return chart.fromTo(write(start, 'date'), write(end - 1, 'dateOfYear'));
    case 'month':
      return write(start, 'monthOfYear');
    case 'year':
      return write(start, 'yearOnly');
    default: {
      const style = isOfSeconds ? 'seconds' : 'time';
      return chart.onDay(write(start, 'day'), chart.fromTo(write(start, style), write(end, style)));
    }
  }
}

/** The numbers at the cursor, in words: the bucket's time, and each series with its difference to the span before. */
import type { DashboardDefinition } from '../../src/client/client.js';
import { getPresentation, formatShownNumber, getReading } from '../../src/measures/shown-number.js';
import { formatNumber } from '../../src/measures/format.js';
import type { SeriesSlot } from '../signs/series-mark.js';
import { locale, words } from '../words/locale.js';
import { formatTime } from '../words/times.js';
import type { ChartRows } from './chart-rows.js';
import type { BucketKind } from './chart-span.js';
import type { Lane, LaneSeries } from './lane.js';

export interface Bucket {
  readonly start: number;
  readonly end: number;
}

export interface ReadoutRow {
  readonly name: string;
  readonly slot: SeriesSlot;
  readonly title: string;
  readonly number: string;
  /** Difference to the span before; undefined where one of both is not known. */
  readonly difference: string | undefined;
}

export interface Readout {
  readonly time: string;
  readonly rows: readonly ReadoutRow[];
}

/** Returns the buckets that the cursor can stand on: those that have begun, then those that only the span before has. */
export function listBuckets({ rows, to }: ChartRows, lanes: readonly Lane[]): Bucket[] {
  const last = rows.at(-1)?.end ?? -Infinity;
  const [before = []] = lanes
    .flatMap(({ series }) => series.map((one) => one.before))
    .toSorted((a, b) => b.length - a.length);
  return [...rows, ...before.filter(({ start, end }) => start >= last && end <= to)].map(({ start, end }) => ({
    start,
    end,
  }));
}

export function readBucket(
  definition: DashboardDefinition,
  lanes: readonly Lane[],
  chart: ChartRows,
  bucket: Bucket,
): Readout {
  const index = chart.rows.findIndex(({ start }) => start === bucket.start);
  const rows = lanes.flatMap(({ series }) =>
    series.map((one) => {
      const { name, slot } = one;
      const number = index < 0 ? null : (one.numbers[index] ?? null);
      const before = findBefore(one, bucket);
      return {
        name,
        slot,
        title: getPresentation(definition, name).title ?? name,
        number: formatShownNumber(definition, name, number, locale.value),
        difference:
          number === null || before === null ? undefined : formatDifference(definition, name, number - before),
      };
    }),
  );
  return { time: formatBucket(bucket, chart.bucket, definition.resolved.timeZone), rows };
}

function findBefore({ before }: LaneSeries, { start, end }: Bucket): number | null {
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
  const write = (ms: number, style: Parameters<typeof formatTime>[1]): string => formatTime(ms, style, timeZone);
  const isOfSeconds = stepMs !== undefined && stepMs < 60_000;
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
      return `${write(start, 'day')}, ${chart.fromTo(write(start, style), write(end, style))}`;
    }
  }
}

/** The span of the brush below a chart: 14 times as long, in buckets that have room. Pure. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../words/durations.js';
import { type BucketKind, type ChartSpan, getBucketMs } from './chart-span.js';
import { fromLocal, toLocal } from '../data/local-time.js';

/** How often the span of the chart goes into that of the brush. */
export const BRUSH_SPANS = 14;
/** Most bars of the brush. */
const MAX_BARS = 350;
/** Days are kept for ten years. */
const MAX_MS = 3_652 * DAY_MS;
/** How long buckets are kept: seconds, minutes and hours, days and more. */
const BUCKETS: readonly { readonly bucket: BucketKind; readonly keptMs: number }[] = [
  { bucket: { stepMs: 15 * SECOND_MS }, keptMs: 2 * HOUR_MS },
  { bucket: { stepMs: MINUTE_MS }, keptMs: 14 * DAY_MS },
  { bucket: { stepMs: 5 * MINUTE_MS }, keptMs: 14 * DAY_MS },
  { bucket: { stepMs: 15 * MINUTE_MS }, keptMs: 14 * DAY_MS },
  { bucket: { period: 'hour' }, keptMs: 14 * DAY_MS },
  { bucket: { period: 'day' }, keptMs: MAX_MS },
  { bucket: { period: 'week' }, keptMs: MAX_MS },
  { bucket: { period: 'month' }, keptMs: MAX_MS },
];

export interface Window {
  readonly from: number;
  readonly to: number;
}

/** @param now milliseconds since the Unix epoch by the service's clock */
export function getBrushSpan({ from, to }: Window, now: number): ChartSpan {
  // Widths that differ by an hour when clocks change are the same.
  const totalMs = Math.min(MAX_MS, BRUSH_SPANS * Math.round((to - from) / MINUTE_MS) * MINUTE_MS);
  const isRecent = from >= now - totalMs;
  const ageMs = isRecent ? totalMs : now - from + totalMs / 2;
  const found = BUCKETS.find(
    ({ bucket, keptMs }) => totalMs / getBucketMs(bucket) <= MAX_BARS && ageMs <= keptMs + HOUR_MS,
  );
  const { bucket } = found ?? { bucket: { period: 'month' } as const };
  if (isRecent) return { kind: 'last', bucket, count: Math.ceil(totalMs / getBucketMs(bucket)), shift: undefined };
  const middle = (from + to) / 2;
  return {
    kind: 'fixed',
    bucket,
    from: middle - totalMs / 2,
    to: Math.min(now, middle + totalMs / 2),
    shift: undefined,
  };
}

/** A window that is moved lies on whole days or hours of the zone, or on whole buckets. */
export function snapWindow({ from, to }: Window, bucketMs: number, timeZone: string): Window {
  const gridMs = to - from > 20 * HOUR_MS ? Math.max(DAY_MS, Math.min(bucketMs, DAY_MS)) : Math.min(bucketMs, HOUR_MS);
  const snap = (local: number): number => Math.round(local / gridMs) * gridMs;
  const first = snap(toLocal(from, timeZone));
  const length = Math.max(gridMs, snap(toLocal(to, timeZone) - toLocal(from, timeZone)));
  return { from: fromLocal(first, timeZone), to: fromLocal(first + length, timeZone) };
}

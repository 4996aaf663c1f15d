/** Reads the rows of a span: periods of the dashboard's zone, or steps of the history below an hour. */
import { type PeriodRow, readHistory, readPeriods } from '../../src/client/client.js';
import type { TokenOptions } from '../auth/session-token.js';
import type { ComparedPeriod } from '../data/period-data.js';
import { DAY_MS, HOUR_MS } from '../words/durations.js';
import { toPeriodRows } from './chart-rows.js';
import { type BucketKind, type ChartSpan, getBucketMs, type SpanShift } from './chart-span.js';
import { fromLocal, toLocal } from '../data/local-time.js';

/** Most rows of one answer of the service. */
const MAX_ROWS = 1_000;

export interface RowRequest extends TokenOptions {
  readonly base: URL;
  readonly dashboard: string;
  /** Counters and measures. */
  readonly counters: readonly string[];
  readonly signal: AbortSignal;
}

export interface LoadedRows {
  readonly rows: readonly PeriodRow[];
  /** Rows of the span before, moved onto the span. */
  readonly before: readonly PeriodRow[];
}

/**
 * Reads a span and the one before it, in at most two requests.
 * @param now milliseconds since the Unix epoch: buckets that begin later are left out
 * @throws RefusedError, UnavailableError, or the reason of the signal
 */
export async function loadRows(
  span: Exclude<ChartSpan, { readonly kind: 'day' }>,
  now: number,
  timeZone: string,
  request: RowRequest,
): Promise<LoadedRows> {
  const { bucket, shift } = span;
  const [from, to] = span.kind === 'fixed' ? [span.from, Math.min(span.to, now + 1)] : [getFirst(span, now), now + 1];
  const count = span.kind === 'last' ? span.count : undefined;
  const [rows, earlier] = await Promise.all([
    from > now ? [] : readRows(bucket, from, to, count, request),
    shift ? readBefore(span, from, shift, now, timeZone, request) : [],
  ]);
  const shown = count === undefined ? rows : rows.slice(-count);
  return { rows: shown, before: earlier.map((row) => move(row, shift ?? {}, timeZone)) };
}

/** Reads the whole span before, also what is still to come in the shown one. */
function readBefore(
  span: Exclude<ChartSpan, { readonly kind: 'day' }>,
  from: number,
  shift: SpanShift,
  now: number,
  timeZone: string,
  request: RowRequest,
): Promise<readonly PeriodRow[]> {
  const shiftBack = (ms: number): number => shiftTime(ms, shift, -1, timeZone);
  const to = span.kind === 'fixed' ? span.to : now + getBucketMs(span.bucket);
  return readRows(span.bucket, shiftBack(from), Math.min(shiftBack(to), now + 1), undefined, request);
}

/** About where the first of the latest buckets begins. */
function getFirst({ bucket, count }: ChartSpan & { readonly kind: 'last' }, now: number): number {
  const bucketMs = getBucketMs(bucket);
  return bucket.stepMs === undefined ? now - count * bucketMs : now - (now % bucketMs) - (count - 1) * bucketMs;
}

async function readRows(
  bucket: BucketKind,
  from: number,
  to: number,
  count: number | undefined,
  { base, ...options }: RowRequest,
): Promise<readonly PeriodRow[]> {
  if (to <= from) return [];
  if (bucket.stepMs !== undefined) {
    return toPeriodRows(await readHistory(base, { ...options, from, to, stepMs: bucket.stepMs }));
  }
  // A day may have 23 hours, a month 28 days.
  const shortest = Math.max(HOUR_MS / 2, getBucketMs(bucket) * 0.93 - DAY_MS / 24);
  const most = count ?? Math.min(MAX_ROWS, Math.ceil((to - from) / shortest) + 2);
  const { rows } = await readPeriods(base, { ...options, period: bucket.period, count: most, before: to });
  return rows.filter(({ start, end }) => count !== undefined || (start < to && end > from)).toReversed();
}

/** Moves a row by a shift. */
export function move(row: PeriodRow, shift: SpanShift, timeZone: string): PeriodRow {
  return { ...row, start: shiftTime(row.start, shift, 1, timeZone), end: shiftTime(row.end, shift, 1, timeZone) };
}

/** Moves a moment: hours by the clock, days and years by the calendar of the zone. */
export function shiftTime(ms: number, { hours, days, years }: SpanShift, by: 1 | -1, timeZone: string): number {
  if (hours !== undefined) return ms + by * hours * HOUR_MS;
  const local = new Date(toLocal(ms, timeZone));
  if (days !== undefined) local.setUTCDate(local.getUTCDate() + by * days);
  if (years !== undefined) local.setUTCFullYear(local.getUTCFullYear() + by * years);
  return fromLocal(local.getTime(), timeZone);
}

/** Moves the parts of an earlier day to the same times of the day that begins at `start`. */
export function moveCompared({ row, parts }: ComparedPeriod, start: number, timeZone: string): readonly PeriodRow[] {
  const distance = toLocal(start, timeZone) - toLocal(row.start, timeZone);
  const moveTime = (ms: number): number => fromLocal(toLocal(ms, timeZone) + distance, timeZone);
  return parts.map((part) => ({ ...part, start: moveTime(part.start), end: moveTime(part.end) }));
}

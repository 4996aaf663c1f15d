/** Chooses the stored buckets that answer a history request, and bounds the size of the response. */
import { TallyError } from '../counters/errors.js';
import { createShapeError } from '../validation/validation.pipe.js';
import { BUCKETS, type StepMs } from '../store/store.js';

/** Maximum number of rows in a response. */
export const MAX_ROWS = 5_000;
/** Maximum number of rows times counters in a response: a few megabytes of JSON. */
export const MAX_CELLS = 100_000;
/** Maximum number of points that one response may read: a few seconds of the reader thread. */
export const MAX_READ_POINTS = 500_000;
/** Maximum step: 366 days. */
export const MAX_STEP_MS = 366 * 86_400_000;

type BucketSize = (typeof BUCKETS)[number];
const [SECOND, MINUTE, HOUR] = BUCKETS;

/** A requested range. Times are milliseconds since the Unix epoch. */
export interface RangeRequest {
  readonly from: number;
  /** Not included. */
  readonly to: number;
  /** Width of a row, a multiple of 1,000. If absent, the finest step that fits is chosen. */
  readonly stepMs?: number;
  readonly counterCount: number;
  /** Series whose extremes must stay: one of each counter, two of each gauge. Default: `counterCount`. */
  readonly seriesCount?: number;
}

/** Rows of equal width, aligned to the epoch: row `i` begins at `start + i * stepMs`. */
export interface BucketRange {
  readonly start: number;
  readonly stepMs: number;
  readonly rowCount: number;
  /** Width of the stored buckets that rows are read from. Divides `stepMs`. */
  readonly bucketMs: StepMs;
  /** End of the last row, or of the current bucket if that is earlier. */
  readonly end: number;
  /** Maximum number of rows in the response. A range with more rows is downsampled. */
  readonly maxRows: number;
}

/**
 * Returns the rows that overlap `from <= t < to`, without rows whose buckets have expired or have not begun.
 *
 * Without a step, a row is one of the finest buckets that are kept since `from` and fit the limits. If not even hours
 * fit, the step is doubled until they do. Rows older than the 2 years for which hours are kept are left out.
 * @throws TallyError `invalid-request` if the buckets of the given step are not kept since `from`; `too-many-points`
 */
export function selectBucketRange(request: RangeRequest, nowMs: number): BucketRange {
  return request.stepMs === undefined
    ? chooseRange(request, nowMs)
    : createRangeWithStep(request, request.stepMs, nowMs);
}

function createRangeWithStep(request: RangeRequest, stepMs: number, nowMs: number): BucketRange {
  const bucket = findWidestBucket(stepMs);
  if (bucket !== HOUR && !isKept(request.from, stepMs, bucket, nowMs)) {
    const widerBucket =
      [MINUTE, HOUR].find((candidate) => isKept(request.from, candidate.stepMs, candidate, nowMs)) ?? HOUR;
    const keptSince = new Date(nowMs - bucket.keepMs).toISOString();
    const detail = `must be a multiple of ${widerBucket.stepMs} ms, or from must be later: ${bucket.stepMs} ms buckets are kept since ${keptSince}`;
    throw createShapeError('the query', [{ parameter: 'step', detail }]);
  }
  const range = createRange(request, stepMs, bucket, nowMs);
  if (!isWithinLimits(range, request)) throw createTooManyPointsError(range, request, 'step');
  return range;
}

function chooseRange(request: RangeRequest, nowMs: number): BucketRange {
  for (const bucket of [SECOND, MINUTE]) {
    if (!isKept(request.from, bucket.stepMs, bucket, nowMs)) continue;
    const range = createRange(request, bucket.stepMs, bucket, nowMs);
    if (isWithinLimits(range, request)) return range;
  }
  let range = createRange(request, HOUR.stepMs, HOUR, nowMs);
  while (!isWithinLimits(range, request)) {
    if (countPointsToRead(range, request) > MAX_READ_POINTS) throw createTooManyPointsError(range, request, 'from');
    range = createRange(request, range.stepMs * 2, HOUR, nowMs);
  }
  return range;
}

function findWidestBucket(stepMs: number): BucketSize {
  return [HOUR, MINUTE].find((bucket) => stepMs % bucket.stepMs === 0) ?? SECOND;
}

/** Start of the first row whose buckets are all kept, and for one bucket width longer: expiry may be running. */
function findFirstKeptRow(stepMs: number, { keepMs }: BucketSize, nowMs: number): number {
  return Math.ceil((nowMs - keepMs) / stepMs) * stepMs;
}

/** Allows the first row to have expired in part: the client computed `from` with a clock slightly behind this one. */
function isKept(from: number, stepMs: number, bucket: BucketSize, nowMs: number): boolean {
  return Math.floor(from / stepMs) * stepMs >= findFirstKeptRow(stepMs, bucket, nowMs) - stepMs;
}

function createRange(
  { from, to, counterCount }: RangeRequest,
  stepMs: number,
  bucket: BucketSize,
  nowMs: number,
): BucketRange {
  const start = Math.max(Math.floor(from / stepMs) * stepMs, findFirstKeptRow(stepMs, bucket, nowMs));
  const rowCount = Math.max(0, Math.ceil((Math.min(to, nowMs + 1) - start) / stepMs));
  const maxRows = Math.min(MAX_ROWS, Math.max(1, Math.floor(MAX_CELLS / Math.max(1, counterCount))));
  const end = Math.min(start + rowCount * stepMs, (Math.floor(nowMs / bucket.stepMs) + 1) * bucket.stepMs);
  return { start, stepMs, rowCount, bucketMs: bucket.stepMs, end, maxRows };
}

function countPointsToRead({ start, end, bucketMs }: BucketRange, { counterCount }: RangeRequest): number {
  return ((end - start) / bucketMs) * counterCount;
}

/** Downsampling needs room for the first and the last row, and for the minimum and the maximum of each series. */
function isWithinLimits(range: BucketRange, request: RangeRequest): boolean {
  const canBeDownsampled = 2 + 2 * (request.seriesCount ?? request.counterCount) <= range.maxRows;
  return countPointsToRead(range, request) <= MAX_READ_POINTS && (range.rowCount <= range.maxRows || canBeDownsampled);
}

function createTooManyPointsError(range: BucketRange, request: RangeRequest, parameter: 'step' | 'from'): TallyError {
  const advice = parameter === 'step' ? 'must be larger, or the range shorter' : 'must be later';
  const detail = `${advice}, or select fewer counters: ${request.counterCount} counters over ${range.rowCount} steps of ${range.stepMs} ms are too many`;
  return new TallyError('too-many-points', `${parameter} ${detail}`, { errors: [{ parameter, detail }] });
}

/** Which buckets a question about the past is answered from, and how many rows the answer may have. */
import { TallyError } from '../counters/errors.js';
import { createShapeError } from '../validation/validation.pipe.js';
import { BUCKETS, type StepMs } from '../store/store.js';

/** Most rows of an answer. */
export const MAX_ROWS = 5_000;
/** Most rows times counters of an answer: a few megabytes of JSON. */
export const MAX_CELLS = 100_000;
/** Most points that may have to be read for one answer: some seconds of the reading thread. */
export const MAX_READ_POINTS = 500_000;
/** Widest step, 366 days. */
export const MAX_STEP_MS = 366 * 86_400_000;

type BucketSize = (typeof BUCKETS)[number];
const [SECOND, MINUTE, HOUR] = BUCKETS;

/** What is asked for. Times are milliseconds since the Unix epoch. */
export interface RangeRequest {
  readonly from: number;
  readonly to: number;
  /** Width of a row, a multiple of 1,000. Absent: the finest that fits. */
  readonly stepMs?: number;
  /** How many counters. */
  readonly counterCount: number;
}

/** Rows of equal width, aligned to the epoch: row `i` begins at `start + i * stepMs`. */
export interface BucketRange {
  readonly start: number;
  readonly stepMs: number;
  readonly rowCount: number;
  /** The stored buckets that it is read from: as wide as a row, or a part of it. */
  readonly bucketMs: StepMs;
  /** End of the last bucket that has begun. */
  readonly end: number;
  /** Most rows that the answer may have: where there are more, some are thinned out. */
  readonly maxRows: number;
}

/**
 * The rows that overlap with `from <= t < to`, as far as their buckets are kept and have begun.
 * Without a step they are the finest stored buckets that are kept since `from` and fit; beyond the hours' 2 years there is none.
 * @throws TallyError `invalid-request` when the buckets of the step are not kept since `from`; `too-many-points`
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
    const detail = `must be a multiple of ${widerBucket.stepMs}, or from be later: ${bucket.stepMs} ms buckets go back to ${keptSince}`;
    throw createShapeError('the query', [{ pointer: 'step', detail }]);
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

/** The first row whose buckets are all kept, with the width of a bucket to spare: expiry may be at work. */
function findFirstKeptRow(stepMs: number, { keepMs }: BucketSize, nowMs: number): number {
  return Math.ceil((nowMs - keepMs) / stepMs) * stepMs;
}

/** A first row that is gone in part does no harm: the client's now was a little before ours. */
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

/** Thinning needs room for the first row, and in one group at least for its last row, and each counter's least and most. */
function isWithinLimits(range: BucketRange, request: RangeRequest): boolean {
  const canBeDownsampled = 2 + 2 * request.counterCount <= range.maxRows;
  return countPointsToRead(range, request) <= MAX_READ_POINTS && (range.rowCount <= range.maxRows || canBeDownsampled);
}

function createTooManyPointsError(range: BucketRange, request: RangeRequest, pointer: 'step' | 'from'): TallyError {
  const advice = pointer === 'step' ? 'must be wider, or the range shorter' : 'must be later';
  const detail = `${advice}, or the counters fewer: ${request.counterCount} counters over ${range.rowCount} steps of ${range.stepMs} ms are too many`;
  return new TallyError('too-many-points', `the parameter ${pointer} ${detail}`, { errors: [{ pointer, detail }] });
}

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

type Bucket = (typeof BUCKETS)[number];
const [SECOND, MINUTE, HOUR] = BUCKETS;

/** What is asked for. Times are milliseconds since the Unix epoch. */
export interface Question {
  readonly from: number;
  readonly to: number;
  /** Width of a row, a multiple of 1,000. Absent: the finest that fits. */
  readonly stepMs?: number;
  /** How many counters. */
  readonly counters: number;
}

/** Rows of equal width, aligned to the epoch: row `i` begins at `start + i * stepMs`. */
export interface Span {
  readonly start: number;
  readonly stepMs: number;
  readonly rows: number;
  /** The stored buckets that it is read from: as wide as a row, or a part of it. */
  readonly bucketMs: StepMs;
  /** End of the last bucket that has begun. */
  readonly end: number;
  /** Most rows that the answer may have: where there are more, some are thinned out. */
  readonly mostRows: number;
}

/**
 * The rows that overlap with `from <= t < to`, as far as their buckets are kept and have begun.
 * Without a step they are the finest stored buckets that are kept since `from` and fit; beyond the hours' 2 years there is none.
 * @throws TallyError `invalid-request` when the buckets of the step are not kept since `from`; `too-many-points`
 */
export function spanOf(question: Question, nowMs: number): Span {
  return question.stepMs === undefined ? chooseSpan(question, nowMs) : givenSpan(question, question.stepMs, nowMs);
}

function givenSpan(question: Question, stepMs: number, nowMs: number): Span {
  const bucket = widestWithin(stepMs);
  if (bucket !== HOUR && !isKept(question.from, stepMs, bucket, nowMs)) {
    const wider = [MINUTE, HOUR].find((other) => isKept(question.from, other.stepMs, other, nowMs)) ?? HOUR;
    const since = new Date(nowMs - bucket.keepMs).toISOString();
    const detail = `must be a multiple of ${wider.stepMs}, or from be later: ${bucket.stepMs} ms buckets go back to ${since}`;
    throw createShapeError('the query', [{ pointer: 'step', detail }]);
  }
  const span = spanFrom(question, stepMs, bucket, nowMs);
  if (!fits(span, question)) throw tooMany(span, question, 'step');
  return span;
}

function chooseSpan(question: Question, nowMs: number): Span {
  for (const bucket of [SECOND, MINUTE]) {
    if (!isKept(question.from, bucket.stepMs, bucket, nowMs)) continue;
    const span = spanFrom(question, bucket.stepMs, bucket, nowMs);
    if (fits(span, question)) return span;
  }
  let span = spanFrom(question, HOUR.stepMs, HOUR, nowMs);
  while (!fits(span, question)) {
    if (readPoints(span, question) > MAX_READ_POINTS) throw tooMany(span, question, 'from');
    span = spanFrom(question, span.stepMs * 2, HOUR, nowMs);
  }
  return span;
}

function widestWithin(stepMs: number): Bucket {
  return [HOUR, MINUTE].find((bucket) => stepMs % bucket.stepMs === 0) ?? SECOND;
}

/** The first row whose buckets are all kept, with the width of a bucket to spare: expiry may be at work. */
function firstKept(stepMs: number, { keepMs }: Bucket, nowMs: number): number {
  return Math.ceil((nowMs - keepMs) / stepMs) * stepMs;
}

/** A first row that is gone in part does no harm: the client's now was a little before ours. */
function isKept(from: number, stepMs: number, bucket: Bucket, nowMs: number): boolean {
  return Math.floor(from / stepMs) * stepMs >= firstKept(stepMs, bucket, nowMs) - stepMs;
}

function spanFrom({ from, to, counters }: Question, stepMs: number, bucket: Bucket, nowMs: number): Span {
  const start = Math.max(Math.floor(from / stepMs) * stepMs, firstKept(stepMs, bucket, nowMs));
  const rows = Math.max(0, Math.ceil((Math.min(to, nowMs + 1) - start) / stepMs));
  const mostRows = Math.min(MAX_ROWS, Math.max(1, Math.floor(MAX_CELLS / Math.max(1, counters))));
  const end = Math.min(start + rows * stepMs, (Math.floor(nowMs / bucket.stepMs) + 1) * bucket.stepMs);
  return { start, stepMs, rows, bucketMs: bucket.stepMs, end, mostRows };
}

function readPoints({ start, end, bucketMs }: Span, { counters }: Question): number {
  return ((end - start) / bucketMs) * counters;
}

/** Thinning needs room for the first row, and in one group at least for its last row, and each counter's least and most. */
function fits(span: Span, question: Question): boolean {
  const thinnable = 2 + 2 * question.counters <= span.mostRows;
  return readPoints(span, question) <= MAX_READ_POINTS && (span.rows <= span.mostRows || thinnable);
}

function tooMany(span: Span, question: Question, pointer: 'step' | 'from'): TallyError {
  const wish = pointer === 'step' ? 'must be wider, or the range shorter' : 'must be later';
  const detail = `${wish}, or the counters fewer: ${question.counters} counters over ${span.rows} steps of ${span.stepMs} ms are too many`;
  return new TallyError('too-many-points', `the parameter ${pointer} ${detail}`, { errors: [{ pointer, detail }] });
}

/** The past as Redis keeps it: ledger and points. What has ended never changes, so that it is read without holding anybody up. */
import { type Change, type CounterTotals, refuseUnknownCounter } from '../../counters/counters.js';
import {
  createTallyError,
  LEDGER_PAGE_BYTES,
  createTooManyPointsRefusal,
  createUnknownDashboardRefusal,
} from '../in-process/decide.js';
import type { RedisConnection } from './connection.js';
import type { RedisKeys } from './keys.js';
import { BUCKETS, type LedgerEntry, MAX_POINTS, type Point, type CounterSeries, type StepMs } from '../store.js';

/** Ledger entries that are read with one round trip, and points: a server that answers with more keeps others waiting. */
const ENTRIES_PER_READ = 64;
const POINTS_PER_READ = 5_000;
/** Counters whose points are read side by side. */
const COUNTERS_PER_READ = 32;

/** An entry of a stream: its id, and its fields and their values in turn. */
type StreamEntry = readonly [id: string, fields: readonly string[]];

/** A counter as it is kept: totals, and for each step the bucket that is open. */
interface StoredCounter {
  readonly totals: CounterTotals;
  readonly openBuckets: OpenBuckets;
}

type OpenBuckets = readonly (Point | undefined)[];

export class HistoryReader {
  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: RedisKeys,
  ) {}

  /** As the port says. */
  async readLedger(dashboard: string, after: number, limit: number): Promise<LedgerEntry[]> {
    const { reads } = this.connection;
    const entries: LedgerEntry[] = [];
    let [last, bytes] = [after, 0];
    if (!(await reads.exists(this.keys.toDashboardKey(dashboard))))
      throw createTallyError(createUnknownDashboardRefusal(dashboard));
    while (entries.length < limit && bytes < LEDGER_PAGE_BYTES) {
      const count = Math.min(ENTRIES_PER_READ, limit - entries.length);
      const found = (await reads.xrange(
        this.keys.toLedgerKey(dashboard),
        `(${last}-0`,
        '+',
        'COUNT',
        count,
      )) as StreamEntry[];
      for (const [id, fields] of found) {
        if (bytes >= LEDGER_PAGE_BYTES) break;
        last = Number.parseInt(id, 10);
        const entry = JSON.parse(fields[3] ?? '{}') as Omit<LedgerEntry, 'revision' | 'at'> & { changes: Change[] };
        bytes += JSON.stringify(entry.changes).length;
        entries.push({ revision: last, at: Number(fields[1]), ...entry });
      }
      if (found.length < count) break;
    }
    return entries;
  }

  /** As the port says: the moment is that in which the counters were read. Buckets that end later are left out. */
  async readPoints(
    dashboard: string,
    counters: readonly string[],
    stepMs: StepMs,
    from: number,
    to: number,
  ): Promise<Map<string, CounterSeries>> {
    const { reads } = this.connection;
    const fields = counters.map((counter) => `c:${counter}`);
    const [epoch, ...texts] = await reads.hmget(this.keys.toDashboardKey(dashboard), 'epoch', ...fields);
    if (epoch === null || epoch === undefined) throw createTallyError(createUnknownDashboardRefusal(dashboard));
    const step = BUCKETS.findIndex((bucket) => bucket.stepMs === stepMs);
    const nowMs = Date.now();
    const series = new Map<string, CounterSeries>();
    let remaining = MAX_POINTS;
    for (let start = 0; start < counters.length; start += COUNTERS_PER_READ) {
      const batch = counters.slice(start, start + COUNTERS_PER_READ);
      const read = batch.map(async (counter, index): Promise<CounterSeries> => {
        const text = texts[start + index];
        if (text === null || text === undefined) throw createTallyError(refuseUnknownCounter(dashboard, counter));
        const { openBuckets, totals } = decodeCounter(text);
        const stream = this.keys.toPointsKey(dashboard, counter, stepMs);
        const [points, before] = await Promise.all([
          this.#readRange(stream, openBuckets[step], from, to, remaining),
          this.#findPointBefore(dashboard, counter, openBuckets, from, nowMs),
        ]);
        return { before, points, totals };
      });
      for (const [index, one] of (await Promise.all(read)).entries()) {
        remaining -= one.points.length;
        if (remaining < 0) throw createTallyError(createTooManyPointsRefusal());
        series.set(batch[index] ?? '', one);
      }
    }
    return series;
  }

  /** The points of one stream in a range, and the open bucket where it lies in it. */
  async #readRange(stream: string, open: Point | undefined, from: number, to: number, limit: number): Promise<Point[]> {
    const points: Point[] = [];
    // What has ended since the counter was read has its place in the open bucket.
    const end = Math.min(to, open?.at ?? to) - 1;
    for (let start = Math.max(0, from); start <= end;) {
      const count = Math.min(POINTS_PER_READ, limit + 1 - points.length);
      const found = (await this.connection.reads.xrange(
        stream,
        `${start}-0`,
        toStreamId(end),
        'COUNT',
        count,
      )) as StreamEntry[];
      points.push(...found.map(decodePoint));
      if (points.length > limit) throw createTallyError(createTooManyPointsRefusal());
      if (found.length < count) break;
      start = (points.at(-1)?.at ?? end) + 1;
    }
    if (open && open.at >= from && open.at < to) points.push(open);
    if (points.length > limit) throw createTallyError(createTooManyPointsRefusal());
    return points;
  }

  /** The finest step that still reaches back has the newest: coarser ones have the same change in a bucket that began earlier. */
  async #findPointBefore(
    dashboard: string,
    counter: string,
    openBuckets: OpenBuckets,
    from: number,
    nowMs: number,
  ): Promise<Point | undefined> {
    const candidates = await Promise.all(
      BUCKETS.map(async ({ stepMs, keepMs }, step) => {
        const bucket = openBuckets[step];
        const isKept = bucket && bucket.at + stepMs > nowMs - keepMs;
        if (isKept && bucket.at <= from - stepMs) return bucket;
        const end = Math.min(from - stepMs, (bucket?.at ?? Infinity) - 1);
        if (end < 0) return undefined;
        const stream = this.keys.toPointsKey(dashboard, counter, stepMs);
        const [found] = (await this.connection.reads.xrevrange(
          stream,
          toStreamId(end),
          '-',
          'COUNT',
          1,
        )) as StreamEntry[];
        return found && decodePoint(found);
      }),
    );
    return candidates.reduce<Point | undefined>(
      (newest, one) => (one && (!newest || one.at > newest.at) ? one : newest),
      undefined,
    );
  }
}

/** Ids are 64-bit, and times beyond are no times. */
function toStreamId(at: number): string {
  return `${Math.min(at, Number.MAX_SAFE_INTEGER)}-0`;
}

function decodePoint([
  id,
  [, added = '0', , removed = '0', , addedBefore = '0', , removedBefore = '0'],
]: StreamEntry): Point {
  return createPoint(Number.parseInt(id, 10), [added, removed], [addedBefore, removedBefore]);
}

/** A bucket from the totals at its end and at its beginning. */
function createPoint(at: number, end: readonly [string, string], start: readonly [string, string]): Point {
  const [added, removed] = [BigInt(end[0]), BigInt(end[1])];
  return { at, value: Number(added - removed), added: added - BigInt(start[0]), removed: removed - BigInt(start[1]) };
}

function decodeCounter(text: string): StoredCounter {
  const [, added = '0', removed = '0', ...buckets] = text.split(' ');
  const openBuckets = BUCKETS.map((_bucket, index) => {
    const [at, addedBefore = '0', removedBefore = '0'] = buckets.slice(index * 3);
    return at === undefined || at === '0'
      ? undefined
      : createPoint(Number(at), [added, removed], [addedBefore, removedBefore]);
  });
  return { totals: { added: BigInt(added), removed: BigInt(removed) }, openBuckets };
}

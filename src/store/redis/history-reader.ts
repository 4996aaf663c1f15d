/** The past as Redis keeps it: ledger and points. What has ended never changes, so that it is read without holding anybody up. */
import { type Change, type Totals, unknownCounter } from '../../counters/counters.js';
import {
  toTallyError,
  LEDGER_PAGE_BYTES,
  createTooManyPointsRefusal,
  createUnknownDashboardRefusal,
} from '../in-process/decide.js';
import type { RedisConnection } from './connection.js';
import type { RedisKeys } from './keys.js';
import { BUCKETS, type LedgerEntry, MAX_POINTS, type Point, type CounterSeries, type StepMs } from '../store.js';

/** Ledger entries that are read with one round trip, and points: a server that answers with more keeps others waiting. */
const ENTRIES_AT_ONCE = 64;
const POINTS_AT_ONCE = 5_000;
/** Counters whose points are read side by side. */
const COUNTERS_AT_ONCE = 32;

/** An entry of a stream: its id, and its fields and their values in turn. */
type Entry = readonly [id: string, fields: readonly string[]];

/** A counter as it is kept: totals, and for each step the bucket that is open. */
interface Kept {
  readonly totals: Totals;
  readonly open: OpenBuckets;
}

type OpenBuckets = readonly (Point | undefined)[];

export class RedisPast {
  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: RedisKeys,
  ) {}

  /** As the port says. */
  async ledger(dashboard: string, after: number, limit: number): Promise<LedgerEntry[]> {
    const { reads } = this.connection;
    const entries: LedgerEntry[] = [];
    let [last, bytes] = [after, 0];
    if (!(await reads.exists(this.keys.dashboard(dashboard))))
      throw toTallyError(createUnknownDashboardRefusal(dashboard));
    while (entries.length < limit && bytes < LEDGER_PAGE_BYTES) {
      const count = Math.min(ENTRIES_AT_ONCE, limit - entries.length);
      const found = (await reads.xrange(this.keys.ledger(dashboard), `(${last}-0`, '+', 'COUNT', count)) as Entry[];
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
  async points(
    dashboard: string,
    counters: readonly string[],
    stepMs: StepMs,
    from: number,
    to: number,
  ): Promise<Map<string, CounterSeries>> {
    const { reads } = this.connection;
    const fields = counters.map((counter) => `c:${counter}`);
    const [epoch, ...texts] = await reads.hmget(this.keys.dashboard(dashboard), 'epoch', ...fields);
    if (epoch === null || epoch === undefined) throw toTallyError(createUnknownDashboardRefusal(dashboard));
    const step = BUCKETS.findIndex((bucket) => bucket.stepMs === stepMs);
    const nowMs = Date.now();
    const series = new Map<string, CounterSeries>();
    let left = MAX_POINTS;
    for (let first = 0; first < counters.length; first += COUNTERS_AT_ONCE) {
      const portion = counters.slice(first, first + COUNTERS_AT_ONCE);
      const read = portion.map(async (counter, index): Promise<CounterSeries> => {
        const text = texts[first + index];
        if (text === null || text === undefined) throw toTallyError(unknownCounter(dashboard, counter));
        const { open, totals } = keptOf(text);
        const stream = this.keys.points(dashboard, counter, stepMs);
        const [points, before] = await Promise.all([
          this.#range(stream, open[step], from, to, left),
          this.#before(dashboard, counter, open, from, nowMs),
        ]);
        return { before, points, totals };
      });
      for (const [index, one] of (await Promise.all(read)).entries()) {
        left -= one.points.length;
        if (left < 0) throw toTallyError(createTooManyPointsRefusal());
        series.set(portion[index] ?? '', one);
      }
    }
    return series;
  }

  /** The points of one stream in a range, and the open bucket where it lies in it. */
  async #range(stream: string, open: Point | undefined, from: number, to: number, most: number): Promise<Point[]> {
    const points: Point[] = [];
    // What has ended since the counter was read has its place in the open bucket.
    const end = Math.min(to, open?.at ?? to) - 1;
    for (let start = Math.max(0, from); start <= end;) {
      const count = Math.min(POINTS_AT_ONCE, most + 1 - points.length);
      const found = (await this.connection.reads.xrange(stream, `${start}-0`, idOf(end), 'COUNT', count)) as Entry[];
      points.push(...found.map(pointOf));
      if (points.length > most) throw toTallyError(createTooManyPointsRefusal());
      if (found.length < count) break;
      start = (points.at(-1)?.at ?? end) + 1;
    }
    if (open && open.at >= from && open.at < to) points.push(open);
    if (points.length > most) throw toTallyError(createTooManyPointsRefusal());
    return points;
  }

  /** The finest step that still reaches back has the newest: coarser ones have the same change in a bucket that began earlier. */
  async #before(
    dashboard: string,
    counter: string,
    open: OpenBuckets,
    from: number,
    nowMs: number,
  ): Promise<Point | undefined> {
    const candidates = await Promise.all(
      BUCKETS.map(async ({ stepMs, keepMs }, step) => {
        const bucket = open[step];
        const isKept = bucket && bucket.at + stepMs > nowMs - keepMs;
        if (isKept && bucket.at <= from - stepMs) return bucket;
        const end = Math.min(from - stepMs, (bucket?.at ?? Infinity) - 1);
        if (end < 0) return undefined;
        const stream = this.keys.points(dashboard, counter, stepMs);
        const [found] = (await this.connection.reads.xrevrange(stream, idOf(end), '-', 'COUNT', 1)) as Entry[];
        return found && pointOf(found);
      }),
    );
    return candidates.reduce<Point | undefined>(
      (newest, one) => (one && (!newest || one.at > newest.at) ? one : newest),
      undefined,
    );
  }
}

/** Ids are 64-bit, and times beyond are no times. */
function idOf(at: number): string {
  return `${Math.min(at, Number.MAX_SAFE_INTEGER)}-0`;
}

function pointOf([id, [, added = '0', , removed = '0', , addedBefore = '0', , removedBefore = '0']]: Entry): Point {
  return pointBetween(Number.parseInt(id, 10), [added, removed], [addedBefore, removedBefore]);
}

/** A bucket from the totals at its end and at its beginning. */
function pointBetween(at: number, end: readonly [string, string], start: readonly [string, string]): Point {
  const [added, removed] = [BigInt(end[0]), BigInt(end[1])];
  return { at, value: Number(added - removed), added: added - BigInt(start[0]), removed: removed - BigInt(start[1]) };
}

function keptOf(text: string): Kept {
  const [, added = '0', removed = '0', ...buckets] = text.split(' ');
  const open = BUCKETS.map((_bucket, index) => {
    const [at, addedBefore = '0', removedBefore = '0'] = buckets.slice(index * 3);
    return at === undefined || at === '0'
      ? undefined
      : pointBetween(Number(at), [added, removed], [addedBefore, removedBefore]);
  });
  return { totals: { added: BigInt(added), removed: BigInt(removed) }, open };
}

/**
 * Reads ledger and points. Ended buckets and ledger entries never change, so several reads still give a consistent
 * result.
 */
import { refuseUnknownCounter } from '../../counters/counters.js';
import {
  createTallyError,
  LEDGER_PAGE_BYTES,
  createTooManyPointsRefusal,
  createUnknownDashboardRefusal,
} from '../in-process/decide.js';
import type { RedisConnection } from './connection.js';
import { decodeCounter, type StoredBucket, type StoredCounter } from './hash-codec.js';
import type { RedisKeys } from './keys.js';
import {
  BUCKETS_PER_READ,
  decodeBucket,
  decodeLedgerEntry,
  LEDGER_ENTRIES_PER_READ,
  type StreamEntry,
} from './stream-codec.js';
import { BUCKETS, type LedgerEntry, MAX_POINTS, type Point, type CounterSeries, type StepMs } from '../store.js';

/** Counters whose points are read concurrently. */
const COUNTERS_PER_READ = 32;

export class HistoryReader {
  /** @param now returns the time of day, milliseconds since the Unix epoch */
  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: RedisKeys,
    private readonly now: () => number,
  ) {}

  /** Implements `readLedger` of the port. */
  async readLedger(dashboard: string, after: number, limit: number): Promise<LedgerEntry[]> {
    const { reads } = this.connection;
    const entries: LedgerEntry[] = [];
    let [last, bytes] = [after, 0];
    if (!(await reads.exists(this.keys.toDashboardKey(dashboard))))
      throw createTallyError(createUnknownDashboardRefusal(dashboard));
    while (entries.length < limit && bytes < LEDGER_PAGE_BYTES) {
      const count = Math.min(LEDGER_ENTRIES_PER_READ, limit - entries.length);
      const found = (await reads.xrange(
        this.keys.toLedgerKey(dashboard),
        `(${last}-0`,
        '+',
        'COUNT',
        count,
      )) as StreamEntry[];
      for (const streamEntry of found) {
        if (bytes >= LEDGER_PAGE_BYTES) break;
        const entry = decodeLedgerEntry(streamEntry);
        last = entry.revision;
        bytes += JSON.stringify(entry.changes).length;
        entries.push(entry);
      }
      if (found.length < count) break;
    }
    return entries;
  }

  /**
   * Implements `readPoints` of the port. The result shows the moment at which the counters were read, not buckets that
   * end later.
   */
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
    const nowMs = this.now();
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
      for (const [index, counterSeries] of (await Promise.all(read)).entries()) {
        remaining -= counterSeries.points.length;
        if (remaining < 0) throw createTallyError(createTooManyPointsRefusal());
        series.set(batch[index] ?? '', counterSeries);
      }
    }
    return series;
  }

  /** Points of a stream in a range, and the open bucket if it is in the range. */
  async #readRange(
    stream: string,
    open: StoredBucket | undefined,
    from: number,
    to: number,
    limit: number,
  ): Promise<Point[]> {
    const points: Point[] = [];
    // Buckets that ended after the counter was read are covered by its open bucket.
    const end = Math.min(to, open?.at ?? to) - 1;
    for (let start = Math.max(0, from); start <= end;) {
      const count = Math.min(BUCKETS_PER_READ, limit + 1 - points.length);
      const found = (await this.connection.reads.xrange(
        stream,
        `${start}-0`,
        toStreamId(end),
        'COUNT',
        count,
      )) as StreamEntry[];
      points.push(...found.map((entry) => toPoint(decodeBucket(entry))));
      if (points.length > limit) throw createTallyError(createTooManyPointsRefusal());
      if (found.length < count) break;
      start = (points.at(-1)?.at ?? end) + 1;
    }
    if (open && open.at >= from && open.at < to) points.push(toPoint(open));
    if (points.length > limit) throw createTallyError(createTooManyPointsRefusal());
    return points;
  }

  /**
   * Returns the newest point of any step whose bucket ended before `from`. The finest step that reaches back far enough
   * has it: in coarser steps the same change is in a bucket that began earlier.
   */
  async #findPointBefore(
    dashboard: string,
    counter: string,
    openBuckets: StoredCounter['openBuckets'],
    from: number,
    nowMs: number,
  ): Promise<Point | undefined> {
    const candidates = await Promise.all(
      BUCKETS.map(async ({ stepMs, keepMs }, step) => {
        const bucket = openBuckets[step];
        const isKept = bucket && bucket.at + stepMs > nowMs - keepMs;
        if (isKept && bucket.at <= from - stepMs) return toPoint(bucket);
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
        return found && toPoint(decodeBucket(found));
      }),
    );
    return candidates.reduce<Point | undefined>(
      (newest, point) => (point && (!newest || point.at > newest.at) ? point : newest),
      undefined,
    );
  }
}

/** Stream ids are 64-bit integers; larger numbers are no valid times. */
function toStreamId(at: number): string {
  return `${Math.min(at, Number.MAX_SAFE_INTEGER)}-0`;
}

function toPoint({ at, added, removed, startTotals }: StoredBucket): Point {
  return {
    at,
    value: Number(added - removed),
    added: added - startTotals.added,
    removed: removed - startTotals.removed,
  };
}

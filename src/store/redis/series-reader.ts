/** Reads the rows of one counter, as of the moment at which its open buckets were read. */
import type { CounterTotals, TimeSpan } from '../../counters/counters.js';
import { createTallyError, createTooManyPointsRefusal } from '../in-process/decide.js';
import { BUCKETS, DAY_ROWS, type LevelPoint, type Point, type RowRange, ROWS, type RowStepMs } from '../store.js';
import type { RedisClient } from './client-factory.js';
import type { StoredBucket, StoredCounter } from './hash-codec.js';
import { BUCKETS_PER_READ, decodeBucket, decodeLevel, type StreamEntry } from './stream-codec.js';

/** The rows of a counter or of a gauge. */
export type SeriesReader =
  | { readonly kind: 'counter'; readonly totals: CounterTotals; readonly rows: RowReader<Point> }
  | { readonly kind: 'gauge'; readonly rows: RowReader<LevelPoint> };

/** @param toStream returns the key of the ended buckets of a kind */
export function createSeriesReader(
  client: RedisClient,
  counter: StoredCounter,
  toStream: (stepMs: RowStepMs) => string,
  nowMs: number,
): SeriesReader {
  const source = { client, toStream, nowMs };
  if (counter.kind === 'gauge') {
    return { kind: 'gauge', rows: new RowReader({ ...source, open: counter.openBuckets, decode: decodeLevel }) };
  }
  const open = counter.openBuckets.map((bucket) => bucket && toPoint(bucket));
  const decode = (entry: StreamEntry): Point => toPoint(decodeBucket(entry));
  return { kind: 'counter', totals: counter.totals, rows: new RowReader({ ...source, open, decode }) };
}

interface RowSource<Row> {
  readonly client: RedisClient;
  readonly toStream: (stepMs: RowStepMs) => string;
  readonly nowMs: number;
  /** The open bucket of each kind in ROWS. A kind without one has no rows at all. */
  readonly open: readonly (Row | undefined)[];
  readonly decode: (entry: StreamEntry) => Row;
}

/** Returns the time from which on a row that starts at `at` has ended. The end of a day is not stored. */
export function getRowEnd(stepMs: RowStepMs, at: number): number {
  return stepMs === DAY_ROWS.stepMs ? at + 1 : at + stepMs;
}

export class RowReader<Row extends { readonly at: number }> {
  constructor(private readonly source: RowSource<Row>) {}

  /** @throws TallyError `too-many-points` beyond `limit` */
  async readSeries(
    range: RowRange,
    limit: number,
  ): Promise<{ readonly before: Row | undefined; readonly points: readonly Row[] }> {
    const [points, before] = await Promise.all([
      this.readRange(range.stepMs, range, limit),
      this.findBefore(range.start, BUCKETS),
    ]);
    return { before: before?.row, points };
  }

  /** Reads the rows of a kind in a range, oldest first. @throws TallyError `too-many-points` beyond `limit` */
  async readRange(stepMs: RowStepMs, { start, end }: TimeSpan, limit = Infinity): Promise<readonly Row[]> {
    const { client, toStream, decode } = this.source;
    const open = this.#getOpen(stepMs);
    if (!open) return [];
    const rows: Row[] = [];
    // Buckets that ended after the counter was read are covered by its open bucket.
    const last = Math.min(end, open.at) - 1;
    for (let from = Math.max(0, start); from <= last;) {
      const count = Math.min(BUCKETS_PER_READ, limit + 1 - rows.length);
      const found = (await client.xrange(
        toStream(stepMs),
        `${from}-0`,
        toStreamId(last),
        'COUNT',
        count,
      )) as StreamEntry[];
      for (const entry of found) rows.push(decode(entry));
      if (rows.length > limit) throw createTallyError(createTooManyPointsRefusal());
      if (found.length < count) break;
      from = (rows.at(-1)?.at ?? last) + 1;
    }
    if (open.at >= start && open.at < end) rows.push(open);
    if (rows.length > limit) throw createTallyError(createTooManyPointsRefusal());
    return rows;
  }

  /**
   * Returns the newest row of any of the kinds that ended before `from`, and its end. The finest kind that reaches back
   * far enough has it: in coarser ones the same change is in a bucket that began earlier.
   */
  async findBefore(
    from: number,
    kinds: readonly { readonly stepMs: RowStepMs; readonly keepMs: number }[],
  ): Promise<{ readonly row: Row; readonly end: number } | undefined> {
    const { client, toStream, decode, nowMs } = this.source;
    const candidates = await Promise.all(
      kinds.map(async ({ stepMs, keepMs }) => {
        const open = this.#getOpen(stepMs);
        if (!open) return undefined;
        const latest = from - getRowEnd(stepMs, 0);
        if (open.at + stepMs > nowMs - keepMs && open.at <= latest)
          return { row: open, end: getRowEnd(stepMs, open.at) };
        const last = Math.min(latest, open.at - 1);
        if (last < 0) return undefined;
        const [found] = (await client.xrevrange(toStream(stepMs), toStreamId(last), '-', 'COUNT', 1)) as StreamEntry[];
        if (!found) return undefined;
        const row = decode(found);
        return { row, end: getRowEnd(stepMs, row.at) };
      }),
    );
    return candidates.reduce(
      (newest, found) => (found && (!newest || found.row.at > newest.row.at) ? found : newest),
      undefined,
    );
  }

  /** Returns the start of the oldest row of each kind in ROWS. */
  findFirst(): Promise<readonly (number | undefined)[]> {
    const { client, toStream, decode } = this.source;
    return Promise.all(
      ROWS.map(async ({ stepMs }) => {
        const open = this.#getOpen(stepMs);
        if (!open) return undefined;
        const [found] = (await client.xrange(toStream(stepMs), '-', '+', 'COUNT', 1)) as StreamEntry[];
        return found ? Math.min(decode(found).at, open.at) : open.at;
      }),
    );
  }

  #getOpen(stepMs: RowStepMs): Row | undefined {
    return this.source.open[ROWS.findIndex((row) => row.stepMs === stepMs)];
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

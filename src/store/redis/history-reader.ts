/** Reads points and sums. Ended buckets never change, so several reads still give a consistent result. */
import { refuseUnknownCounter } from '../../counters/counters.js';
import {
  createTallyError,
  assertSumCount,
  createTooManyPointsRefusal,
  createUnknownDashboardRefusal,
} from '../in-process/decide.js';
import { findPosition, type LedgerPosition, type PastBounds } from '../past-bounds.js';
import type { RedisConnection } from './connection.js';
import { decodeCounter } from './hash-codec.js';
import type { RedisKeys } from './keys.js';
import { createSeriesReader, type SeriesReader } from './series-reader.js';
import { decodeLedgerEntry, type StreamEntry } from './stream-codec.js';
import { readGaugeLevels, readCounterSums } from './sums-reader.js';
import { type CounterSums, type GaugeLevels, MAX_POINTS, type RowRange, type Series, type StepMs } from '../store.js';

/** Counters whose rows are read concurrently. */
const COUNTERS_PER_READ = 32;

export class HistoryReader {
  /** @param now returns the time of day, milliseconds since the Unix epoch */
  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: RedisKeys,
    private readonly now: () => number,
  ) {}

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
  ): Promise<Map<string, Series>> {
    const readers = await this.#openSeries(dashboard, counters);
    let remaining = MAX_POINTS;
    const read = async (reader: SeriesReader): Promise<Series> => {
      const range = { stepMs, start: from, end: to };
      if (reader.kind === 'gauge') return { kind: 'gauge', ...(await reader.rows.readSeries(range, remaining)) };
      return { kind: 'counter', ...(await reader.rows.readSeries(range, remaining)), totals: reader.totals };
    };
    return readInBatches(readers, async (reader) => {
      const series = await read(reader);
      remaining -= series.points.length;
      if (remaining < 0) throw createTallyError(createTooManyPointsRefusal());
      return series;
    });
  }

  /** Implements `readSums` of the port. The result shows the moment at which the counters were read. */
  async readSums(
    dashboard: string,
    counters: readonly string[],
    ranges: readonly RowRange[],
  ): Promise<Map<string, CounterSums | GaugeLevels>> {
    const readers = await this.#openSeries(dashboard, counters);
    assertSumCount(counters.length * ranges.length);
    return readInBatches(readers, async (reader): Promise<CounterSums | GaugeLevels> => {
      if (reader.kind === 'gauge') return { kind: 'gauge', levels: await readGaugeLevels(reader.rows, ranges) };
      return { kind: 'counter', totals: reader.totals, sums: await readCounterSums(reader.rows, ranges) };
    });
  }

  /** Implements `readPastBounds` of the port. The result shows the moment at which the counters were read. */
  async readPastBounds(
    dashboard: string,
    counters: readonly string[],
    moments: readonly number[],
  ): Promise<PastBounds> {
    const { reads } = this.connection;
    const readers = await this.#openSeries(dashboard, counters);
    const epoch = (await reads.hget(this.keys.toDashboardKey(dashboard), 'epoch')) ?? '';
    const ledger = this.keys.toLedgerKey(dashboard);
    const [oldest] = (await reads.xrange(ledger, '-', '+', 'COUNT', 1)) as StreamEntry[];
    const oldestEntry = oldest && decodeLedgerEntry(oldest);
    const [newest] = (await reads.xrevrange(ledger, '+', '-', 'COUNT', 1)) as StreamEntry[];
    const range = { oldest: oldestEntry?.revision ?? 1, newest: newest ? decodeLedgerEntry(newest).revision : 0 };
    const positions: (LedgerPosition | undefined)[] = [];
    for (const atMs of moments) {
      const search = findPosition(atMs, range);
      let step = search.next();
      while (!step.done) {
        const [found] = (await reads.xrevrange(ledger, `${step.value}-0`, '-', 'COUNT', 1)) as StreamEntry[];
        step = search.next(found && toPosition(decodeLedgerEntry(found)));
      }
      positions.push(step.value);
    }
    return { epoch, oldestEntry, positions, firstRows: await readInBatches(readers, ({ rows }) => rows.findFirst()) };
  }

  /** Reads the counters with their open buckets, all in one moment. */
  async #openSeries(dashboard: string, counters: readonly string[]): Promise<Map<string, SeriesReader>> {
    const { reads } = this.connection;
    const fields = counters.map((counter) => `c:${counter}`);
    const [epoch, ...texts] = await reads.hmget(this.keys.toDashboardKey(dashboard), 'epoch', ...fields);
    if (epoch === null || epoch === undefined) throw createTallyError(createUnknownDashboardRefusal(dashboard));
    const nowMs = this.now();
    const readers = counters.map((counter, index): [string, SeriesReader] => {
      const text = texts[index];
      if (text === null || text === undefined) throw createTallyError(refuseUnknownCounter(dashboard, counter));
      const toStream = (stepMs: number): string => this.keys.toPointsKey(dashboard, counter, stepMs);
      return [counter, createSeriesReader(reads, decodeCounter(text), toStream, nowMs)];
    });
    return new Map(readers);
  }
}

function toPosition({ revision, at }: LedgerPosition): LedgerPosition {
  return { revision, at };
}

/** Reads counters, a few at a time. */
async function readInBatches<T>(
  readers: ReadonlyMap<string, SeriesReader>,
  read: (reader: SeriesReader) => Promise<T>,
): Promise<Map<string, T>> {
  const entries = [...readers];
  const results = new Map<string, T>();
  for (let start = 0; start < entries.length; start += COUNTERS_PER_READ) {
    const batch = entries.slice(start, start + COUNTERS_PER_READ);
    const found = await Promise.all(batch.map(async ([counter, reader]) => [counter, await read(reader)] as const));
    for (const [counter, result] of found) results.set(counter, result);
  }
  return results;
}

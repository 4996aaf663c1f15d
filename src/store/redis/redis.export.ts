/** Reads dashboards out of Redis, each as it was at one revision, while instances go on changing it. */
import type { Change, CounterTotals } from '../../counters/counters.js';
import { decodeDashboard } from './dashboard-reader.js';
import { decodeRedisStoredReply } from './reply-codec.js';
import { ShortSession } from './short-session.js';
import type { RedisConnectionOptions } from './connection.js';
import { BUCKETS, type LedgerEntry, type Retention } from '../store.js';
import {
  type DashboardExport,
  RetentionWindow,
  type ExportedKey,
  type BucketTotals,
  type ExportedDashboard,
  type ExportRecord,
  RECORDS_PER_BATCH,
  StoreExport,
  PointRunBuilder,
} from '../transfer.port.js';

/** What is read with one round trip: a server that answers with more keeps others waiting. */
const NAMES_PER_EXPORT_READ = 500;
const ENTRIES_PER_EXPORT_READ = 100;
const POINTS_PER_EXPORT_READ = 1_000;
const KEYS_PER_EXPORT_READ = 500;

type ExportStreamEntry = readonly [id: string, fields: readonly string[]];
type ExportHashFields = Readonly<Record<string, string>>;
/** A bucket with the totals that it began with. */
type ExportBucket = readonly [mark: BucketTotals, start: CounterTotals];

export class RedisExport extends StoreExport {
  private constructor(
    private readonly session: ShortSession,
    private readonly retention: Retention,
  ) {
    super();
  }

  /** @throws StoreOpenError or TallyError `store-unavailable` */
  static async open(options: RedisConnectionOptions, retention: Retention): Promise<RedisExport> {
    return new RedisExport(await ShortSession.open(options), retention);
  }

  async *listNames(): AsyncGenerator<string> {
    const { keys } = this.session;
    for (let from = '-'; ;) {
      const start = from;
      const names = await this.session.call((client) =>
        client.zrangebylex(keys.namesKey, start, '+', 'LIMIT', 0, NAMES_PER_EXPORT_READ),
      );
      yield* names;
      if (names.length < NAMES_PER_EXPORT_READ) return;
      from = `(${names.at(-1) ?? ''}`;
    }
  }

  async readDashboard(name: string): Promise<DashboardExport | undefined> {
    const fields: ExportHashFields = await this.session.call((client) =>
      client.hgetall(this.session.keys.toDashboardKey(name)),
    );
    const living = decodeDashboard(name, fields);
    if (!living) return undefined;
    const counters = [...living.counters].map(([counter, { value: _value, ...rest }]) => ({ name: counter, ...rest }));
    const dashboard: ExportedDashboard = { ...living, counters };
    return { dashboard, readRecords: () => this.#readRecords(dashboard, fields) };
  }

  close(): Promise<void> {
    return this.session.close();
  }

  async *#readRecords(dashboard: ExportedDashboard, fields: ExportHashFields): AsyncGenerator<ExportRecord[]> {
    const kept = new RetentionWindow(this.retention, await this.session.readServerTime(), dashboard.revision);
    for (const { name } of dashboard.counters)
      yield* this.#readPoints(dashboard.name, name, fields[`c:${name}`] ?? '', kept);
    yield* this.#readLedger(dashboard, kept);
    yield* this.#readKeys(dashboard, kept);
    await this.#assertNotRemoved(dashboard, fields);
  }

  async *#readPoints(
    dashboard: string,
    counter: string,
    counterText: string,
    kept: RetentionWindow,
  ): AsyncGenerator<ExportRecord[]> {
    const pieces: ExportRecord[] = [];
    const [, added = '0', removed = '0', ...open] = counterText.split(' ');
    for (const [index, { stepMs }] of BUCKETS.entries()) {
      const oldest = kept.getOldestBucket(stepMs);
      const maker = new PointRunBuilder(counter, stepMs);
      const [start = '0', addedBefore = '0', removedBefore = '0'] = open.slice(index * 3);
      const openBucket = toExportBucket(Number(start), [added, removed, addedBefore, removedBefore]);
      for await (const [mark, from] of this.#readBuckets(dashboard, counter, index, oldest, openBucket)) {
        const points = maker.push(mark, from);
        if (points) pieces.push({ points });
      }
      const points = maker.finish();
      if (points) pieces.push({ points });
    }
    if (pieces.length > 0) yield pieces;
  }

  /** What has ended since the dashboard was read has its place in the bucket that was open then. */
  async *#readBuckets(
    dashboard: string,
    counter: string,
    step: number,
    oldest: number,
    open: ExportBucket,
  ): AsyncGenerator<ExportBucket> {
    const [{ at: openAt }] = open;
    const { stepMs } = BUCKETS[step] ?? BUCKETS[0];
    const stream = this.session.keys.toPointsKey(dashboard, counter, stepMs);
    for (let from = Math.max(1, oldest); from < openAt;) {
      const [start, end] = [`${from}-0`, `${openAt - 1}-0`];
      const found = await this.session.call(
        (client) => client.xrange(stream, start, end, 'COUNT', POINTS_PER_EXPORT_READ) as Promise<ExportStreamEntry[]>,
      );
      for (const [id, [, added = '0', , removed = '0', , addedBefore = '0', , removedBefore = '0']] of found) {
        from = Number.parseInt(id, 10) + 1;
        yield toExportBucket(from - 1, [added, removed, addedBefore, removedBefore]);
      }
      if (found.length < POINTS_PER_EXPORT_READ) break;
    }
    if (openAt > 0 && openAt >= oldest) yield open;
  }

  async *#readLedger(
    { name, revision }: ExportedDashboard,
    { oldestEntry }: RetentionWindow,
  ): AsyncGenerator<ExportRecord[]> {
    const stream = this.session.keys.toLedgerKey(name);
    for (let from = oldestEntry.revision; from <= revision;) {
      const start = `${from}-0`;
      const found = await this.session.call(
        (client) =>
          client.xrange(stream, start, `${revision}-0`, 'COUNT', ENTRIES_PER_EXPORT_READ) as Promise<
            ExportStreamEntry[]
          >,
      );
      const pieces: ExportRecord[] = [];
      for (const [id, [, at, , text = '{}']] of found) {
        from = Number.parseInt(id, 10) + 1;
        const entry = JSON.parse(text) as Omit<LedgerEntry, 'revision' | 'at'> & { changes: Change[] };
        if (Number(at) >= oldestEntry.at) pieces.push({ ledger: { revision: from - 1, at: Number(at), ...entry } });
      }
      if (pieces.length > 0) yield pieces;
      if (found.length < ENTRIES_PER_EXPORT_READ) return;
    }
  }

  /** By time, and where times are equal by name. */
  async *#readKeys(dashboard: ExportedDashboard, { oldestKey }: RetentionWindow): AsyncGenerator<ExportRecord[]> {
    let pieces: ExportRecord[] = [];
    let sameTime: ExportedKey[] = [];
    const flushSameTime = (): void => {
      const sorted = sameTime.toSorted((one, other) => (one.key < other.key ? -1 : 1));
      pieces.push(...sorted.map((key) => ({ key })));
      sameTime = [];
    };
    for await (const keys of this.#readKeysByAge(dashboard)) {
      for (const key of keys) {
        if (key.at < oldestKey) continue;
        if (sameTime[0] && sameTime[0].at !== key.at) flushSameTime();
        sameTime.push(key);
      }
      if (pieces.length < RECORDS_PER_BATCH) continue;
      yield pieces;
      pieces = [];
    }
    flushSameTime();
    if (pieces.length > 0) yield pieces;
  }

  /**
   * Keys as they were used, oldest first. The list is cut at its beginning meanwhile: each portion begins where the one before has ended,
   * wherever that is by now, and with the oldest when all of them are gone.
   */
  async *#readKeysByAge({ name, revision }: ExportedDashboard): AsyncGenerator<ExportedKey[]> {
    const [ages, hash] = [this.session.keys.toIdempotencyAgesKey(name), this.session.keys.toIdempotencyHashKey(name)];
    let [last, index, overlap]: [string | undefined, number, number] = [undefined, 0, 1];
    for (;;) {
      const from = Math.max(0, index - overlap);
      const found = await this.session.call((client) => client.lrange(ages, from, index + KEYS_PER_EXPORT_READ - 1));
      const place = last === undefined ? -1 : found.lastIndexOf(last);
      if (place < 0 && from > 0) {
        overlap *= 2;
        continue;
      }
      const fresh = found.slice(place + 1);
      if (fresh.length === 0) return;
      [last, index, overlap] = [fresh.at(-1), from + found.length, 1];
      yield this.#readReplies(name, hash, fresh, revision);
    }
  }

  /** A key that was used again since has another time. One of a change that came after the dashboard was read is none of it. */
  async #readReplies(name: string, hash: string, entries: readonly string[], revision: number): Promise<ExportedKey[]> {
    const used = entries.map((text) => text.split(/ (.*)/s, 2));
    const texts = await this.session.call((client) => client.hmget(hash, ...used.map(([, key = '']) => key)));
    return used.flatMap(([at, key = ''], index) => {
      const [fingerprint = '', since, text = '[]'] = texts[index]?.split(/ (\d+) (.*)/s, 3) ?? [];
      if (since !== at) return [];
      const reply = decodeRedisStoredReply(name, text);
      return reply.outcome && reply.outcome.revision > revision ? [] : [{ key, at: Number(at), fingerprint, reply }];
    });
  }

  /** What was removed while it was read is missing in part. */
  async #assertNotRemoved({ name, counters }: ExportedDashboard, fields: ExportHashFields): Promise<void> {
    const wanted = ['epoch', ...counters.map((counter) => `d:${counter.name}`)];
    const now = await this.session.call((client) => client.hmget(this.session.keys.toDashboardKey(name), ...wanted));
    const birth = (text: string | null | undefined): string | undefined => text?.split(' ', 1)[0];
    if (wanted.every((field, index) => birth(now[index]) === birth(fields[field]))) return;
    throw new Error(`${name} or one of its counters was removed while it was being exported: export it again`);
  }
}

function toExportBucket(at: number, totals: readonly [string, string, string, string]): ExportBucket {
  const [added = 0n, removed = 0n, addedBefore = 0n, removedBefore = 0n] = totals.map(BigInt);
  return [
    { at, added, removed },
    { added: addedBefore, removed: removedBefore },
  ];
}

/** Exports dashboards from Redis, each as of one revision, while instances keep changing it. */
import { decodeCounter, decodeDashboard, type HashFields, type StoredBucket } from './hash-codec.js';
import { decodeRedisStoredReply } from './reply-codec.js';
import { ShortSession } from './short-session.js';
import {
  BUCKETS_PER_READ,
  decodeBucket,
  decodeLedgerEntry,
  LEDGER_ENTRIES_PER_READ,
  type StreamEntry,
} from './stream-codec.js';
import type { RedisConnectionOptions } from './connection.js';
import { BUCKETS, type Retention } from '../store.js';
import { PointRunBuilder } from '../point-run-builder.js';
import { getExpiryTime, RetentionWindow } from '../retention-window.js';
import {
  type DashboardExport,
  type ExportedKey,
  type ExportedDashboard,
  type ExportRecord,
  RECORDS_PER_BATCH,
  StoreExport,
} from '../transfer.port.js';

/** Names of dashboards, and idempotency keys, per round trip. */
const NAMES_PER_READ = 500;
const KEYS_PER_READ = 500;

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
        client.zrangebylex(keys.namesKey, start, '+', 'LIMIT', 0, NAMES_PER_READ),
      );
      yield* names;
      if (names.length < NAMES_PER_READ) return;
      from = `(${names.at(-1) ?? ''}`;
    }
  }

  async readDashboard(name: string): Promise<DashboardExport | undefined> {
    const fields: HashFields = await this.session.call((client) =>
      client.hgetall(this.session.keys.toDashboardKey(name)),
    );
    const stored = decodeDashboard(name, fields);
    if (!stored) return undefined;
    const counters = [...stored.counters].map(([counter, { value: _value, ...rest }]) => ({ name: counter, ...rest }));
    const dashboard: ExportedDashboard = { ...stored, counters };
    return { dashboard, readRecords: () => this.#readRecords(dashboard, fields) };
  }

  close(): Promise<void> {
    return this.session.close();
  }

  async *#readRecords(dashboard: ExportedDashboard, fields: HashFields): AsyncGenerator<ExportRecord[]> {
    const expiryMs = getExpiryTime(dashboard, await this.session.readServerTime());
    const window = new RetentionWindow(this.retention, expiryMs, dashboard.revision);
    for (const { name } of dashboard.counters)
      yield* this.#readPoints(dashboard.name, name, fields[`c:${name}`] ?? '', window);
    yield* this.#readLedger(dashboard, window);
    yield* this.#readKeys(dashboard, window);
    await this.#assertNotRemoved(dashboard, fields);
  }

  async *#readPoints(
    dashboard: string,
    counter: string,
    counterText: string,
    window: RetentionWindow,
  ): AsyncGenerator<ExportRecord[]> {
    const records: ExportRecord[] = [];
    const { openBuckets } = decodeCounter(counterText);
    for (const [index, { stepMs }] of BUCKETS.entries()) {
      const open = openBuckets[index];
      if (!open) continue;
      const builder = new PointRunBuilder(counter, stepMs);
      const stream = this.session.keys.toPointsKey(dashboard, counter, stepMs);
      for await (const { startTotals, ...bucket } of this.#readBuckets(stream, window.getOldestBucket(stepMs), open)) {
        const points = builder.push(bucket, startTotals);
        if (points) records.push({ points });
      }
      const points = builder.finish();
      if (points) records.push({ points });
    }
    if (records.length > 0) yield records;
  }

  /** Buckets that ended after the dashboard was read are covered by the bucket that was open then. */
  async *#readBuckets(stream: string, oldest: number, open: StoredBucket): AsyncGenerator<StoredBucket> {
    for (let from = Math.max(1, oldest); from < open.at;) {
      const [start, end] = [`${from}-0`, `${open.at - 1}-0`];
      const found = await this.session.call(
        (client) => client.xrange(stream, start, end, 'COUNT', BUCKETS_PER_READ) as Promise<StreamEntry[]>,
      );
      for (const bucket of found.map(decodeBucket)) {
        from = bucket.at + 1;
        yield bucket;
      }
      if (found.length < BUCKETS_PER_READ) break;
    }
    if (open.at >= oldest) yield open;
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
          client.xrange(stream, start, `${revision}-0`, 'COUNT', LEDGER_ENTRIES_PER_READ) as Promise<StreamEntry[]>,
      );
      const records: ExportRecord[] = [];
      for (const ledger of found.map(decodeLedgerEntry)) {
        from = ledger.revision + 1;
        if (ledger.at >= oldestEntry.at) records.push({ ledger });
      }
      if (records.length > 0) yield records;
      if (found.length < LEDGER_ENTRIES_PER_READ) return;
    }
  }

  /** Idempotency keys by time, and by name where times are equal. */
  async *#readKeys(dashboard: ExportedDashboard, { oldestKey }: RetentionWindow): AsyncGenerator<ExportRecord[]> {
    let records: ExportRecord[] = [];
    let keysOfOneTime: ExportedKey[] = [];
    const flushKeysOfOneTime = (): void => {
      const sorted = keysOfOneTime.toSorted((left, right) => (left.key < right.key ? -1 : 1));
      records.push(...sorted.map((key) => ({ key })));
      keysOfOneTime = [];
    };
    for await (const keys of this.#readKeysByAge(dashboard)) {
      for (const key of keys) {
        if (key.at < oldestKey) continue;
        if (keysOfOneTime[0] && keysOfOneTime[0].at !== key.at) flushKeysOfOneTime();
        keysOfOneTime.push(key);
      }
      if (records.length < RECORDS_PER_BATCH) continue;
      yield records;
      records = [];
    }
    flushKeysOfOneTime();
    if (records.length > 0) yield records;
  }

  /**
   * Idempotency keys in order of use, oldest first. Instances trim the list meanwhile, so positions shift: each read
   * overlaps the previous one and continues after its last key. If the overlap no longer holds that key, it is doubled;
   * if the key has been trimmed as well, the read continues with the oldest one.
   */
  async *#readKeysByAge({ name, revision }: ExportedDashboard): AsyncGenerator<ExportedKey[]> {
    const [agesKey, hashKey] = [
      this.session.keys.toIdempotencyAgesKey(name),
      this.session.keys.toIdempotencyHashKey(name),
    ];
    let [last, index, overlap]: [string | undefined, number, number] = [undefined, 0, 1];
    for (;;) {
      const from = Math.max(0, index - overlap);
      const ages = await this.session.call((client) => client.lrange(agesKey, from, index + KEYS_PER_READ - 1));
      const lastPosition = last === undefined ? -1 : ages.lastIndexOf(last);
      if (lastPosition < 0 && from > 0) {
        overlap *= 2;
        continue;
      }
      const added = ages.slice(lastPosition + 1);
      if (added.length === 0) return;
      [last, index, overlap] = [added.at(-1), from + ages.length, 1];
      yield this.#readReplies(name, hashKey, added, revision);
    }
  }

  /** Skips keys that were used again (their time differs) and keys of changes after the exported revision. */
  async #readReplies(name: string, hashKey: string, ages: readonly string[], revision: number): Promise<ExportedKey[]> {
    const keys = ages.map((text) => text.split(/ (.*)/s, 2));
    const replies = await this.session.call((client) => client.hmget(hashKey, ...keys.map(([, key = '']) => key)));
    return keys.flatMap(([at, key = ''], index) => {
      const [fingerprint = '', usedAt, text = '[]'] = replies[index]?.split(/ (\d+) (.*)/s, 3) ?? [];
      if (usedAt !== at) return [];
      const reply = decodeRedisStoredReply(name, text);
      return reply.outcome && reply.outcome.revision > revision ? [] : [{ key, at: Number(at), fingerprint, reply }];
    });
  }

  /** Fails if the dashboard or a counter was removed during the export, which would make it incomplete. */
  async #assertNotRemoved({ name, counters }: ExportedDashboard, fields: HashFields): Promise<void> {
    const definitionFields = ['epoch', ...counters.map((counter) => `d:${counter.name}`)];
    const current = await this.session.call((client) =>
      client.hmget(this.session.keys.toDashboardKey(name), ...definitionFields),
    );
    const readPosition = (text: string | null | undefined): string | undefined => text?.split(' ', 1)[0];
    if (definitionFields.every((field, index) => readPosition(current[index]) === readPosition(fields[field]))) return;
    throw new Error(`${name} or one of its counters was removed while it was being exported: run the export again`);
  }
}

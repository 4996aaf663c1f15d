/** Exports dashboards from Redis, each as of one revision, while instances keep changing it. */
import { decodeCounter, decodeDashboard, type HashFields } from './hash-codec.js';
import { decodeRedisStoredReply } from './reply-codec.js';
import { ShortSession } from './short-session.js';
import {
  BUCKETS_PER_READ,
  decodeBucket,
  decodeLedgerEntry,
  decodeLevel,
  LEDGER_ENTRIES_PER_READ,
  type StreamEntry,
} from './stream-codec.js';
import type { RedisConnectionOptions } from './connection.js';
import { RULE_FOLDER, toPrefixRange } from '../document-store.js';
import { decodeOwnedKey, EVERYBODY } from '../owned-key.js';
import { type LevelPoint, type Retention, ROWS, type RowStepMs } from '../store.js';
import { PointRunBuilder } from '../point-run-builder.js';
import { getExpiryTime, RetentionWindow } from '../retention-window.js';
import {
  type DashboardExport,
  type ExportedKey,
  type ExportedDashboard,
  type ExportedRule,
  type ExportRecord,
  type LevelRun,
  RECORDS_PER_BATCH,
  StoreExport,
} from '../transfer.port.js';

/** Names of dashboards, and idempotency keys, per round trip. */
const NAMES_PER_READ = 500;
const KEYS_PER_READ = 500;
/** Levels of one run: keeps the lines of an export readable for people. */
const LEVELS_PER_RUN = 200;

/** The stream of one kind of rows. */
interface RowSource {
  readonly stream: string;
  readonly stepMs: RowStepMs;
  readonly window: RetentionWindow;
}

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
    const counters = [...stored.counters].map(([counter, state]) => ({ name: counter, ...state }));
    const rules = await this.#readRules(name, fields['generation'] ?? '');
    const dashboard: ExportedDashboard = { ...stored, counters, ...(rules.length > 0 && { rules }) };
    return { dashboard, readRecords: () => this.#readRecords(dashboard, fields) };
  }

  close(): Promise<void> {
    return this.session.close();
  }

  async #readRules(name: string, generation: string): Promise<ExportedRule[]> {
    const { keys } = this.session;
    const { from, to } = toPrefixRange(RULE_FOLDER);
    const documents = await this.session.call((client) => client.hgetall(keys.toDocumentsKey(name)));
    if (documents['']?.split(' ')[0] !== generation) return [];
    const names = Object.keys(documents).filter((document) => document > from && document < to);
    return names.toSorted().map((document) => ({
      name: document.slice(RULE_FOLDER.length),
      text: documents[document]?.split('\n', 1)[0] ?? '',
    }));
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
    const stored = decodeCounter(counterText);
    const records: ExportRecord[] = [];
    for (const [index, { stepMs }] of ROWS.entries()) {
      const range = { stream: this.session.keys.toPointsKey(dashboard, counter, stepMs), window, stepMs };
      if (stored.kind === 'gauge') {
        const levels: LevelPoint[] = [];
        for await (const level of this.#readRows(range, stored.openBuckets[index], decodeLevel)) levels.push(level);
        records.push(...splitLevels({ counter, stepMs, levels }).map((run) => ({ levels: run })));
        continue;
      }
      const builder = new PointRunBuilder(counter, stepMs);
      for await (const { startTotals, ...bucket } of this.#readRows(range, stored.openBuckets[index], decodeBucket)) {
        const points = builder.push(bucket, startTotals);
        if (points) records.push({ points });
      }
      const points = builder.finish();
      if (points) records.push({ points });
    }
    if (records.length > 0) yield records;
  }

  /**
   * Rows of one kind that have not expired, oldest first. Those that ended after the dashboard was read are covered by
   * the one that was open then.
   */
  async *#readRows<Row extends { readonly at: number }>(
    { stream, window, stepMs }: RowSource,
    open: Row | undefined,
    decode: (entry: StreamEntry) => Row,
  ): AsyncGenerator<Row> {
    if (!open) return;
    const oldest = window.getOldestBucket(stepMs);
    for (let from = Math.max(1, oldest); from < open.at;) {
      const [start, end] = [`${from}-0`, `${open.at - 1}-0`];
      const found = await this.session.call(
        (client) => client.xrange(stream, start, end, 'COUNT', BUCKETS_PER_READ) as Promise<StreamEntry[]>,
      );
      for (const row of found.map(decode)) {
        from = row.at + 1;
        yield row;
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

  /** Idempotency keys by their end, and by key and owner where ends are equal. */
  async *#readKeys(dashboard: ExportedDashboard, { nowMs }: RetentionWindow): AsyncGenerator<ExportRecord[]> {
    let records: ExportRecord[] = [];
    let keysOfOneEnd: ExportedKey[] = [];
    const flushKeysOfOneEnd = (): void => {
      records.push(...keysOfOneEnd.toSorted(compareKeys).map((key) => ({ key })));
      keysOfOneEnd = [];
    };
    for await (const keys of this.#readKeysByEnd(dashboard, nowMs)) {
      for (const key of keys) {
        if (keysOfOneEnd[0] && keysOfOneEnd[0].keepUntil !== key.keepUntil) flushKeysOfOneEnd();
        keysOfOneEnd.push(key);
      }
      if (records.length < RECORDS_PER_BATCH) continue;
      yield records;
      records = [];
    }
    flushKeysOfOneEnd();
    if (records.length > 0) yield records;
  }

  /**
   * Idempotency keys in the order of their ends. Instances add and remove keys meanwhile, so positions shift: each read
   * starts with the last end that was seen, and leaves out the keys that were read before.
   */
  async *#readKeysByEnd({ name, revision }: ExportedDashboard, nowMs: number): AsyncGenerator<ExportedKey[]> {
    const { keys } = this.session;
    const [expiryKey, hashKey] = [keys.toIdempotencyExpiryKey(name), keys.toIdempotencyHashKey(name)];
    let [last, read] = [`(${nowMs}`, new Set<string>()];
    for (;;) {
      const from = last;
      const limit = KEYS_PER_READ + read.size;
      const entries = await this.session.call((client) =>
        client.zrangebyscore(expiryKey, from, '+inf', 'WITHSCORES', 'LIMIT', 0, limit),
      );
      const fields = entries.filter((_, index) => index % 2 === 0);
      const added = fields.filter((field) => !read.has(field));
      if (added.length > 0) yield this.#readReplies(name, hashKey, added, revision);
      if (fields.length < limit) return;
      const end = entries.at(-1) ?? '';
      const sameEnd = fields.filter((_, index) => entries[index * 2 + 1] === end);
      read = new Set(last === end ? [...read, ...sameEnd] : sameEnd);
      last = end;
    }
  }

  /** Skips keys that were removed meanwhile, and keys of changes after the exported revision. */
  async #readReplies(name: string, hashKey: string, fields: readonly string[], revision: number) {
    const replies = await this.session.call((client) => client.hmget(hashKey, ...fields));
    return fields.flatMap((field, index): ExportedKey[] => {
      const [, fingerprint = '', at, keepUntil, text = ''] =
        /^(\S+) (\d+) (\d+) (.*)$/s.exec(replies[index] ?? '') ?? [];
      if (fingerprint === '') return [];
      const reply = decodeRedisStoredReply(name, text);
      if (reply.outcome && reply.outcome.revision > revision) return [];
      return [{ ...decodeOwnedKey(field), at: Number(at), keepUntil: Number(keepUntil), fingerprint, reply }];
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

function splitLevels({ levels, ...run }: LevelRun): LevelRun[] {
  const runs: LevelRun[] = [];
  for (let start = 0; start < levels.length; start += LEVELS_PER_RUN)
    runs.push({ ...run, levels: levels.slice(start, start + LEVELS_PER_RUN) });
  return runs;
}

function compareKeys(left: ExportedKey, right: ExportedKey): number {
  if (left.key !== right.key) return left.key < right.key ? -1 : 1;
  return (left.owner ?? EVERYBODY) < (right.owner ?? EVERYBODY) ? -1 : 1;
}

/** Imports a dashboard: stages its data under keys of the import, then puts it in place with one atomic script. */
import { RULE_FOLDER } from '../document-store.js';
import { DATA_FORM, describeOtherForm } from './data-form.js';
import { encodeReckoning } from './day-starts.js';
import { encodeCounter, type StoredBucket, type StoredCounter } from './hash-codec.js';
import { COMPLETE_IMPORT_SCRIPT, STAGE_IMPORT_SCRIPT } from './lua-scripts.js';
import { encodeRedisStoredReply } from './reply-codec.js';
import type { ShortSession } from './short-session.js';
import { encodeOwnedKey } from '../owned-key.js';
import { type LevelPoint, type Retention, ROWS } from '../store.js';
import type {
  DashboardImport,
  ExportedCounter,
  ExportedDashboard,
  ExportRecord,
  DashboardVersion,
  LevelRun,
  PointRun,
} from '../transfer.port.js';

/** Lifetime of staged keys after the last batch: an import that was killed leaves nothing behind for good. */
const STAGED_KEYS_TTL_MS = 86_400_000;
const KEYS_PER_UNLINK = 500;

/** A staged key: its length, which is verified on completion. */
interface StagedKey {
  readonly length: number;
  readonly lengthCommand: 'XLEN' | 'HLEN' | 'ZCARD';
}

/** A connection that repeats commands after transient errors. */
export type StagingSession = Pick<ShortSession, 'keys' | 'call'>;

export class ImportStaging implements DashboardImport {
  readonly #stagedKeys = new Map<string, StagedKey>();
  /** The newest bucket of each counter, and of each gauge, and step. It is open and not in the stream. */
  readonly #openBuckets = new Map<string, StoredBucket>();
  readonly #openLevels = new Map<string, LevelPoint>();
  /** The latest end of the staged keys that belong to everybody, milliseconds since the Unix epoch. */
  #sharedUntil = 0;
  #batchNumber = 0;

  constructor(
    private readonly session: StagingSession,
    private readonly retention: Retention,
    private readonly dashboard: ExportedDashboard,
    private readonly replaced: DashboardVersion | undefined,
    private readonly importId: string,
  ) {}

  /** Staged keys by their final key. */
  get stagedKeys(): ReadonlyMap<string, StagedKey> {
    return this.#stagedKeys;
  }

  /**
   * Returns the fields of counters, with their open buckets, each with its value.
   * @param revision that they begin with: entries up to it cannot be undone
   */
  encodeCounters(counters: readonly ExportedCounter[], revision: number): string[] {
    return counters.flatMap((counter) => [
      `c:${counter.name}`,
      encodeCounter(counter.definition, this.#toStoredCounter(counter)),
      `f:${counter.name}`,
      String(revision),
    ]);
  }

  /** Deletes what an earlier import left behind, and begins. */
  async start(): Promise<void> {
    await this.#deleteStagedKeys();
    const definitions = this.#encodeDefinitions();
    const stage = this.#toStagedKey(this.#dashboardKey);
    await this.session.call((client) =>
      client
        .multi()
        .hset(stage, { run: this.importId, batch: 0, ...definitions })
        .pexpire(stage, STAGED_KEYS_TTL_MS)
        .exec(),
    );
  }

  async add(records: readonly ExportRecord[]): Promise<void> {
    const [ledger, undone, keys]: [string[], string[], string[]] = [[], [], []];
    for (const record of records) {
      if (record.points) await this.#stagePoints(record.points);
      else if (record.levels) await this.#stageLevels(record.levels);
      else if (record.ledger) {
        const { revision, at, changes, key, reason, who, undoes } = record.ledger;
        ledger.push(String(revision), String(at), JSON.stringify({ changes, key, reason, who, undoes }));
        if (undoes !== undefined) undone.push(String(undoes), String(revision));
      } else {
        const { owner, at, keepUntil = at + this.retention.keyTtlMs, fingerprint, reply } = record.key;
        const stored = `${fingerprint} ${at} ${keepUntil} ${encodeRedisStoredReply(reply)}`;
        keys.push(encodeOwnedKey(record.key), stored, String(keepUntil));
        if (owner === undefined) this.#sharedUntil = Math.max(this.#sharedUntil, keepUntil);
      }
    }
    const { name } = this.dashboard;
    if (ledger.length > 0) {
      this.#recordLength(this.session.keys.toLedgerKey(name), ledger.length / 3, 'XLEN');
      await this.#sendBatch('ledger', [this.session.keys.toLedgerKey(name)], ledger);
    }
    if (undone.length > 0) {
      this.#recordLength(this.session.keys.toUndoneKey(name), undone.length / 2, 'ZCARD');
      await this.#sendBatch('undone', [this.session.keys.toUndoneKey(name)], undone);
    }
    if (keys.length > 0) {
      const [hashKey, expiryKey] = [
        this.session.keys.toIdempotencyHashKey(name),
        this.session.keys.toIdempotencyExpiryKey(name),
      ];
      this.#recordLength(hashKey, keys.length / 3, 'HLEN');
      this.#recordLength(expiryKey, keys.length / 3, 'ZCARD');
      await this.#sendBatch('keys', [hashKey, expiryKey], keys);
    }
  }

  /** Adds the name to the index before and after, so that no dashboard is ever missing from it. */
  async complete(epoch: string): Promise<boolean> {
    const { session, dashboard } = this;
    const { keys } = session;
    const { name, settings, version, day, revision, at, counters } = dashboard;
    const size = String(counters.length);
    const header = {
      epoch,
      revision: String(revision),
      at: String(at),
      births: size,
      size,
      form: String(DATA_FORM),
      'shared-until': String(this.#sharedUntil),
      settings: JSON.stringify(settings),
      version: String(version),
      reckoning: encodeReckoning(settings),
      ...(day && { 'day-start': String(day.start), 'day-end': String(day.end) }),
    };
    await this.#sendBatch('fields', [], [...Object.entries(header).flat(), ...this.encodeCounters(counters, revision)]);
    await this.#stageRules();
    // Also where there is no dashboard: an earlier life may have left keys.
    const existing = this.replaced ? await this.#readCounterNames(this.#dashboardKey) : [];
    const allCounters = new Set([...existing, ...counters.map(({ name: counter }) => counter)]);
    const removed = [...keys.listDashboardKeys(name, allCounters), ...this.#documentKeys];
    await session.call((client) => client.zadd(keys.namesKey, 0, name));
    const staged = [...this.#stagedKeys];
    const allKeys = [
      this.#dashboardKey,
      this.#toStagedKey(this.#dashboardKey),
      ...staged.flatMap(([key]) => [this.#toStagedKey(key), key]),
      ...removed,
    ];
    const args = [
      this.importId,
      this.replaced ? formatVersion(this.replaced) : '',
      formatVersion({ epoch, revision, at }),
      keys.toChannel(name),
      JSON.stringify({ epoch, revision }),
      DATA_FORM,
      staged.length,
      ...staged.flatMap(([, { lengthCommand, length }]) => [lengthCommand, length]),
    ];
    const answer = await session.call((client) =>
      client.eval(COMPLETE_IMPORT_SCRIPT, allKeys.length, ...allKeys, ...args),
    );
    if (answer === 'moved') return false;
    this.#assertOk(answer);
    await session.call((client) => client.zadd(keys.namesKey, 0, name));
    return true;
  }

  async abort(): Promise<void> {
    const stagedBy = await this.session.call((client) => client.hget(this.#toStagedKey(this.#dashboardKey), 'run'));
    if (stagedBy === this.importId) await this.#deleteStagedKeys();
  }

  /** Stages rules as documents of version 1. */
  async #stageRules(): Promise<void> {
    const { name, rules = [] } = this.dashboard;
    if (rules.length === 0) return;
    const fields = rules.flatMap((rule) => [RULE_FOLDER + rule.name, rule.text, '0']);
    const [documents, names] = this.#documentKeys;
    const count = rules.length + 1;
    this.#recordLength(documents, count, 'HLEN');
    this.#recordLength(names, count, 'ZCARD');
    // An imported dashboard has no generation. Batches of keys go to a hash and a sorted set as well.
    await this.#sendBatch('keys', this.#documentKeys, ['', ' 1', '0', ...fields]);
    await this.session.call((client) => client.zadd(this.session.keys.documentedKey, 0, name));
  }

  get #documentKeys(): [documents: string, names: string] {
    const { keys } = this.session;
    return [keys.toDocumentsKey(this.dashboard.name), keys.toDocumentNamesKey(this.dashboard.name)];
  }

  /** Stages buckets that have ended: each one, when the next bucket of its counter and step is there. */
  async #stagePoints({ counter, stepMs, startTotals, buckets }: PointRun): Promise<void> {
    const series = `${counter} ${stepMs}`;
    const args: string[] = [];
    let open = this.#openBuckets.get(series);
    let start = startTotals;
    for (const bucket of buckets) {
      if (open) {
        const { at, added, removed } = open;
        args.push(...[at, added, removed, open.startTotals.added, open.startTotals.removed].map(String));
      }
      open = { ...bucket, startTotals: start };
      start = bucket;
    }
    if (open) this.#openBuckets.set(series, open);
    if (args.length === 0) return;
    const stream = this.session.keys.toPointsKey(this.dashboard.name, counter, stepMs);
    this.#recordLength(stream, args.length / 5, 'XLEN');
    await this.#sendBatch('points', [stream], args);
  }

  /** As {@link #stagePoints}, of a gauge. */
  async #stageLevels({ counter, stepMs, levels }: LevelRun): Promise<void> {
    const series = `${counter} ${stepMs}`;
    const open = this.#openLevels.get(series);
    const ended = [...(open ? [open] : []), ...levels];
    const last = ended.pop();
    if (last) this.#openLevels.set(series, last);
    if (ended.length === 0) return;
    const stream = this.session.keys.toPointsKey(this.dashboard.name, counter, stepMs);
    this.#recordLength(stream, ended.length, 'XLEN');
    const args = ended.flatMap(({ at, value, least, most }) => [at, value, least, most].map(String));
    await this.#sendBatch('levels', [stream], args);
  }

  #toStoredCounter({ name, definition, value, added, removed }: ExportedCounter): StoredCounter {
    const findOpen = <T>(open: ReadonlyMap<string, T>) => ROWS.map(({ stepMs }) => open.get(`${name} ${stepMs}`));
    const counter = { value, totals: { added, removed } };
    return definition.kind === 'gauge'
      ? { kind: 'gauge', ...counter, openBuckets: findOpen(this.#openLevels) }
      : { kind: 'counter', ...counter, openBuckets: findOpen(this.#openBuckets) };
  }

  #encodeDefinitions(): Record<string, string> {
    const definitions = this.dashboard.counters.map(({ name, definition }, index) => {
      return [`d:${name}`, `${index + 1} ${JSON.stringify(definition)}`] as const;
    });
    return Object.fromEntries(definitions);
  }

  #recordLength(key: string, count: number, lengthCommand: StagedKey['lengthCommand']): void {
    const { length } = this.#stagedKeys.get(key) ?? { length: 0 };
    this.#stagedKeys.set(key, { length: length + count, lengthCommand });
  }

  async #sendBatch(
    kind: 'ledger' | 'undone' | 'points' | 'levels' | 'keys' | 'fields',
    keys: readonly string[],
    args: readonly string[],
  ) {
    this.#batchNumber += 1;
    const staged = [this.#dashboardKey, ...keys].map((key) => this.#toStagedKey(key));
    const header = [this.importId, this.#batchNumber, STAGED_KEYS_TTL_MS, kind];
    this.#assertOk(
      await this.session.call((client) =>
        client.eval(STAGE_IMPORT_SCRIPT, staged.length, ...staged, ...header, ...args),
      ),
    );
  }

  #assertOk(answer: unknown): void {
    const { name } = this.dashboard;
    if (answer === 'ok') return;
    const [, form] = /^form (.*)$/.exec(String(answer)) ?? [];
    if (form !== undefined) throw new Error(describeOtherForm(name, form));
    if (answer === 'other') throw new Error(`another import of ${name} has started; this one has stopped`);
    throw new Error(
      `Redis has lost staged data of ${name}: check its memory and its eviction policy, then run the import again`,
    );
  }

  /** Names of the counters of a dashboard, or of a staged one. */
  async #readCounterNames(key: string): Promise<string[]> {
    const fields = await this.session.call((client) => client.hkeys(key));
    return fields.filter((field) => field.startsWith('d:')).map((field) => field.slice(2));
  }

  async #deleteStagedKeys(): Promise<void> {
    const { name } = this.dashboard;
    const counters = await this.#readCounterNames(this.#toStagedKey(this.#dashboardKey));
    const all = [...this.session.keys.listDashboardKeys(name, counters), ...this.#documentKeys].map((key) =>
      this.#toStagedKey(key),
    );
    for (let from = 0; from < all.length; from += KEYS_PER_UNLINK) {
      await this.session.call((client) => client.unlink(...all.slice(from, from + KEYS_PER_UNLINK)));
    }
  }

  get #dashboardKey(): string {
    return this.session.keys.toDashboardKey(this.dashboard.name);
  }

  #toStagedKey(key: string): string {
    return this.session.keys.toStagedKey(this.dashboard.name, key);
  }
}

function formatVersion({ epoch, revision, at }: DashboardVersion): string {
  return `${epoch} ${revision} ${at}`;
}

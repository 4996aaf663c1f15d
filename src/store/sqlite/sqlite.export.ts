/** Exports dashboards from the database file, all from one moment of it, while the service may be running. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CounterTotals } from '../../counters/counters.js';
import {
  COUNTER_COLUMNS,
  type CounterRow,
  DASHBOARD_COLUMNS,
  type DashboardRow,
  parseCounterRow,
  parseDashboardRow,
  parseLedgerRow,
  KEY_COLUMNS,
  type KeyRow,
  LEDGER_COLUMNS,
  type LedgerRow,
  TOTALS_COLUMNS,
  parseTotalsRow,
  type TotalsRow,
} from './row-types.js';
import { type Database, getDatabasePath, checkDatabase, type Statement } from './database.js';
import { assertReadable } from './directory-faults.js';
import { createLevelReader, type RowReader } from './row-reader.js';
import { openSnapshotCopy } from './snapshot-copy.js';
import { parseKeyRow } from './reply-codec.js';
import { decodeInteger, decodeRow, decodeText, integerColumn, type StoredText, textColumn } from './text-decoder.js';
import { StoreOpenError } from '../store-open.error.js';
import { type LevelPoint, type Retention, ROWS } from '../store.js';
import { MAX_BUCKETS_PER_RUN, PointRunBuilder } from '../point-run-builder.js';
import { getExpiryTime, RetentionWindow } from '../retention-window.js';
import { RULE_FOLDER, toPrefixRange } from '../document-store.js';
import {
  type DashboardExport,
  type ExportedCounter,
  type ExportedDashboard,
  type ExportedRule,
  type ExportRecord,
  RECORDS_PER_BATCH,
  StoreExport,
} from '../transfer.port.js';

type BucketRow = TotalsRow & { at: number | null };

interface CounterWithId {
  readonly id: number;
  readonly counter: ExportedCounter;
}

export class SqliteExport extends StoreExport {
  readonly #database: Database.Database;
  readonly #selectNames: Statement;
  readonly #selectDashboard: Statement;
  readonly #selectCounters: Statement;
  readonly #selectSums: Statement;
  readonly #selectPoints: Statement;
  readonly #levels: RowReader<LevelPoint>;
  readonly #selectLedger: Statement;
  readonly #selectKeys: Statement;
  readonly #selectRules: Statement;

  /** @throws StoreOpenError if there is no store in the directory, or if it cannot be read */
  constructor(
    directory: string,
    private readonly retention: Retention,
  ) {
    super();
    const file = getDatabasePath(directory);
    assertReadable(file);
    if (!existsSync(file)) {
      throw new StoreOpenError(`there is no store in ${resolve(directory)}: specify the data directory of the service`);
    }
    checkDatabase(file);
    const database = openSnapshotCopy(file, retention);
    this.#database = database;
    // The keys are sorted in temporary files, because this build of SQLite would sort them in memory.
    database.exec('PRAGMA temp_store=FILE');
    this.#selectNames = database.prepare(
      `SELECT ${textColumn('name')} FROM dashboards WHERE name >= 'a' ORDER BY name`,
    );
    this.#selectDashboard = database.prepare(`SELECT ${DASHBOARD_COLUMNS} FROM dashboards WHERE name = ?`);
    this.#selectCounters = database.prepare(
      `SELECT ${COUNTER_COLUMNS} FROM counters WHERE dashboard = ? AND name >= 'a' ORDER BY id`,
    );
    this.#selectSums = database.prepare(
      `SELECT CAST(coalesce(sum(added), 0) AS TEXT) AS added, CAST(coalesce(sum(removed), 0) AS TEXT) AS removed
       FROM points WHERE counter = ? AND step = ? AND at >= ?`,
    );
    this.#selectPoints = database.prepare(
      `SELECT ${integerColumn('at')}, ${TOTALS_COLUMNS} FROM points WHERE counter = ? AND step = ? AND at >= ? ORDER BY points.at`,
    );
    this.#levels = createLevelReader(database);
    this.#selectLedger = database.prepare(
      `SELECT ${LEDGER_COLUMNS} FROM ledger
       WHERE dashboard = ? AND revision >= ? AND at >= ? ORDER BY ledger.revision`,
    );
    this.#selectRules = database.prepare(
      `SELECT ${textColumn('name')}, ${textColumn('text')} FROM documents
       WHERE dashboard = ? AND documents.name > ? AND documents.name < ? ORDER BY documents.name`,
    );
    // `+keep_until` keeps SQLite from using the index by end, which has the keys of all dashboards.
    this.#selectKeys = database.prepare(
      `SELECT ${KEY_COLUMNS} FROM keys WHERE dashboard = ? AND +keys.keep_until > ?
       ORDER BY +keys.keep_until, keys.key, keys.owner`,
    );
  }

  async *listNames(): AsyncGenerator<string> {
    for (const { name } of this.#selectNames.all() as { name: StoredText }[]) yield decodeText('name', name);
  }

  async readDashboard(name: string): Promise<DashboardExport | undefined> {
    const row = this.#selectDashboard.get(name) as DashboardRow | undefined;
    if (!row) return undefined;
    const rows = this.#selectCounters.all(row.id) as CounterRow[];
    const counters = rows.map((counter) => ({ id: counter.id, counter: parseCounterRow(counter) }));
    const rules = this.#readRules(row.id);
    const dashboard = {
      ...parseDashboardRow(row),
      counters: counters.map(({ counter }) => counter),
      ...(rules.length > 0 && { rules }),
    };
    return { dashboard, readRecords: () => this.#readBatches(row.id, dashboard, counters) };
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  #readRules(id: number): ExportedRule[] {
    const { from, to } = toPrefixRange(RULE_FOLDER);
    const rows = this.#selectRules.all(id, from, to) as { name: StoredText; text: StoredText }[];
    return rows.map(({ name, text }) => ({
      name: decodeText('name', name).slice(RULE_FOLDER.length),
      text: decodeText('text', text),
    }));
  }

  async *#readBatches(id: number, dashboard: ExportedDashboard, counters: readonly CounterWithId[]) {
    let records: ExportRecord[] = [];
    for (const record of this.#readRecords(id, dashboard, counters)) {
      records.push(record);
      if (records.length < RECORDS_PER_BATCH) continue;
      yield records;
      records = [];
    }
    if (records.length > 0) yield records;
  }

  *#readRecords(id: number, dashboard: ExportedDashboard, counters: readonly CounterWithId[]): Generator<ExportRecord> {
    const window = new RetentionWindow(this.retention, getExpiryTime(dashboard, Date.now()), dashboard.revision);
    for (const counter of counters) {
      const isGauge = counter.counter.definition.kind === 'gauge';
      yield* isGauge ? this.#readLevelRuns(counter, window) : this.#readPointRuns(counter, window);
    }
    const { oldestEntry, nowMs } = window;
    for (const row of this.#selectLedger.iterate(id, oldestEntry.revision, oldestEntry.at)) {
      yield { ledger: parseLedgerRow(dashboard.name, row as LedgerRow) };
    }
    for (const row of this.#selectKeys.iterate(id, nowMs)) {
      yield { key: parseKeyRow(dashboard.name, row as KeyRow) };
    }
  }

  /**
   * Rows have the amounts added and removed within a bucket. The last bucket ends with the totals of the counter, from
   * which the totals at the start of the first one follow.
   */
  *#readPointRuns({ id, counter }: CounterWithId, window: RetentionWindow): Generator<ExportRecord> {
    for (const { stepMs } of ROWS) {
      const oldest = window.getOldestBucket(stepMs);
      const describe = (): string => `a point of step ${stepMs} of counter ${counter.name}`;
      const sums = parseTotalsRow(this.#selectSums.get(id, stepMs, oldest) as TotalsRow, describe);
      let before: CounterTotals = { added: counter.added - sums.added, removed: counter.removed - sums.removed };
      const builder = new PointRunBuilder(counter.name, stepMs);
      for (const row of this.#selectPoints.iterate(id, stepMs, oldest)) {
        const { added, removed } = parseTotalsRow(row as BucketRow, describe);
        const at = decodeRow(describe, () => decodeInteger('at', (row as BucketRow).at));
        const bucket = { at, added: before.added + added, removed: before.removed + removed };
        const points = builder.push(bucket, before);
        if (points) yield { points };
        before = bucket;
      }
      const points = builder.finish();
      if (points) yield { points };
    }
  }

  *#readLevelRuns({ id, counter: { name } }: CounterWithId, window: RetentionWindow): Generator<ExportRecord> {
    for (const { stepMs } of ROWS) {
      let levels: LevelPoint[] = [];
      for (const level of this.#levels.iterateFrom(id, stepMs, window.getOldestBucket(stepMs))) {
        levels.push(level);
        if (levels.length < MAX_BUCKETS_PER_RUN) continue;
        yield { levels: { counter: name, stepMs, levels } };
        levels = [];
      }
      if (levels.length > 0) yield { levels: { counter: name, stepMs, levels } };
    }
  }
}

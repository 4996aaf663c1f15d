/** Imports dashboards into the database file, under a staging name until each is complete. */
import type { CounterTotals } from '../../counters/counters.js';
import { toBucketStart } from '../in-process/decide.js';
import { type Database, inTransaction, type OpenDatabase, openDatabase, type Statement } from './database.js';
import { prepareFile } from './prepare-file.js';
import { TombstoneCleaner } from './tombstone-cleaner.js';
import { encodeReplyColumn } from './reply-codec.js';
import { BulkInsert } from './bulk-insert.js';
import { EVERYBODY } from '../owned-key.js';
import type { MigrationSettings } from './schema.js';
import { DASHBOARD_COLUMNS, type DashboardRow, parseDashboardRow } from './row-types.js';
import type { StepMs } from '../store.js';
import {
  type DashboardImport,
  type ExportedDashboard,
  type ExportRecord,
  type DashboardVersion,
  StoreImport,
} from '../transfer.port.js';

/**
 * Prefix of the name of an incomplete dashboard. It sorts before 'a', as the names of tombstones do, so that the next
 * process that opens the file deletes what an interrupted import has left.
 */
const STAGING_PREFIX = '/import/';

export class SqliteImport extends StoreImport {
  readonly #opened: OpenDatabase;
  readonly #selectDashboard: Statement;
  readonly #insertDashboard: Statement;
  readonly #insertCounter: Statement;

  /** @throws StoreOpenError if another process holds the file, or if it cannot be used */
  constructor(
    directory: string,
    private readonly settings: MigrationSettings,
  ) {
    super();
    this.#opened = openDatabase(directory, settings, prepareFile);
    const { database } = this.#opened;
    this.#selectDashboard = database.prepare(`SELECT ${DASHBOARD_COLUMNS} FROM dashboards WHERE name = ?`);
    this.#insertDashboard = database.prepare(
      'INSERT INTO dashboards (name, title, epoch, revision, at) VALUES (?, ?, ?, ?, ?) RETURNING id',
    );
    this.#insertCounter = database.prepare(
      'INSERT INTO counters (dashboard, name, title, unit, added, removed) VALUES (?, ?, ?, ?, ?, ?) RETURNING id',
    );
    deleteTombstones(database);
  }

  async findVersion(name: string): Promise<DashboardVersion | undefined> {
    const row = this.#selectDashboard.get(name) as DashboardRow | undefined;
    return row && parseDashboardRow(row);
  }

  async begin(dashboard: ExportedDashboard): Promise<DashboardImport> {
    const { database } = this.#opened;
    const { name, title, epoch, revision, at } = dashboard;
    const counters = new Map<string, number>();
    let id = 0;
    inTransaction(database, () => {
      id = readId(this.#insertDashboard.get(STAGING_PREFIX + name, title ?? null, epoch, revision, at));
      for (const { name: counter, title: counterTitle, unit, added, removed } of dashboard.counters) {
        const row = this.#insertCounter.get(
          id,
          counter,
          counterTitle ?? null,
          unit ?? null,
          String(added),
          String(removed),
        );
        counters.set(counter, readId(row));
      }
    });
    return new SqliteDashboardImport(database, { id, name }, counters, this.settings.keyTtlMs);
  }

  async close(): Promise<void> {
    this.#opened.close();
  }
}

/** Needs no check of the existing version: the file is locked, so nobody else can have changed it. */
class SqliteDashboardImport implements DashboardImport {
  readonly #insertPoints: BulkInsert;
  readonly #insertLedger: BulkInsert;
  readonly #insertKeys: BulkInsert;
  /** Totals at the end of the last bucket that was added. */
  #lastTotals: CounterTotals = { added: 0n, removed: 0n };

  constructor(
    private readonly database: Database.Database,
    private readonly dashboard: { readonly id: number; readonly name: string },
    private readonly counters: ReadonlyMap<string, number>,
    private readonly keyTtlMs: number,
  ) {
    this.#insertPoints = new BulkInsert(database, 'INSERT INTO points (counter, step, at, value, added, removed)', 6);
    this.#insertLedger = new BulkInsert(
      database,
      'INSERT INTO ledger (dashboard, revision, at, changes, key, reason, who)',
      7,
    );
    this.#insertKeys = new BulkInsert(
      database,
      'INSERT INTO keys (dashboard, key, owner, at, keep_until, fingerprint, reply)',
      7,
    );
  }

  async add(records: readonly ExportRecord[]): Promise<void> {
    const [points, ledger, keys]: unknown[][] = [[], [], []];
    const { id } = this.dashboard;
    for (const record of records) {
      if (record.points) {
        this.#lastTotals = record.points.startTotals;
        const counter = this.counters.get(record.points.counter);
        for (const bucket of record.points.buckets)
          points?.push(...this.#toPointRow(counter, record.points.stepMs, bucket));
      } else if (record.ledger) {
        const { revision, at, changes, key, reason, who } = record.ledger;
        ledger?.push(id, revision, at, JSON.stringify(changes), key ?? null, reason ?? null, who ?? null);
      } else {
        const { key, owner = EVERYBODY, at, keepUntil = at + this.keyTtlMs, fingerprint, reply } = record.key;
        keys?.push(id, key, owner, at, keepUntil, fingerprint, encodeReplyColumn(reply));
      }
    }
    inTransaction(this.database, () => {
      this.#insertPoints.run(points ?? []);
      this.#insertLedger.run(ledger ?? []);
      this.#insertKeys.run(keys ?? []);
    });
  }

  async complete(epoch: string): Promise<boolean> {
    const { id, name } = this.dashboard;
    inTransaction(this.database, () => {
      this.database.prepare(`UPDATE dashboards SET name = '/gone/' || id WHERE name = ?`).run(name);
      this.database.prepare('UPDATE dashboards SET name = ?, epoch = ? WHERE id = ?').run(name, epoch, id);
    });
    return true;
  }

  async abort(): Promise<void> {
    deleteTombstones(this.database);
  }

  #toPointRow(
    counter: number | undefined,
    stepMs: StepMs,
    { at, added, removed }: CounterTotals & { readonly at: number },
  ) {
    const before = this.#lastTotals;
    this.#lastTotals = { added, removed };
    const deltas = [String(added - before.added), String(removed - before.removed)];
    return [counter, stepMs, toBucketStart(at, stepMs), Number(added - removed), ...deltas];
  }
}

/** Deletes incomplete imports and all other tombstones. */
function deleteTombstones(database: Database.Database): void {
  const tombstones = new TombstoneCleaner(database);
  while (inTransaction(database, () => tombstones.deleteSome()));
}

function readId(row: unknown): number {
  return (row as { id: number }).id;
}

/** Imports dashboards into the database file, under a staging name until each is complete. */
import { type Database, inTransaction, type OpenDatabase, openDatabase, type Statement } from './database.js';
import { prepareFile } from './prepare-file.js';
import { STAGING_PREFIX, TombstoneCleaner } from './tombstone-cleaner.js';
import { encodeReplyColumn } from './reply-codec.js';
import { BulkInsert } from './bulk-insert.js';
import { RULE_FOLDER } from '../document-store.js';
import { EVERYBODY } from '../owned-key.js';
import type { MigrationSettings } from './schema.js';
import { SeriesInsert } from './series-insert.js';
import { DASHBOARD_COLUMNS, type DashboardRow, isInDay, parseDashboardRow } from './row-types.js';
import {
  type DashboardImport,
  type ExportedDashboard,
  type ExportRecord,
  type DashboardVersion,
  StoreImport,
} from '../transfer.port.js';

export class SqliteImport extends StoreImport {
  readonly #opened: OpenDatabase;
  readonly #selectDashboard: Statement;
  readonly #insertDashboard: Statement;
  readonly #insertCounter: Statement;
  readonly #insertDocument: Statement;

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
      `INSERT INTO dashboards (name, settings, version, epoch, revision, at, day_start, day_end)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
    );
    this.#insertDocument = database.prepare('INSERT INTO documents (dashboard, name, text) VALUES (?, ?, ?)');
    this.#insertCounter = database.prepare(
      `INSERT INTO counters (dashboard, name, definition, value, added, removed, start_revision)
       VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
    );
    deleteTombstones(database);
  }

  async findVersion(name: string): Promise<DashboardVersion | undefined> {
    const row = this.#selectDashboard.get(name) as DashboardRow | undefined;
    return row && parseDashboardRow(row);
  }

  async begin(dashboard: ExportedDashboard): Promise<DashboardImport> {
    const { database } = this.#opened;
    const { name, settings, version, epoch, revision, at } = dashboard;
    const day = dashboard.day && isInDay(dashboard.day, at) ? dashboard.day : undefined;
    const counters = new Map<string, number>();
    let id = 0;
    inTransaction(database, () => {
      const values = [JSON.stringify(settings), version, epoch, revision, at, day?.start ?? null, day?.end ?? null];
      id = readId(this.#insertDashboard.get(STAGING_PREFIX + name, ...values));
      for (const rule of dashboard.rules ?? []) this.#insertDocument.run(id, RULE_FOLDER + rule.name, rule.text);
      for (const { name: counter, definition, value, added, removed } of dashboard.counters) {
        const level = definition.kind === 'gauge' ? value : null;
        const totals = [String(added), String(removed)];
        counters.set(
          counter,
          readId(this.#insertCounter.get(id, counter, JSON.stringify(definition), level, ...totals, revision)),
        );
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
  readonly #series: SeriesInsert;
  readonly #insertLedger: BulkInsert;
  readonly #insertKeys: BulkInsert;

  constructor(
    private readonly database: Database.Database,
    private readonly dashboard: { readonly id: number; readonly name: string },
    private readonly counters: ReadonlyMap<string, number>,
    private readonly keyTtlMs: number,
  ) {
    this.#series = new SeriesInsert(database);
    this.#insertLedger = new BulkInsert(
      database,
      'INSERT INTO ledger (dashboard, revision, at, changes, key, reason, who, undoes)',
      8,
    );
    this.#insertKeys = new BulkInsert(
      database,
      'INSERT INTO keys (dashboard, key, owner, at, keep_until, fingerprint, reply)',
      7,
    );
  }

  async add(records: readonly ExportRecord[]): Promise<void> {
    const [ledger, keys]: [unknown[], unknown[]] = [[], []];
    const { id } = this.dashboard;
    for (const record of records) {
      if (record.ledger) {
        const { revision, at, changes, key = null, reason = null, who = null, undoes = null } = record.ledger;
        ledger.push(id, revision, at, JSON.stringify(changes), key, reason, who, undoes);
      } else if (record.key) {
        const { key, owner = EVERYBODY, at, keepUntil = at + this.keyTtlMs, fingerprint, reply } = record.key;
        keys.push(id, key, owner, at, keepUntil, fingerprint, encodeReplyColumn(reply));
      }
    }
    inTransaction(this.database, () => {
      this.#series.run(records, this.counters);
      this.#insertLedger.run(ledger);
      this.#insertKeys.run(keys);
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
}

/** Deletes incomplete imports and all other tombstones. */
function deleteTombstones(database: Database.Database): void {
  const tombstones = new TombstoneCleaner(database);
  while (inTransaction(database, () => tombstones.deleteSome()));
}

function readId(row: unknown): number {
  return (row as { id: number }).id;
}

/** Deletes expired and removed data in bounded steps between commits, so that no commit waits for a long deletion. */
import { type Database, inTransaction, type Statement } from './database.js';
import { TombstoneCleaner } from './tombstone-cleaner.js';
import { type Retention, ROWS } from '../store.js';

/** Rows of each kind that one step deletes at most. Bounds the time that a commit waits for a step. */
const EXPIRED_ROWS_PER_STEP = 500;
/** Dashboards whose ledger one step examines at most. */
const LEDGERS_PER_STEP = 50;

export class Expiry {
  readonly #deleteKeys: Statement;
  /** Points and levels. */
  readonly #deleteRows: readonly Statement[];
  readonly #deleteLedger: Statement;
  readonly #selectNextDashboards: Statement;
  readonly #tombstones: TombstoneCleaner;
  /** Id of the dashboard whose ledger was examined last. The ledgers take turns. */
  #lastDashboard = 0;

  constructor(
    private readonly database: Database.Database,
    private readonly retention: Retention,
    hiddenPrefix?: string,
  ) {
    this.#tombstones = new TombstoneCleaner(database, hiddenPrefix);
    this.#deleteKeys = database.prepare(
      `DELETE FROM keys WHERE (dashboard, key, owner) IN
       (SELECT dashboard, key, owner FROM keys WHERE keep_until <= ? ORDER BY keep_until LIMIT ${EXPIRED_ROWS_PER_STEP})`,
    );
    this.#deleteRows = ['points', 'levels'].map((table) =>
      database.prepare(
        `DELETE FROM ${table} WHERE (counter, step, at) IN
         (SELECT counter, step, at FROM ${table} WHERE step = ? AND at <= ? ORDER BY at LIMIT ${EXPIRED_ROWS_PER_STEP})`,
      ),
    );
    this.#deleteLedger = database.prepare(
      `DELETE FROM ledger WHERE dashboard = ?1 AND revision <=
       (SELECT max(revision) FROM
         (SELECT revision, at FROM ledger WHERE dashboard = ?1 ORDER BY revision LIMIT ${EXPIRED_ROWS_PER_STEP})
        WHERE at <= ?2 OR revision <= ?3)`,
    );
    this.#selectNextDashboards = database.prepare(
      `SELECT id, revision FROM dashboards WHERE id > ? AND name >= 'a' ORDER BY id LIMIT ${LEDGERS_PER_STEP}`,
    );
  }

  /**
   * Deletes a bounded number of rows that had expired at `nowMs`, in a transaction of its own.
   * @returns true if more may be expired, so that the next step should follow soon
   */
  runStep(nowMs: number): boolean {
    return inTransaction(this.database, () => this.#deleteExpired(nowMs));
  }

  #deleteExpired(nowMs: number): boolean {
    const deleted = [this.#deleteKeys.run(nowMs).changes];
    for (const { stepMs, keepMs } of ROWS) {
      for (const statement of this.#deleteRows) deleted.push(statement.run(stepMs, nowMs - keepMs - stepMs).changes);
    }
    const dashboards = this.#selectNextDashboards.all(this.#lastDashboard) as { id: number; revision: number }[];
    for (const { id, revision } of dashboards) {
      const lastExpiredRevision = revision - this.retention.maxLedgerEntries;
      deleted.push(this.#deleteLedger.run(id, nowMs - this.retention.ledgerRetentionMs, lastExpiredRevision).changes);
      this.#lastDashboard = id;
    }
    if (dashboards.length < LEDGERS_PER_STEP) this.#lastDashboard = 0;
    const hasTombstones = this.#tombstones.deleteSome();
    return (
      hasTombstones || dashboards.length === LEDGERS_PER_STEP || deleted.some((rows) => rows >= EXPIRED_ROWS_PER_STEP)
    );
  }
}

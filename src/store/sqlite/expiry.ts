/** Forgets what is past its time or was removed, in bounded steps between the groups: never a pause, never a sweep. */
import { type Database, inTransaction, type Statement } from './database.js';
import { TombstoneCleaner } from './tombstone-cleaner.js';
import { BUCKETS, type Retention } from '../store.js';

/** Most rows of a kind that one step deletes: a commit that comes in meanwhile waits for no more than these. */
const EXPIRED_ROWS_PER_STEP = 500;
/** Most dashboards whose ledger one step looks at. */
const LEDGERS_PER_STEP = 50;

export class Expiry {
  readonly #deleteKeys: Statement;
  readonly #deletePoints: Statement;
  readonly #deleteLedger: Statement;
  readonly #selectNextDashboards: Statement;
  readonly #tombstones: TombstoneCleaner;
  /** The ledgers are looked at in turn; this is the dashboard that the last step ended with. */
  #lastDashboard = 0;

  constructor(
    private readonly database: Database.Database,
    private readonly retention: Retention,
    private readonly now: () => number = Date.now,
  ) {
    this.#tombstones = new TombstoneCleaner(database);
    this.#deleteKeys = database.prepare(
      `DELETE FROM keys WHERE (dashboard, key) IN
       (SELECT dashboard, key FROM keys WHERE at <= ? ORDER BY at LIMIT ${EXPIRED_ROWS_PER_STEP})`,
    );
    this.#deletePoints = database.prepare(
      `DELETE FROM points WHERE (counter, step, at) IN
       (SELECT counter, step, at FROM points WHERE step = ? AND at <= ? ORDER BY at LIMIT ${EXPIRED_ROWS_PER_STEP})`,
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
   * Deletes one bounded portion of what is outdated, in a transaction of its own.
   * @returns true when there may be more, and the next step should follow soon.
   */
  runStep(): boolean {
    return inTransaction(this.database, () => this.#deleteExpired());
  }

  #deleteExpired(): boolean {
    const now = this.now();
    const deleted = [this.#deleteKeys.run(now - this.retention.keyTtlMs).changes];
    for (const { stepMs, keepMs } of BUCKETS) {
      deleted.push(this.#deletePoints.run(stepMs, now - keepMs - stepMs).changes);
    }
    const dashboards = this.#selectNextDashboards.all(this.#lastDashboard) as { id: number; revision: number }[];
    for (const { id, revision } of dashboards) {
      const lastExpiredRevision = revision - this.retention.maxLedgerEntries;
      deleted.push(this.#deleteLedger.run(id, now - this.retention.ledgerRetentionMs, lastExpiredRevision).changes);
      this.#lastDashboard = id;
    }
    if (dashboards.length < LEDGERS_PER_STEP) this.#lastDashboard = 0;
    const hasTombstones = this.#tombstones.deleteSome();
    return (
      hasTombstones || dashboards.length === LEDGERS_PER_STEP || deleted.some((rows) => rows >= EXPIRED_ROWS_PER_STEP)
    );
  }
}

/** Forgets what is past its time or was removed, in bounded steps between the groups: never a pause, never a sweep. */
import type { Database, Statement } from './database.js';
import { Gone } from './tombstone-cleaner.js';
import { BUCKETS, type Retention } from '../store.js';

/** Most rows of a kind that one step deletes: a commit that comes in meanwhile waits for no more than these. */
const ROWS_AT_ONCE = 500;
/** Most dashboards whose ledger one step looks at. */
const LEDGERS_AT_ONCE = 50;

export class Expiry {
  readonly #deleteKeys: Statement;
  readonly #deletePoints: Statement;
  readonly #deleteLedger: Statement;
  readonly #nextDashboards: Statement;
  readonly #gone: Gone;
  /** The ledgers are looked at in turn; this is the dashboard that the last step ended with. */
  #lastDashboard = 0;

  constructor(
    private readonly database: Database.Database,
    private readonly retention: Retention,
    private readonly now: () => number = Date.now,
  ) {
    this.#gone = new Gone(database);
    this.#deleteKeys = database.prepare(
      `DELETE FROM keys WHERE (dashboard, key) IN
       (SELECT dashboard, key FROM keys WHERE at <= ? ORDER BY at LIMIT ${ROWS_AT_ONCE})`,
    );
    this.#deletePoints = database.prepare(
      `DELETE FROM points WHERE (counter, step, at) IN
       (SELECT counter, step, at FROM points WHERE step = ? AND at <= ? ORDER BY at LIMIT ${ROWS_AT_ONCE})`,
    );
    this.#deleteLedger = database.prepare(
      `DELETE FROM ledger WHERE dashboard = ?1 AND revision <=
       (SELECT max(revision) FROM
         (SELECT revision, at FROM ledger WHERE dashboard = ?1 ORDER BY revision LIMIT ${ROWS_AT_ONCE})
        WHERE at <= ?2 OR revision <= ?3)`,
    );
    this.#nextDashboards = database.prepare(
      `SELECT id, revision FROM dashboards WHERE id > ? AND name >= 'a' ORDER BY id LIMIT ${LEDGERS_AT_ONCE}`,
    );
  }

  /**
   * Deletes one bounded portion of what is outdated, in a transaction of its own.
   * @returns true when there may be more, and the next step should follow soon.
   */
  step(): boolean {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const more = this.#expire();
      this.database.exec('COMMIT');
      return more;
    } catch (error) {
      if (this.database.inTransaction) this.database.exec('ROLLBACK');
      throw error;
    }
  }

  #expire(): boolean {
    const now = this.now();
    const deleted = [this.#deleteKeys.run(now - this.retention.keyMs).changes];
    for (const { stepMs, keepMs } of BUCKETS) {
      deleted.push(this.#deletePoints.run(stepMs, now - keepMs - stepMs).changes);
    }
    const dashboards = this.#nextDashboards.all(this.#lastDashboard) as { id: number; revision: number }[];
    for (const { id, revision } of dashboards) {
      const lastToGo = revision - this.retention.ledgerEntries;
      deleted.push(this.#deleteLedger.run(id, now - this.retention.ledgerMs, lastToGo).changes);
      this.#lastDashboard = id;
    }
    if (dashboards.length < LEDGERS_AT_ONCE) this.#lastDashboard = 0;
    const cleared = this.#gone.clear();
    return cleared || dashboards.length === LEDGERS_AT_ONCE || deleted.some((rows) => rows >= ROWS_AT_ONCE);
  }
}

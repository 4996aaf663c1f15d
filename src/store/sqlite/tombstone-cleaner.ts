/** Deletes the data of removed dashboards and counters, in bounded steps. */
import type { Database, Statement } from './database.js';

/** Rows of each kind that one step deletes at most. */
const CLEANED_ROWS_PER_STEP = 500;
/** Counters whose points one step looks for at most. */
const CLEANED_COUNTERS_PER_STEP = 50;

/** Tombstones have names that sort before 'a' (statements.ts). No valid name does. */
const SOME_TOMBSTONED_COUNTERS = `(SELECT id FROM counters WHERE name < 'a' LIMIT ${CLEANED_COUNTERS_PER_STEP})`;

export class TombstoneCleaner {
  readonly #selectDashboard: Statement;
  /** Each deletes some rows of a dashboard. Its counters only become tombstones, and are deleted as such later. */
  readonly #cleanDashboard: readonly Statement[];
  readonly #deleteDashboard: Statement;
  readonly #deletePoints: Statement;
  readonly #deleteCounters: Statement;

  constructor(database: Database.Database) {
    this.#selectDashboard = database.prepare("SELECT id FROM dashboards WHERE name < 'a' LIMIT 1");
    this.#cleanDashboard = [
      database.prepare(
        `DELETE FROM ledger WHERE (dashboard, revision) IN
         (SELECT dashboard, revision FROM ledger WHERE dashboard = ? LIMIT ${CLEANED_ROWS_PER_STEP})`,
      ),
      database.prepare(
        `DELETE FROM keys WHERE (dashboard, key, owner) IN
         (SELECT dashboard, key, owner FROM keys WHERE dashboard = ? LIMIT ${CLEANED_ROWS_PER_STEP})`,
      ),
      database.prepare(
        `UPDATE counters SET name = '/gone/' || id WHERE id IN
         (SELECT id FROM counters WHERE dashboard = ? AND name >= 'a' LIMIT ${CLEANED_ROWS_PER_STEP})`,
      ),
    ];
    // The id of a deleted dashboard may be reused, so its row is deleted last.
    this.#deleteDashboard = database.prepare(
      'DELETE FROM dashboards WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM counters WHERE dashboard = ?1)',
    );
    this.#deletePoints = database.prepare(
      `DELETE FROM points WHERE (counter, step, at) IN
       (SELECT counter, step, at FROM points WHERE counter IN ${SOME_TOMBSTONED_COUNTERS} LIMIT ${CLEANED_ROWS_PER_STEP})`,
    );
    this.#deleteCounters = database.prepare(
      `DELETE FROM counters WHERE id IN ${SOME_TOMBSTONED_COUNTERS}
       AND NOT EXISTS (SELECT 1 FROM points WHERE points.counter = counters.id)`,
    );
  }

  /** Runs one step in the transaction of the caller. @returns true if there was something to delete */
  deleteSome(): boolean {
    const deletedRows = this.#deletePoints.run().changes + this.#deleteCounters.run().changes;
    const dashboard = this.#selectDashboard.get() as { id: number } | undefined;
    if (!dashboard) return deletedRows > 0;
    const rowCount = this.#cleanDashboard.reduce((rows, portion) => rows + portion.run(dashboard.id).changes, 0);
    if (rowCount === 0) this.#deleteDashboard.run(dashboard.id);
    return true;
  }
}

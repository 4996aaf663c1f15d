/** Deletes the data of removed dashboards and counters, in bounded steps. */
import type { Database, Statement } from './database.js';

/** Rows of each kind that one step deletes at most. */
const CLEANED_ROWS_PER_STEP = 500;
/** Counters whose points and levels one step looks for at most. */
const CLEANED_COUNTERS_PER_STEP = 50;

/**
 * Prefix of the name of an incomplete dashboard. It sorts before 'a', as the names of tombstones do, so that the next
 * process that opens the file deletes what an interrupted import, or a past that was cut off, has left.
 */
export const STAGING_PREFIX = '/import/';

/** Tombstones have names that sort before 'a' (statements.ts). No valid name does. */
const SOME_TOMBSTONED_COUNTERS = `(SELECT id FROM counters WHERE name < 'a' AND dashboard NOT IN
  (SELECT id FROM dashboards WHERE name < 'a' AND substr(name, 1, length(?1)) = ?1) LIMIT ${CLEANED_COUNTERS_PER_STEP})`;

export class TombstoneCleaner {
  readonly #selectDashboard: Statement;
  /** Each deletes some rows of a dashboard. Its counters only become tombstones, and are deleted as such later. */
  readonly #cleanDashboard: readonly Statement[];
  readonly #deleteDashboard: Statement;
  /** Points and levels. */
  readonly #deleteRows: readonly Statement[];
  readonly #deleteCounters: Statement;

  /** @param hiddenPrefix prefix of dashboards that look like tombstones and are in use: see past-writer.ts */
  constructor(
    database: Database.Database,
    private readonly hiddenPrefix = '/none/',
  ) {
    this.#selectDashboard = database.prepare(
      "SELECT id FROM dashboards WHERE name < 'a' AND substr(name, 1, length(?1)) <> ?1 LIMIT 1",
    );
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
        `DELETE FROM documents WHERE (dashboard, name) IN
         (SELECT dashboard, name FROM documents WHERE dashboard = ? LIMIT ${CLEANED_ROWS_PER_STEP})`,
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
    this.#deleteRows = ['points', 'levels'].map((table) =>
      database.prepare(
        `DELETE FROM ${table} WHERE (counter, step, at) IN
         (SELECT counter, step, at FROM ${table} WHERE counter IN ${SOME_TOMBSTONED_COUNTERS} LIMIT ${CLEANED_ROWS_PER_STEP})`,
      ),
    );
    this.#deleteCounters = database.prepare(
      `DELETE FROM counters WHERE id IN ${SOME_TOMBSTONED_COUNTERS}
       AND NOT EXISTS (SELECT 1 FROM points WHERE points.counter = counters.id)
       AND NOT EXISTS (SELECT 1 FROM levels WHERE levels.counter = counters.id)`,
    );
  }

  /** Runs one step in the transaction of the caller. @returns true if there was something to delete */
  deleteSome(): boolean {
    const statements = [...this.#deleteRows, this.#deleteCounters];
    const deletedRows = statements.reduce((rows, statement) => rows + statement.run(this.hiddenPrefix).changes, 0);
    const dashboard = this.#selectDashboard.get(this.hiddenPrefix) as { id: number } | undefined;
    if (!dashboard) return deletedRows > 0;
    const rowCount = this.#cleanDashboard.reduce((rows, portion) => rows + portion.run(dashboard.id).changes, 0);
    if (rowCount === 0) this.#deleteDashboard.run(dashboard.id);
    return true;
  }
}

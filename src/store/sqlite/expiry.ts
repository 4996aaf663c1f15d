/** Deletes expired and removed data in bounded steps between commits, so that no commit waits for a long deletion. */
import { type Database, inTransaction, type Statement } from './database.js';
import { TombstoneCleaner } from './tombstone-cleaner.js';
import { type Retention, ROWS } from '../store.js';

/** Rows of each kind that one step deletes at most. Bounds the time that a commit waits for a step. */
const EXPIRED_ROWS_PER_STEP = 500;
/** Ledgers that one step examines at most, and ledgers that it deletes from at most. */
const LEDGERS_PER_STEP = 50;

export class Expiry {
  readonly #deleteKeys: Statement;
  /** Points and levels. */
  readonly #deleteRows: readonly Statement[];
  readonly #deleteLedger: Statement;
  readonly #selectLast: Statement;
  readonly #selectOverdue: Statement;
  readonly #tombstones: TombstoneCleaner;
  /**
   * Id of the dashboard whose ledger was examined last. The ledgers take turns, a step each second: to examine all of
   * 10,000 every second would take 4 % of a core for good, and readers see no expired entry anyway.
   */
  #lastDashboard = 0;
  /** Ids of dashboards whose ledgers have expired entries, in the order of their turns. */
  readonly #overdue = new Set<number>();

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
        WHERE at <= ?2 OR revision <= (SELECT revision FROM dashboards WHERE id = ?1) - ?3)`,
    );
    this.#selectLast = database.prepare(
      `SELECT max(id) AS id, count(*) AS dashboards FROM
       (SELECT id FROM dashboards WHERE id > ? AND name >= 'a' ORDER BY id LIMIT ${LEDGERS_PER_STEP})`,
    );
    this.#selectOverdue = database.prepare(
      `SELECT id FROM dashboards WHERE id > ?1 AND id <= ?2 AND name >= 'a' AND EXISTS
       (SELECT 1 FROM
         (SELECT revision AS oldest, at FROM ledger WHERE dashboard = dashboards.id ORDER BY revision LIMIT 1) AS entry
        WHERE entry.at <= ?3 OR entry.oldest <= dashboards.revision - ?4)`,
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
    this.#deleteLedgers(nowMs);
    const hasTombstones = this.#tombstones.deleteSome();
    return hasTombstones || this.#overdue.size > 0 || deleted.some((rows) => rows >= EXPIRED_ROWS_PER_STEP);
  }

  /** A ledger that has more expired entries than one step deletes gets its next turn before others are examined. */
  #deleteLedgers(nowMs: number): void {
    const expiredAt = nowMs - this.retention.ledgerRetentionMs;
    const { maxLedgerEntries } = this.retention;
    if (this.#overdue.size < LEDGERS_PER_STEP) this.#examineLedgers(expiredAt);
    for (const id of [...this.#overdue].slice(0, LEDGERS_PER_STEP)) {
      this.#overdue.delete(id);
      const { changes } = this.#deleteLedger.run(id, expiredAt, maxLedgerEntries);
      if (changes >= EXPIRED_ROWS_PER_STEP) this.#overdue.add(id);
    }
  }

  #examineLedgers(expiredAt: number): void {
    const examined = this.#selectLast.get(this.#lastDashboard) as { id: number | null; dashboards: number };
    const range = [this.#lastDashboard, examined.id ?? 0, expiredAt, this.retention.maxLedgerEntries] as const;
    for (const { id } of this.#selectOverdue.all(...range) as { id: number }[]) this.#overdue.add(id);
    this.#lastDashboard = examined.dashboards < LEDGERS_PER_STEP ? 0 : (examined.id ?? 0);
  }
}

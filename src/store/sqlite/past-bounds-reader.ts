/** Finds where the past of a dashboard begins in the database file, in the read transaction of the caller. */
import { findPosition, type LedgerPosition, type PastBounds } from '../past-bounds.js';
import { ROWS } from '../store.js';
import type { Database, Statement } from './database.js';
import { LEDGER_COLUMNS, type LedgerRow, parseLedgerRow } from './row-types.js';
import { decodeInteger, decodeRow, decodeText, integerColumn, type StoredText, textColumn } from './text-decoder.js';

interface PositionRow {
  readonly revision: number | null;
  readonly at: number | null;
}

export class PastBoundsReader {
  readonly #selectEpoch: Statement;
  readonly #selectOldest: Statement;
  readonly #selectNewest: Statement;
  readonly #selectFirstPoint: Statement;
  readonly #selectFirstLevel: Statement;

  constructor(database: Database.Database) {
    this.#selectEpoch = database.prepare(`SELECT ${textColumn('epoch')} FROM dashboards WHERE id = ?`);
    this.#selectOldest = database.prepare(
      `SELECT ${LEDGER_COLUMNS} FROM ledger WHERE dashboard = ? ORDER BY ledger.revision LIMIT 1`,
    );
    this.#selectNewest = database.prepare(
      `SELECT ${integerColumn('revision')}, ${integerColumn('at')} FROM ledger
       WHERE dashboard = ? AND revision <= ? ORDER BY ledger.revision DESC LIMIT 1`,
    );
    const selectFirst = (table: string): Statement =>
      database.prepare(
        `SELECT ${integerColumn('at')} FROM ${table} WHERE counter = ? AND step = ? ORDER BY ${table}.at LIMIT 1`,
      );
    this.#selectFirstPoint = selectFirst('points');
    this.#selectFirstLevel = selectFirst('levels');
  }

  /** @throws TallyError `data-damaged` */
  readLedger(dashboard: string, dashboardId: number, moments: readonly number[]): Omit<PastBounds, 'firstRows'> {
    const { epoch } = this.#selectEpoch.get(dashboardId) as { epoch: StoredText | null };
    const oldestRow = this.#selectOldest.get(dashboardId) as LedgerRow | undefined;
    const oldestEntry = oldestRow && parseLedgerRow(dashboard, oldestRow);
    const read = (revision: number): LedgerPosition | undefined => this.#readPosition(dashboard, dashboardId, revision);
    const range = { oldest: oldestEntry?.revision ?? 1, newest: read(Number.MAX_SAFE_INTEGER)?.revision ?? 0 };
    const positions = moments.map((atMs) => {
      const search = findPosition(atMs, range);
      let step = search.next();
      while (!step.done) step = search.next(read(step.value));
      return step.value;
    });
    return {
      epoch: decodeRow(
        () => `row ${dashboardId} of dashboards`,
        () => decodeText('epoch', epoch),
      ),
      oldestEntry,
      positions,
    };
  }

  /** Returns the start of the oldest row of each kind. @throws TallyError `data-damaged` */
  findFirstRows(counterId: number, isGauge: boolean): readonly (number | undefined)[] {
    const select = isGauge ? this.#selectFirstLevel : this.#selectFirstPoint;
    return ROWS.map(({ stepMs }) => {
      const row = select.get(counterId, stepMs) as Pick<PositionRow, 'at'> | undefined;
      if (!row) return undefined;
      return decodeRow(
        () => `the oldest row of step ${stepMs} of counter ${counterId}`,
        () => decodeInteger('at', row.at),
      );
    });
  }

  #readPosition(dashboard: string, dashboardId: number, revision: number): LedgerPosition | undefined {
    const row = this.#selectNewest.get(dashboardId, revision) as PositionRow | undefined;
    if (!row) return undefined;
    return decodeRow(
      () => `revision ${row.revision} in the ledger of dashboard ${dashboard}`,
      () => ({ revision: decodeInteger('revision', row.revision), at: decodeInteger('at', row.at) }),
    );
  }
}

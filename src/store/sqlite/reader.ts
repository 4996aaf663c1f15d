/** Reads ledger and points from the database file, each call from one moment of it. */
import { refuseUnknownCounter } from '../../counters/counters.js';
import {
  createTallyError,
  LEDGER_PAGE_BYTES,
  createTooManyPointsRefusal,
  createUnknownDashboardRefusal,
} from '../in-process/decide.js';
import {
  parseLedgerRow,
  LEDGER_COLUMNS,
  type LedgerRow,
  TOTALS_COLUMNS,
  parseTotalsRow,
  type TotalsRow,
} from './row-types.js';
import { decodeInteger, decodeRow, integerColumn } from './text-decoder.js';
import { type Database, inReadTransaction, type Statement } from './database.js';
import { BUCKETS, type LedgerEntry, MAX_POINTS, type Point, type CounterSeries, type StepMs } from '../store.js';

type ValuePointRow = TotalsRow & { at: number | null; value: number | null };

const POINT_COLUMNS = `${integerColumn('at')}, ${integerColumn('value')}, ${TOTALS_COLUMNS}`;

export class SqliteReader {
  readonly #selectDashboard: Statement;
  readonly #selectCounter: Statement;
  readonly #selectLedger: Statement;
  readonly #selectNewestBefore: Statement;
  readonly #selectPoints: Statement;

  constructor(private readonly database: Database.Database) {
    this.#selectDashboard = database.prepare('SELECT id FROM dashboards WHERE name = ?');
    this.#selectCounter = database.prepare(
      `SELECT id, ${TOTALS_COLUMNS} FROM counters WHERE dashboard = ? AND name = ?`,
    );
    this.#selectLedger = database.prepare(
      `SELECT ${LEDGER_COLUMNS} FROM
       (SELECT *, sum(length(changes)) OVER (ORDER BY revision) - length(changes) AS before FROM
        (SELECT * FROM ledger WHERE dashboard = ? AND revision > ? ORDER BY revision LIMIT ?))
       AS page WHERE before < ${LEDGER_PAGE_BYTES} ORDER BY page.revision`,
    );
    this.#selectNewestBefore = database.prepare(
      `SELECT ${POINT_COLUMNS} FROM points WHERE counter = ? AND step = ? AND at <= ? ORDER BY points.at DESC LIMIT 1`,
    );
    this.#selectPoints = database.prepare(
      `SELECT ${POINT_COLUMNS} FROM points WHERE counter = ? AND step = ? AND at >= ? AND at < ? ORDER BY points.at LIMIT ?`,
    );
  }

  readLedger(dashboard: string, after: number, limit: number): LedgerEntry[] {
    return inReadTransaction(this.database, () => {
      const rows = this.#selectLedger.all(this.#findDashboardId(dashboard), after, limit) as LedgerRow[];
      return rows.map((row) => parseLedgerRow(dashboard, row));
    });
  }

  readPoints(
    dashboard: string,
    counters: readonly string[],
    stepMs: StepMs,
    from: number,
    to: number,
  ): Map<string, CounterSeries> {
    return inReadTransaction(this.database, () => {
      const dashboardId = this.#findDashboardId(dashboard);
      const series = new Map<string, CounterSeries>();
      let remaining = MAX_POINTS;
      for (const counter of counters) {
        const row = this.#selectCounter.get(dashboardId, counter) as (TotalsRow & { id: number }) | undefined;
        if (!row) throw createTallyError(refuseUnknownCounter(dashboard, counter));
        const rows = this.#selectPoints.all(row.id, stepMs, from, to, remaining + 1) as ValuePointRow[];
        const points = rows.map((point) => parseStoredPoint(row.id, stepMs, point));
        remaining -= points.length;
        if (remaining < 0) throw createTallyError(createTooManyPointsRefusal());
        series.set(counter, {
          before: this.#findNewestBefore(row.id, from),
          points,
          totals: parseTotalsRow(row, () => `row ${row.id} of counters`),
        });
      }
      return series;
    });
  }

  /**
   * Compares the steps: a coarse one has the same change in a bucket that began earlier, a fine one may have expired.
   */
  #findNewestBefore(counterId: number, from: number): Point | undefined {
    let newest: Point | undefined;
    for (const { stepMs } of BUCKETS) {
      const row = this.#selectNewestBefore.get(counterId, stepMs, from - stepMs) as ValuePointRow | undefined;
      if (!row) continue;
      const point = parseStoredPoint(counterId, stepMs, row);
      if (!newest || point.at > newest.at) newest = point;
    }
    return newest;
  }

  #findDashboardId(name: string): number {
    const row = this.#selectDashboard.get(name) as { id: number } | undefined;
    if (!row) throw createTallyError(createUnknownDashboardRefusal(name));
    return row.id;
  }
}

function parseStoredPoint(counterId: number, stepMs: StepMs, { at, value, ...row }: ValuePointRow): Point {
  const describe = (): string => `point ${at} of step ${stepMs} of counter ${counterId}`;
  const totals = parseTotalsRow(row, describe);
  return decodeRow(describe, () => ({ at: decodeInteger('at', at), value: decodeInteger('value', value), ...totals }));
}

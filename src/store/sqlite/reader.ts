/** Reads ledger and points from the file, each call from one moment of it. */
import { unknownCounter } from '../../counters/counters.js';
import { errorOf, LEDGER_PAGE_BYTES, tooManyPoints, unknownDashboard } from '../in-process/decide.js';
import { entryOf, LEDGER, type LedgerRow, TOTALS, totalsOf, type TotalsRow } from './row-types.js';
import type { Database, Statement } from './database.js';
import { BUCKETS, type LedgerEntry, MAX_POINTS, type Point, type Series, type StepMs } from '../store.js';

type PointRow = TotalsRow & { at: number; value: number };

const POINT = `at, value, ${TOTALS}`;

export class SqliteReader {
  readonly #dashboard: Statement;
  readonly #counter: Statement;
  readonly #ledger: Statement;
  readonly #before: Statement;
  readonly #points: Statement;

  constructor(private readonly database: Database.Database) {
    this.#dashboard = database.prepare('SELECT id FROM dashboards WHERE name = ?');
    this.#counter = database.prepare(`SELECT id, ${TOTALS} FROM counters WHERE dashboard = ? AND name = ?`);
    this.#ledger = database.prepare(
      `SELECT ${LEDGER} FROM
       (SELECT *, sum(length(changes)) OVER (ORDER BY revision) - length(changes) AS before FROM
        (SELECT * FROM ledger WHERE dashboard = ? AND revision > ? ORDER BY revision LIMIT ?))
       WHERE before < ${LEDGER_PAGE_BYTES} ORDER BY revision`,
    );
    this.#before = database.prepare(
      `SELECT ${POINT} FROM points WHERE counter = ? AND step = ? AND at <= ? ORDER BY at DESC LIMIT 1`,
    );
    this.#points = database.prepare(
      `SELECT ${POINT} FROM points WHERE counter = ? AND step = ? AND at >= ? AND at < ? ORDER BY at LIMIT ?`,
    );
  }

  ledger(dashboard: string, after: number, limit: number): LedgerEntry[] {
    return this.#atOneMoment(() => {
      return (this.#ledger.all(this.#dashboardId(dashboard), after, limit) as LedgerRow[]).map(entryOf);
    });
  }

  points(
    dashboard: string,
    counters: readonly string[],
    stepMs: StepMs,
    from: number,
    to: number,
  ): Map<string, Series> {
    return this.#atOneMoment(() => {
      const dashboardId = this.#dashboardId(dashboard);
      const series = new Map<string, Series>();
      let left = MAX_POINTS;
      for (const counter of counters) {
        const row = this.#counter.get(dashboardId, counter) as (TotalsRow & { id: number }) | undefined;
        if (!row) throw errorOf(unknownCounter(dashboard, counter));
        const points = (this.#points.all(row.id, stepMs, from, to, left + 1) as PointRow[]).map(pointOf);
        left -= points.length;
        if (left < 0) throw errorOf(tooManyPoints());
        series.set(counter, { before: this.#beforeOf(row.id, from), points, totals: totalsOf(row) });
      }
      return series;
    });
  }

  /** The finest step that still reaches back has the newest: coarser ones have the same change in a bucket that began earlier. */
  #beforeOf(counterId: number, from: number): Point | undefined {
    let newest: Point | undefined;
    for (const { stepMs } of BUCKETS) {
      const row = this.#before.get(counterId, stepMs, from - stepMs) as PointRow | undefined;
      if (row && (!newest || row.at > newest.at)) newest = pointOf(row);
    }
    return newest;
  }

  #dashboardId(name: string): number {
    const row = this.#dashboard.get(name) as { id: number } | undefined;
    if (!row) throw errorOf(unknownDashboard(name));
    return row.id;
  }

  #atOneMoment<T>(read: () => T): T {
    this.database.exec('BEGIN');
    try {
      return read();
    } finally {
      this.database.exec('COMMIT');
    }
  }
}

function pointOf({ at, value, ...row }: PointRow): Point {
  return { at, value, ...totalsOf(row) };
}

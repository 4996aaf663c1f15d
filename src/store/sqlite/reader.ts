/** Reads ledger, points and sums from the database file, each call from one moment of it. */
import { type CounterTotals, refuseUnknownCounter } from '../../counters/counters.js';
import {
  assertSumCount,
  createTallyError,
  createTooManyPointsRefusal,
  createUnknownDashboardRefusal,
} from '../in-process/decide.js';
import { TOTALS_COLUMNS, parseTotalsRow, type TotalsRow } from './row-types.js';
import type { LedgerMatches, LedgerSearch } from '../ledger-search.js';
import { type Database, inReadTransaction, type Statement } from './database.js';
import { LedgerReader } from './ledger-reader.js';
import { createLevelReader, createPointReader, type RowReader } from './row-reader.js';
import { PastBoundsReader } from './past-bounds-reader.js';
import { SumReader } from './sum-reader.js';
import type { PastBounds } from '../past-bounds.js';
import {
  type CounterSums,
  type GaugeLevels,
  type LevelPoint,
  MAX_POINTS,
  type Point,
  type RowRange,
  type Series,
  type StepMs,
} from '../store.js';

interface FoundCounter {
  readonly id: number;
  readonly isGauge: boolean;
  readonly totals: CounterTotals;
}

export class SqliteReader {
  readonly #selectDashboard: Statement;
  readonly #selectCounter: Statement;
  readonly #ledger: LedgerReader;
  readonly #points: RowReader<Point>;
  readonly #levels: RowReader<LevelPoint>;
  readonly #sums: SumReader;
  readonly #pastBounds: PastBoundsReader;

  constructor(private readonly database: Database.Database) {
    this.#selectDashboard = database.prepare('SELECT id FROM dashboards WHERE name = ?');
    this.#selectCounter = database.prepare(
      `SELECT id, value IS NOT NULL AS isGauge, ${TOTALS_COLUMNS} FROM counters WHERE dashboard = ? AND name = ?`,
    );
    this.#ledger = new LedgerReader(database);
    this.#points = createPointReader(database);
    this.#levels = createLevelReader(database);
    this.#sums = new SumReader(database, this.#points, this.#levels);
    this.#pastBounds = new PastBoundsReader(database);
  }

  searchLedger(dashboard: string, search: LedgerSearch): LedgerMatches {
    return inReadTransaction(this.database, () =>
      this.#ledger.search(this.#findDashboardId(dashboard), dashboard, search),
    );
  }

  readPoints(
    dashboard: string,
    counters: readonly string[],
    stepMs: StepMs,
    from: number,
    to: number,
  ): Map<string, Series> {
    return inReadTransaction(this.database, () => {
      const series = new Map<string, Series>();
      let remaining = MAX_POINTS;
      for (const [counter, found] of this.#findCounters(dashboard, counters)) {
        const next = this.#readSeries(found, stepMs, from, to, remaining + 1);
        remaining -= next.points.length;
        if (remaining < 0) throw createTallyError(createTooManyPointsRefusal());
        series.set(counter, next);
      }
      return series;
    });
  }

  readSums(
    dashboard: string,
    counters: readonly string[],
    ranges: readonly RowRange[],
  ): Map<string, CounterSums | GaugeLevels> {
    assertSumCount(counters.length * ranges.length);
    return inReadTransaction(this.database, () => {
      const sums = new Map<string, CounterSums | GaugeLevels>();
      for (const [counter, { id, isGauge, totals }] of this.#findCounters(dashboard, counters)) {
        sums.set(counter, isGauge ? this.#sums.readLevels(id, ranges) : this.#sums.sumPoints(id, totals, ranges));
      }
      return sums;
    });
  }

  readPastBounds(dashboard: string, counters: readonly string[], moments: readonly number[]): PastBounds {
    return inReadTransaction(this.database, () => {
      const bounds = this.#pastBounds.readLedger(dashboard, this.#findDashboardId(dashboard), moments);
      const firstRows = new Map<string, readonly (number | undefined)[]>();
      for (const [counter, { id, isGauge }] of this.#findCounters(dashboard, counters))
        firstRows.set(counter, this.#pastBounds.findFirstRows(id, isGauge));
      return { ...bounds, firstRows };
    });
  }

  #readSeries({ id, isGauge, totals }: FoundCounter, stepMs: StepMs, from: number, to: number, limit: number): Series {
    const read = <SomePoint extends Point | LevelPoint>(rows: RowReader<SomePoint>) => ({
      before: rows.createFinder(id)(from, false),
      points: rows.readRange(id, stepMs, from, to, limit),
    });
    return isGauge ? { kind: 'gauge', ...read(this.#levels) } : { kind: 'counter', ...read(this.#points), totals };
  }

  /** Finds counters one by one, in the order of the names. */
  *#findCounters(dashboard: string, counters: readonly string[]): Generator<readonly [string, FoundCounter]> {
    const dashboardId = this.#findDashboardId(dashboard);
    for (const counter of counters) {
      const row = this.#selectCounter.get(dashboardId, counter) as
        (TotalsRow & { id: number; isGauge: number }) | undefined;
      if (!row) throw createTallyError(refuseUnknownCounter(dashboard, counter));
      const totals = parseTotalsRow(row, () => `row ${row.id} of counters`);
      yield [counter, { id: row.id, isGauge: row.isGauge === 1, totals }];
    }
  }

  #findDashboardId(name: string): number {
    const row = this.#selectDashboard.get(name) as { id: number } | undefined;
    if (!row) throw createTallyError(createUnknownDashboardRefusal(name));
    return row.id;
  }
}

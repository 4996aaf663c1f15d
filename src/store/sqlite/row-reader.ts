/** Reads points of counters and levels of gauges: ranges of one step, and the newest row that ended before a time. */
import { BUCKETS, DAY_ROWS, type LevelPoint, type Point, type RowStepMs } from '../store.js';
import type { Database, Statement } from './database.js';
import { parseTotalsRow, TOTALS_COLUMNS, type TotalsRow } from './row-types.js';
import { decodeInteger, decodeRow, integerColumn } from './text-decoder.js';

type PointRow = TotalsRow & { at: number | null; value: number | null };
type LevelRow = Record<'at' | 'value' | 'least' | 'most', number | null>;

export class RowReader<SomePoint extends Point | LevelPoint> {
  readonly #selectRange: Statement;
  readonly #selectNewest: Statement;

  constructor(
    database: Database.Database,
    table: 'points' | 'levels',
    columns: string,
    private readonly parse: (counterId: number, stepMs: RowStepMs, row: unknown) => SomePoint,
  ) {
    this.#selectRange = database.prepare(
      `SELECT ${columns} FROM ${table} WHERE counter = ? AND step = ? AND at >= ? AND at < ? ORDER BY ${table}.at LIMIT ?`,
    );
    this.#selectNewest = database.prepare(
      `SELECT ${columns} FROM ${table} WHERE counter = ? AND step = ? AND at <= ? ORDER BY ${table}.at DESC LIMIT 1`,
    );
  }

  /** Reads at most `limit` rows with `from <= at < to`, oldest first. */
  readRange(counterId: number, stepMs: RowStepMs, from: number, to: number, limit: number): SomePoint[] {
    const rows = this.#selectRange.all(counterId, stepMs, from, to, limit);
    return rows.map((row) => this.parse(counterId, stepMs, row));
  }

  /** Reads the rows from `from` on, oldest first, one by one. */
  *iterateFrom(counterId: number, stepMs: RowStepMs, from: number): Generator<SomePoint> {
    const rows = this.#selectRange.iterate(counterId, stepMs, from, Number.MAX_SAFE_INTEGER, -1);
    for (const row of rows) yield this.parse(counterId, stepMs, row);
  }

  /**
   * Returns a function that finds the newest row that ended before a time. It remembers what it found for the last
   * time: for many times in order, most calls need no query.
   *
   * All steps are compared: a coarse one has the same change in a bucket that began earlier, a fine one may have
   * expired. The end of a day is not stored: days count if `withDays` is set, and if they started before the time.
   */
  createFinder(counterId: number): (time: number, withDays: boolean) => SomePoint | undefined {
    const known = new Map<RowStepMs, { readonly to: number; readonly point: SomePoint | undefined }>();
    const findOfStep = (stepMs: RowStepMs, to: number): SomePoint | undefined => {
      const last = known.get(stepMs);
      if (last && to <= last.to && (last.point?.at ?? -Infinity) <= to) return last.point;
      const row: unknown = this.#selectNewest.get(counterId, stepMs, to);
      const point = row === undefined ? undefined : this.parse(counterId, stepMs, row);
      known.set(stepMs, { to, point });
      return point;
    };
    return (time, withDays) => {
      let newest: SomePoint | undefined;
      for (const { stepMs } of BUCKETS) newest = pickNewer(newest, findOfStep(stepMs, time - stepMs));
      return withDays ? pickNewer(newest, findOfStep(DAY_ROWS.stepMs, time - 1)) : newest;
    };
  }
}

function pickNewer<SomePoint extends Point | LevelPoint>(
  newest: SomePoint | undefined,
  candidate: SomePoint | undefined,
): SomePoint | undefined {
  return newest && (!candidate || candidate.at <= newest.at) ? newest : candidate;
}

export function createPointReader(database: Database.Database): RowReader<Point> {
  const columns = `${integerColumn('at')}, ${integerColumn('value')}, ${TOTALS_COLUMNS}`;
  return new RowReader(database, 'points', columns, (counterId, stepMs, row) => {
    const { at, value, ...totalsRow } = row as PointRow;
    const describe = (): string => `point ${at} of step ${stepMs} of counter ${counterId}`;
    const totals = parseTotalsRow(totalsRow, describe);
    return decodeRow(describe, () => ({
      at: decodeInteger('at', at),
      value: decodeInteger('value', value),
      ...totals,
    }));
  });
}

export function createLevelReader(database: Database.Database): RowReader<LevelPoint> {
  const names = ['at', 'value', 'least', 'most'] as const;
  const columns = names.map((name) => integerColumn(name)).join();
  return new RowReader(database, 'levels', columns, (counterId, stepMs, row) => {
    const numbers = row as LevelRow;
    return decodeRow(
      () => `level ${numbers.at} of step ${stepMs} of counter ${counterId}`,
      () => ({
        at: decodeInteger('at', numbers.at),
        value: decodeInteger('value', numbers.value),
        least: decodeInteger('least', numbers.least),
        most: decodeInteger('most', numbers.most),
      }),
    );
  });
}

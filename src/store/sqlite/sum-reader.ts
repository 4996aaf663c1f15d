/** Sums up points and levels of counters in time ranges, in the read transaction of the caller. */
import type { CounterTotals } from '../../counters/counters.js';
import { type CounterSums, DAY_ROWS, type GaugeLevels, type LevelPoint, type Point, type RowRange } from '../store.js';
import { SUM_COLUMNS, toSums } from './bucket-sums.js';
import type { Database, Statement } from './database.js';
import type { RowReader } from './row-reader.js';
import { decodeInteger, decodeRow, integerColumn } from './text-decoder.js';

type ValueRow = { readonly rows: number; readonly value: number | null };
type ExtremesRow = ValueRow & { readonly least: number | null; readonly most: number | null };

export class SumReader {
  readonly #selectSums: Statement;
  readonly #selectLevels: Statement;

  constructor(
    database: Database.Database,
    private readonly points: RowReader<Point>,
    private readonly levels: RowReader<LevelPoint>,
  ) {
    const where = 'WHERE counter = ?1 AND step = ?2 AND at >= ?3 AND at < ?4';
    const selectNewest = (table: string): string =>
      `(SELECT ${integerColumn('value')} FROM ${table} ${where} ORDER BY at DESC LIMIT 1) AS value`;
    this.#selectSums = database.prepare(
      `SELECT count(*) AS rows, ${SUM_COLUMNS}, ${selectNewest('points')} FROM points ${where}`,
    );
    this.#selectLevels = database.prepare(
      `SELECT count(*) AS rows, min(least) AS least, max(most) AS most, ${selectNewest('levels')} FROM levels ${where}`,
    );
  }

  /** @throws TallyError `data-damaged` */
  sumPoints(counterId: number, totals: CounterTotals, ranges: readonly RowRange[]): CounterSums {
    const findNewestBefore = this.points.createFinder(counterId);
    const sums = ranges.map(({ stepMs, start, end }) => {
      const row = this.#selectSums.get(counterId, stepMs, start, end) as ValueRow;
      if (row.rows === 0) {
        const value = findNewestBefore(start, stepMs === DAY_ROWS.stepMs)?.value ?? 0;
        return { added: 0n, removed: 0n, value };
      }
      const describe = (): string => `a point of step ${stepMs} of counter ${counterId}`;
      return { ...toSums(row), value: decodeRow(describe, () => decodeInteger('value', row.value)) };
    });
    return { kind: 'counter', totals, sums };
  }

  /** @throws TallyError `data-damaged` */
  readLevels(counterId: number, ranges: readonly RowRange[]): GaugeLevels {
    const findNewestBefore = this.levels.createFinder(counterId);
    const levels = ranges.map(({ stepMs, start, end }) => {
      const { rows, value, least, most } = this.#selectLevels.get(counterId, stepMs, start, end) as ExtremesRow;
      if (rows === 0) {
        const before = findNewestBefore(start, stepMs === DAY_ROWS.stepMs)?.value ?? 0;
        return { value: before, least: before, most: before };
      }
      return decodeRow(
        () => `a level of step ${stepMs} of counter ${counterId}`,
        () => ({
          value: decodeInteger('value', value),
          least: decodeInteger('least', least),
          most: decodeInteger('most', most),
        }),
      );
    });
    return { kind: 'gauge', levels };
  }
}

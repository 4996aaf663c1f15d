/** Inserts the rows of counters and gauges from the form that imports and booked pasts have them in. */
import { toBucketStart } from '../in-process/decide.js';
import { DAY_ROWS, type RowStepMs } from '../store.js';
import type { ExportRecord } from '../transfer.port.js';
import { BulkInsert } from './bulk-insert.js';
import type { Database } from './database.js';

export class SeriesInsert {
  readonly #insertPoints: BulkInsert;
  readonly #insertLevels: BulkInsert;

  constructor(database: Database.Database) {
    this.#insertPoints = new BulkInsert(database, 'INSERT INTO points (counter, step, at, value, added, removed)', 6);
    this.#insertLevels = new BulkInsert(database, 'INSERT INTO levels (counter, step, at, value, least, most)', 6);
  }

  /** Inserts points and levels; other records are left alone. @param counters ids by name */
  run(records: readonly ExportRecord[], counters: ReadonlyMap<string, number>): void {
    const [pointRows, levelRows]: [unknown[], unknown[]] = [[], []];
    for (const { points, levels } of records) {
      if (points) {
        const { counter, stepMs, startTotals, buckets } = points;
        let before = startTotals;
        for (const { at, added, removed } of buckets) {
          const deltas = [String(added - before.added), String(removed - before.removed)];
          pointRows.push(counters.get(counter), stepMs, toRowStart(at, stepMs), Number(added - removed), ...deltas);
          before = { added, removed };
        }
      } else if (levels) {
        for (const { at, value, least, most } of levels.levels)
          levelRows.push(
            counters.get(levels.counter),
            levels.stepMs,
            toRowStart(at, levels.stepMs),
            value,
            least,
            most,
          );
      }
    }
    this.#insertPoints.run(pointRows);
    this.#insertLevels.run(levelRows);
  }
}

/** Days start when those of the dashboard do. */
function toRowStart(at: number, stepMs: RowStepMs): number {
  return stepMs === DAY_ROWS.stepMs ? at : toBucketStart(at, stepMs);
}

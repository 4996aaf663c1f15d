/** Checks levels of gauges: by themselves, against the level before, and against the finer levels of their bucket. */
import { MAX_VALUE } from '../../counters/counters.js';
import type { Database, Statement } from './database.js';
import { findFinerStep, findMisplaced } from './point-check.js';
import { type CheckRange, getLastSeriesKey, type RowKey, type TableCheck } from './table-check.js';
import { integerColumn } from './text-decoder.js';

type Numbers = Record<'value' | 'least' | 'most', number | null>;
type LevelRow = Numbers & { readonly counter: number; readonly step: number; readonly at: number | null };
type Level = { readonly [Name in keyof LevelRow]: number };

const NUMBERS = ['value', 'least', 'most'].map((column) => integerColumn(column)).join();

export class LevelCheck implements TableCheck {
  readonly #select: Statement;
  readonly #selectFiner: Statement;
  readonly #selectPresence: Statement;

  constructor(database: Database.Database) {
    this.#select = database.prepare(
      `SELECT counter, step, ${integerColumn('at')}, ${NUMBERS} FROM levels WHERE (counter, step, at) >= (?, ?, ?)
       ORDER BY levels.counter, levels.step, levels.at LIMIT ?`,
    );
    const bucket = 'FROM levels WHERE counter = ?1 AND step = ?2 AND at >= ?3 AND at < ?4';
    this.#selectFiner = database.prepare(
      `SELECT min(least) AS least, max(most) AS most, (SELECT value ${bucket} ORDER BY at DESC LIMIT 1) AS value ${bucket}`,
    );
    // Removed gauges lose their levels row by row.
    this.#selectPresence = database.prepare("SELECT 1 FROM counters WHERE id = ? AND name >= 'a'");
  }

  run({ after }: CheckRange, limit: number, report: (finding: string) => void): RowKey | undefined {
    const rows = this.#select.all(...after, limit) as LevelRow[];
    let previous: Level | undefined;
    for (const row of rows) {
      const fault = isComplete(row)
        ? (findImpossible(row, previous) ?? this.#compareWithFiner(row))
        : 'it has something other than numbers';
      if (fault !== undefined)
        report(`level ${row.at} of step ${row.step} of counter ${row.counter} is damaged: ${fault}`);
      previous = isComplete(row) ? row : undefined;
    }
    return getLastSeriesKey(rows, limit);
  }

  /** Finer levels expire earlier. */
  #compareWithFiner({ counter, step, at, value, least, most }: Level): string | undefined {
    const finerMs = findFinerStep(step);
    if (finerMs === undefined || !this.#selectPresence.get(counter)) return undefined;
    const finer = this.#selectFiner.get(counter, finerMs, at, at + step) as Numbers;
    if (finer.value === null || finer.least === null || finer.most === null) return undefined;
    return finer.value !== value || finer.least < least || finer.most > most
      ? 'its numbers contradict its finer levels'
      : undefined;
  }
}

function isComplete(row: LevelRow): row is Level {
  return row.at !== null && row.value !== null && row.least !== null && row.most !== null;
}

/** The extremes of a bucket include the level that it began with: the one of the row before. */
function findImpossible(level: Level, previous: Level | undefined): string | undefined {
  const { counter, step, at, value, least, most } = level;
  const misplaced = findMisplaced(step, at);
  if (misplaced !== undefined) return misplaced;
  if (least > value || value > most || least < -MAX_VALUE || most > MAX_VALUE) return 'its numbers are impossible';
  if (previous?.counter !== counter || previous.step !== step) return undefined;
  return previous.value < least || previous.value > most ? 'its numbers contradict the level before it' : undefined;
}

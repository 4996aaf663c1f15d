/**
 * Checks points: by themselves, against the point before, against the finer points of their bucket, and against the
 * totals of their counter.
 */
import { MAX_VALUE } from '../../counters/counters.js';
import { BUCKETS, DAY_ROWS, ROWS } from '../store.js';
import { SUM_COLUMNS, toSums } from './bucket-sums.js';
import type { Database, Statement } from './database.js';
import { type CheckRange, getLastSeriesKey, type RowKey, type TableCheck } from './table-check.js';
import { bigIntColumn, integerColumn } from './text-decoder.js';

interface PointRow {
  readonly counter: number;
  readonly step: number;
  readonly at: number | null;
  readonly value: string | null;
  readonly added: string | null;
  readonly removed: string | null;
}

interface Point {
  readonly counter: number;
  readonly step: number;
  readonly at: number;
  readonly value: bigint;
  readonly added: bigint;
  readonly removed: bigint;
}

const MINUTE_MS = BUCKETS[1].stepMs;
const HOUR_MS = BUCKETS[2].stepMs;
const DAY_MS = DAY_ROWS.stepMs;

export class PointCheck implements TableCheck {
  readonly #select: Statement;
  readonly #selectOldest: Statement;
  readonly #selectSums: Statement;
  readonly #selectLastValue: Statement;
  readonly #selectTotals: Statement;

  constructor(database: Database.Database) {
    const numbers = ['value', 'added', 'removed'].map((column) => bigIntColumn(column)).join();
    // Later points are not left out: a series gains a row a second at most, so that the check reaches its end.
    this.#select = database.prepare(
      `SELECT counter, step, ${integerColumn('at')}, ${numbers} FROM points WHERE (counter, step, at) >= (?, ?, ?)
       ORDER BY points.counter, points.step, points.at LIMIT ?`,
    );
    const bucket = 'FROM points WHERE counter = ? AND step = ? AND at >= ? AND at < ?';
    this.#selectOldest = database.prepare(
      `SELECT ${integerColumn('at')} FROM points WHERE counter = ? AND step = ? ORDER BY points.at LIMIT 1`,
    );
    this.#selectSums = database.prepare(`SELECT ${SUM_COLUMNS} ${bucket}`);
    this.#selectLastValue = database.prepare(
      `SELECT ${bigIntColumn('value')} ${bucket} ORDER BY points.at DESC LIMIT 1`,
    );
    // Removed counters lose their points row by row.
    this.#selectTotals = database.prepare(
      `SELECT name >= 'a' AS isPresent, ${bigIntColumn('added')}, ${bigIntColumn('removed')} FROM counters WHERE id = ?`,
    );
  }

  run({ after }: CheckRange, limit: number, report: (finding: string) => void): RowKey | undefined {
    const rows = this.#select.all(...after, limit) as PointRow[];
    let previous: Point | undefined;
    /** Time of the oldest finer point of the series. */
    let oldestFinerAt: number | undefined;
    for (const row of rows) {
      const describe = `point ${row.at} of step ${row.step} of counter ${row.counter} is damaged`;
      const point = parsePoint(row);
      if (!point) {
        report(`${describe}: it has something other than numbers`);
        previous = undefined;
        continue;
      }
      const isNewSeries = previous?.counter !== point.counter || previous.step !== point.step;
      if (isNewSeries) oldestFinerAt = this.#findOldestFiner(point);
      const fault =
        findImpossible(point, isNewSeries ? undefined : previous) ??
        (oldestFinerAt !== undefined && point.at + point.step > oldestFinerAt
          ? this.#compareWithFiner(point)
          : undefined) ??
        (isNewSeries && point.step >= HOUR_MS ? this.#compareWithTotals(point) : undefined);
      if (fault !== undefined) report(`${describe}: ${fault}`);
      previous = point;
    }
    return getLastSeriesKey(rows, limit);
  }

  /** @returns undefined if there is none, or if the counter is removed or incomplete */
  #findOldestFiner({ counter, step }: Point): number | undefined {
    const finerMs = findFinerStep(step);
    if (finerMs === undefined) return undefined;
    const { isPresent } = (this.#selectTotals.get(counter) as { isPresent: number } | undefined) ?? {};
    if (!isPresent) return undefined;
    return (this.#selectOldest.get(counter, finerMs) as { at: number | null } | undefined)?.at ?? undefined;
  }

  /** Finer points expire earlier, the oldest first. So they may add up to less, and end with the same value. */
  #compareWithFiner({ counter, step, at, value, added, removed }: Point): string | undefined {
    const bucket = [counter, findFinerStep(step), at, at + step];
    const last = this.#selectLastValue.get(...bucket) as { value: string | null } | undefined;
    if (!last || last.value === null) return undefined;
    if (BigInt(last.value) !== value) return 'its value contradicts its finer points';
    const sums = toSums(this.#selectSums.get(...bucket));
    return sums.added > added || sums.removed > removed ? 'its amounts contradict its finer points' : undefined;
  }

  /**
   * The first points may have expired, hours before the days that they are of. Not of a removed counter: a past that
   * arrives looks like one, and gets its totals at the end.
   */
  #compareWithTotals({ counter, step }: Point): string | undefined {
    const totals = this.#selectTotals.get(counter) as Record<string, string | number | null> | undefined;
    const { isPresent, added, removed } = totals ?? {};
    if (isPresent !== 1 || typeof added !== 'string' || typeof removed !== 'string') return undefined;
    const sumUp = (stepMs: number) => toSums(this.#selectSums.get(counter, stepMs, 0, Number.MAX_SAFE_INTEGER));
    const sums = sumUp(step);
    if (sums.added > BigInt(added) || sums.removed > BigInt(removed))
      return 'the amounts of this and later points contradict the totals of the counter';
    const hours = step === DAY_MS ? sumUp(HOUR_MS) : sums;
    return hours.added > sums.added || hours.removed > sums.removed
      ? 'the amounts of this and later points contradict those of the hours'
      : undefined;
  }
}

function parsePoint({ counter, step, at, value, added, removed }: PointRow): Point | undefined {
  if (at === null || value === null || added === null || removed === null) return undefined;
  return { counter, step, at, value: BigInt(value), added: BigInt(added), removed: BigInt(removed) };
}

/** A value differs from the one before it by what was added and removed. It is negative if the counter may be. */
function findImpossible(point: Point, previous: Point | undefined): string | undefined {
  const { step, at, value, added, removed } = point;
  const misplaced = findMisplaced(step, at);
  if (misplaced !== undefined) return misplaced;
  const start = value - added + removed;
  if (previous && start !== previous.value) return 'its value contradicts the point before it';
  const isPossible = [value, start].every(isCounterValue) && added >= 0n && removed >= 0n;
  return isPossible ? undefined : 'its numbers are impossible';
}

function isCounterValue(value: bigint): boolean {
  return value >= -MAX_VALUE && value <= MAX_VALUE;
}

/** Checks the time of a point or a level. The start of a day is no multiple of the step, but one of a minute. */
export function findMisplaced(step: number, at: number): string | undefined {
  const row = ROWS.find(({ stepMs }) => stepMs === step);
  if (!row) return 'there is no such step';
  return at < 0 || at % (step === DAY_MS ? MINUTE_MS : step) !== 0 ? 'at is no multiple of the step' : undefined;
}

/** @returns undefined for seconds, and for days, which begin and end within buckets of UTC */
export function findFinerStep(step: number): number | undefined {
  return BUCKETS[BUCKETS.findIndex(({ stepMs }) => stepMs === step) - 1]?.stepMs;
}

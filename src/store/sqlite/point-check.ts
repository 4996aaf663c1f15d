/**
 * Checks points: by themselves, against the point before, against the finer points of their bucket, and against the
 * totals of their counter.
 */
import { MAX_VALUE } from '../../counters/counters.js';
import { BUCKETS } from '../store.js';
import type { Database, Statement } from './database.js';
import type { CheckRange, RowKey, TableCheck } from './table-check.js';
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

/** Sums in two halves: SQLite fails where a 64-bit sum overflows, as damaged amounts can. */
interface SumRow {
  readonly addedHigh: number | null;
  readonly addedLow: number | null;
  readonly removedHigh: number | null;
  readonly removedLow: number | null;
}

const SUMS = ['added', 'removed']
  .map((name) => `sum(${name} >> 32) AS ${name}High, sum(${name} & 0xffffffff) AS ${name}Low`)
  .join();
const HOUR_MS = BUCKETS[2].stepMs;

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
    this.#selectSums = database.prepare(`SELECT ${SUMS} ${bucket}`);
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
        (isNewSeries && point.step === HOUR_MS ? this.#compareWithTotals(point.counter) : undefined);
      if (fault !== undefined) report(`${describe}: ${fault}`);
      previous = point;
    }
    const last = rows.at(-1);
    const isLast = rows.length < limit;
    return isLast || !last || last.at === null ? undefined : [last.counter, last.step, last.at];
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

  /** Points of the first hours may have expired. */
  #compareWithTotals(counter: number): string | undefined {
    const { added, removed } = (this.#selectTotals.get(counter) as Record<string, string | null> | undefined) ?? {};
    if (typeof added !== 'string' || typeof removed !== 'string') return undefined;
    const sums = toSums(this.#selectSums.get(counter, HOUR_MS, 0, Number.MAX_SAFE_INTEGER));
    return sums.added > BigInt(added) || sums.removed > BigInt(removed)
      ? 'the amounts of this and later points contradict the totals of the counter'
      : undefined;
  }
}

function parsePoint({ counter, step, at, value, added, removed }: PointRow): Point | undefined {
  if (at === null || value === null || added === null || removed === null) return undefined;
  return { counter, step, at, value: BigInt(value), added: BigInt(added), removed: BigInt(removed) };
}

/** A value differs from the one before it by what was added and removed. */
function findImpossible(point: Point, previous: Point | undefined): string | undefined {
  const { step, at, value, added, removed } = point;
  if (!BUCKETS.some(({ stepMs }) => stepMs === step)) return 'there is no such step';
  if (at < 0 || at % step !== 0) return 'at is no multiple of the step';
  const start = value - added + removed;
  if (previous && start !== previous.value) return 'its value contradicts the point before it';
  const isPossible = value >= 0n && value <= MAX_VALUE && added >= 0n && removed >= 0n && start >= 0n;
  return isPossible ? undefined : 'its numbers are impossible';
}

function findFinerStep(step: number): number | undefined {
  return BUCKETS[BUCKETS.findIndex(({ stepMs }) => stepMs === step) - 1]?.stepMs;
}

function toSums(row: unknown): { readonly added: bigint; readonly removed: bigint } {
  const { addedHigh, addedLow, removedHigh, removedLow } = row as SumRow;
  return { added: joinHalves(addedHigh, addedLow), removed: joinHalves(removedHigh, removedLow) };
}

function joinHalves(high: number | null, low: number | null): bigint {
  return (BigInt(high ?? 0) << 32n) + BigInt(low ?? 0);
}

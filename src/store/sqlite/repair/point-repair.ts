/** Repairs the points of a counter: leaves out impossible ones, adds lost ones, and makes the rest consistent. */
import { MAX_VALUE } from '../../../counters/counters.js';
import { BUCKETS, DAY_ROWS, ROWS } from '../../store.js';
import { toBucketStart } from '../../in-process/decide.js';
import type { Database, Statement } from '../database.js';
import { bigIntColumn, integerColumn } from '../text-decoder.js';
import type { RepairLog } from './repair-log.js';
import { type RepairedPoint, repairSeries } from './point-series.js';

interface PointRow {
  readonly at: number | null;
  readonly value: string | null;
  readonly added: string | null;
  readonly removed: string | null;
}

const MINUTE_MS = BUCKETS[1].stepMs;
/** Condition of rows at times that no row can have: of unknown steps, or not at the start of a bucket. */
export const MISPLACED =
  `step NOT IN (${ROWS.map(({ stepMs }) => stepMs).join()}) OR at < 0 ` +
  `OR at % CASE step WHEN ${DAY_ROWS.stepMs} THEN ${MINUTE_MS} ELSE step END <> 0`;
/** No day is as long, also if the zone of its dashboard changes within it. */
const MAX_DAY_MS = 2 * DAY_ROWS.stepMs;

export interface PointOwner {
  readonly id: number;
  /** For people, for example `counter orders of dashboard main`. */
  readonly label: string;
  /** The settled value of the counter. */
  readonly value: bigint;
  /** Lowest value that it may have. */
  readonly lowest: bigint;
  /** Times of points that the index has and the table lacks, by step. */
  readonly missing: ReadonlyMap<number, readonly number[]>;
}

export class PointRepair {
  readonly #select: Statement;
  readonly #selectNewest: Statement;
  readonly #replace: Statement;
  readonly #delete: Statement;

  constructor(
    private readonly database: Database.Database,
    private readonly log: RepairLog,
  ) {
    const columns = [integerColumn('at'), ...['value', 'added', 'removed'].map((name) => bigIntColumn(name))].join();
    this.#select = database.prepare(`SELECT ${columns} FROM points WHERE counter = ? AND step = ? ORDER BY points.at`);
    this.#selectNewest = database.prepare(
      `SELECT ${columns} FROM points WHERE counter = ? AND step = ? ORDER BY points.at DESC LIMIT 2`,
    );
    this.#replace = database.prepare(
      'INSERT OR REPLACE INTO points (counter, step, at, value, added, removed) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#delete = database.prepare('DELETE FROM points WHERE counter = ? AND step = ? AND at = ?');
  }

  /** Deletes points of unknown steps, and points that cannot be. */
  deleteImpossible(): void {
    const condition = `${MISPLACED} OR value NOT BETWEEN ${-MAX_VALUE} AND ${MAX_VALUE} OR added < 0 OR removed < 0`;
    const rows = this.database.prepare(`SELECT counter, step, at FROM points WHERE ${condition}`).all() as {
      counter: number;
      step: number;
      at: number;
    }[];
    for (const { counter, step, at } of rows) {
      this.#delete.run(counter, step, at);
      this.log.recordLoss(`point ${at} of step ${step} of counter ${counter}: its numbers are impossible`);
    }
  }

  /** Returns the values that the newest points of each step have, those that their predecessors confirm. */
  listNewestValues(counter: number): bigint[] {
    const newest = BUCKETS.map(({ stepMs }) => {
      const [last, before] = (this.#selectNewest.all(counter, stepMs) as PointRow[]).map(parsePoint);
      const isConfirmed = last && (!before || before.value + last.added - last.removed === last.value);
      return { at: last?.at ?? -1, stepMs, value: isConfirmed ? last.value : undefined };
    });
    const end = Math.max(...newest.map(({ at }) => at));
    return newest
      .filter(({ at, stepMs }) => end < at + stepMs)
      .map(({ value }) => value)
      .filter((value) => value !== undefined);
  }

  /** Sums up the points by the hour. Undefined if they do not begin with the counter. */
  sumHours(counter: number): { added: bigint; removed: bigint } | undefined {
    const points = (this.#select.all(counter, BUCKETS[2].stepMs) as PointRow[]).map(parsePoint);
    const [first] = points;
    if (!first || first.value !== first.added - first.removed) return undefined;
    const sum = (pick: (point: RepairedPoint) => bigint): bigint =>
      points.reduce((total, point) => total + pick(point), 0n);
    return { added: sum(({ added }) => added), removed: sum(({ removed }) => removed) };
  }

  repair(owner: PointOwner): void {
    const newestAt = Math.max(-1, ...BUCKETS.map(({ stepMs }) => this.#findNewest(owner.id, stepMs)?.at ?? -1));
    let finer: readonly RepairedPoint[] = [];
    for (const { stepMs } of ROWS) finer = this.#repairStep({ ...owner, newestAt }, stepMs, finer);
  }

  #findNewest(counter: number, stepMs: number): RepairedPoint | undefined {
    const [newest] = this.#selectNewest.all(counter, stepMs) as PointRow[];
    return newest && parsePoint(newest);
  }

  #repairStep(
    owner: PointOwner & { readonly newestAt: number },
    stepMs: number,
    finer: readonly RepairedPoint[],
  ): readonly RepairedPoint[] {
    const { id, label, value, lowest } = owner;
    const describe = (at: number): string => `point ${at} of step ${stepMs} of ${label}`;
    const points = new Map((this.#select.all(id, stepMs) as PointRow[]).map((row) => [row.at, parsePoint(row)]));
    const changed = new Set<RepairedPoint>();
    const add = (point: RepairedPoint): void => {
      points.set(point.at, point);
      changed.add(point);
    };
    const isDay = stepMs === DAY_ROWS.stepMs;
    const buckets = isDay
      ? sumUpDays(
          finer,
          [...points.values()].map(({ at }) => at),
        )
      : sumUp(finer, stepMs);
    for (const [at, bucket] of buckets) {
      if (points.has(at)) continue;
      add({ at, ...bucket });
      this.log.recordRepair(`${describe(at)} was rebuilt from finer points`);
    }
    const missing = (owner.missing.get(stepMs) ?? []).filter((at) => !points.has(at));
    for (const at of missing) {
      const point = createMissing([...points.values()], at, value);
      if (point) add(point);
      this.log.recordLoss(`${describe(at)}${point ? ': only its net amount could be rebuilt' : ''}`);
    }
    const sorted = [...points.values()].toSorted((a, b) => a.at - b.at);
    const newest = sorted.at(-1);
    const coversNewest = !newest || isDay || owner.newestAt < newest.at + stepMs;
    const last = coversNewest ? value : newest.value;
    repairSeries(sorted, buckets, { last, lowest }, (point, correction) => {
      changed.add(point);
      this.log.recordRepair(`${describe(point.at)} ${correction}`);
    });
    for (const { at, value: pointValue, added, removed } of changed)
      this.#replace.run(id, stepMs, at, String(pointValue), String(added), String(removed));
    return sorted;
  }
}

/** Statements select no points of which a number cannot be read: the table accepts none. */
function parsePoint({ at, value, added, removed }: PointRow): RepairedPoint {
  return { at: at ?? 0, value: BigInt(value ?? 0), added: BigInt(added ?? 0), removed: BigInt(removed ?? 0) };
}

/**
 * Sums up hours by the day that they begin in. Where no day is known, by that of UTC. Days may begin within an hour:
 * then the sums are not those of the days, which nothing but the values would tell.
 * @param days starts of the known days
 */
function sumUpDays(hours: readonly RepairedPoint[], days: readonly number[]): Map<number, Omit<RepairedPoint, 'at'>> {
  const starts = days.toSorted((a, b) => a - b);
  let index = -1;
  return sumUp(hours, DAY_ROWS.stepMs, (at) => {
    while ((starts[index + 1] ?? Infinity) <= at) index += 1;
    const start = starts[index] ?? -Infinity;
    return at < start + MAX_DAY_MS ? start : toBucketStart(at, DAY_ROWS.stepMs);
  });
}

/** @param toStart returns the start of the bucket that a point belongs to. It is called in the order of the times */
function sumUp(
  points: readonly RepairedPoint[],
  stepMs: number,
  toStart = (at: number): number => toBucketStart(at, stepMs),
): Map<number, Omit<RepairedPoint, 'at'>> {
  const buckets = new Map<number, Omit<RepairedPoint, 'at'>>();
  for (const { at, value, added, removed } of points) {
    const start = toStart(at);
    const bucket = buckets.get(start);
    buckets.set(start, {
      value,
      added: added + (bucket?.added ?? 0n),
      removed: removed + (bucket?.removed ?? 0n),
    });
  }
  return buckets;
}

/** @returns the point whose absence its neighbors show, undefined if they follow each other without it */
function createMissing(points: readonly RepairedPoint[], at: number, last: bigint): RepairedPoint | undefined {
  let before: RepairedPoint | undefined;
  let after: RepairedPoint | undefined;
  for (const point of points) {
    if (point.at < at && (!before || point.at > before.at)) before = point;
    if (point.at > at && (!after || point.at < after.at)) after = point;
  }
  const value = after ? after.value - after.added + after.removed : last;
  const net = value - (before?.value ?? 0n);
  if (net === 0n || value < -MAX_VALUE) return undefined;
  return { at, value, added: net > 0n ? net : 0n, removed: net < 0n ? -net : 0n };
}

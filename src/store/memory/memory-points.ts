/** Points of one dashboard in memory, by counter and step. */
import type { AppliedChangeSet, Counter, TimeSpan } from '../../counters/counters.js';
import { toBucketStart, createTallyError, createTooManyPointsRefusal } from '../in-process/decide.js';
import { sumPoints, summarizeLevels } from '../range-sums.js';
import {
  type CounterSeries,
  type CounterSums,
  DAY_ROWS,
  type GaugeLevels,
  type GaugeSeries,
  type LevelPoint,
  type Point,
  type RowRange,
  type RowStepMs,
  ROWS,
  type StepMs,
} from '../store.js';
import type { ExportRecord } from '../transfer.port.js';

type AnyPoint = Point | LevelPoint;

/** Points of one kind, by the start of their bucket, oldest first: a map keeps the order of insertion. */
interface Rows<SomePoint extends AnyPoint> {
  readonly stepMs: RowStepMs;
  readonly keepMs: number;
  readonly points: Map<number, SomePoint>;
}

/** The points of a counter or of a gauge, shortest step first. */
type PointSeries =
  | { readonly kind: 'counter'; readonly rows: readonly Rows<Point>[] }
  | { readonly kind: 'gauge'; readonly rows: readonly Rows<LevelPoint>[] };

type CounterRange = Omit<CounterSeries, 'totals'>;

export class MemoryPoints {
  readonly #series = new Map<string, PointSeries>();

  /** Adds the effect of a change set to the bucket of each step. @param day the day of the dashboard that it is in */
  write({ at, counters, previous }: AppliedChangeSet, day: TimeSpan): void {
    for (const [name, counter] of counters) {
      const before = previous.get(name) ?? counter;
      const series = this.#getOrCreate(name, counter);
      for (const { stepMs, points } of series.rows) {
        const start = stepMs === DAY_ROWS.stepMs ? day.start : toBucketStart(at, stepMs);
        if (series.kind === 'gauge') addLevel(points as Map<number, LevelPoint>, start, counter, before);
        else addPoint(points as Map<number, Point>, start, counter, before);
      }
    }
  }

  /** Adds rows of a past, each kind and counter in the order of time. */
  load(records: readonly ExportRecord[], counters: ReadonlyMap<string, Counter>): void {
    for (const { points, levels } of records) {
      const run = points ?? levels;
      const counter = run && counters.get(run.counter);
      if (!counter) continue;
      const rows = this.#getOrCreate(run.counter, counter).rows.find(({ stepMs }) => stepMs === run.stepMs);
      const byStart = rows?.points as Map<number, AnyPoint> | undefined;
      if (levels) for (const level of levels.levels) byStart?.set(level.at, level);
      let before = points?.startTotals ?? { added: 0n, removed: 0n };
      for (const { at, added, removed } of points?.buckets ?? []) {
        const value = Number(added - removed);
        byStart?.set(at, { at, value, added: added - before.added, removed: removed - before.removed });
        before = { added, removed };
      }
    }
  }

  /** Reads as the port does. @throws TallyError `too-many-points` beyond `limit` */
  read(
    counter: string,
    current: Counter,
    { stepMs, start, end }: RowRange & { readonly stepMs: StepMs },
    limit: number,
  ): CounterRange | GaugeSeries {
    const series = this.#series.get(counter) ?? createSeries(current);
    return series.kind === 'gauge'
      ? { kind: 'gauge', ...readRange(series.rows, stepMs, { start, end }, limit) }
      : { kind: 'counter', ...readRange(series.rows, stepMs, { start, end }, limit) };
  }

  /** Reads as the port does. */
  sum(counter: string, current: Counter, ranges: readonly RowRange[]): CounterSums | GaugeLevels {
    const series = this.#series.get(counter) ?? createSeries(current);
    if (series.kind === 'gauge') {
      const levels = ranges.map((range) => {
        const { before, points } = readRange(series.rows, range.stepMs, range, Infinity);
        return summarizeLevels(points, before?.value ?? 0);
      });
      return { kind: 'gauge', levels };
    }
    const sums = ranges.map((range) => {
      const { before, points } = readRange(series.rows, range.stepMs, range, Infinity);
      return sumPoints(points, before?.value ?? 0);
    });
    return { kind: 'counter', totals: { added: current.added, removed: current.removed }, sums };
  }

  /** Returns the start of the oldest row of each kind. */
  findFirstRows(counter: string, current: Counter): readonly (number | undefined)[] {
    const { rows } = this.#series.get(counter) ?? createSeries(current);
    return rows.map(({ points }) => points.keys().next().value);
  }

  /** Deletes at most `limit` expired points of each step of a counter. */
  expire(counter: string, nowMs: number, limit: number): void {
    for (const { stepMs, keepMs, points } of this.#series.get(counter)?.rows ?? []) {
      dropOldest<number, AnyPoint>(points, ({ at }) => at + stepMs <= nowMs - keepMs, limit);
    }
  }

  /**
   * Merges the buckets after that of `nowMs` into it, so that the sums of a counter stay as they are.
   * @param day the day of the dashboard that `nowMs` is in
   */
  redate(nowMs: number, day: TimeSpan): void {
    for (const { rows } of this.#series.values()) {
      for (const { stepMs, points } of rows) {
        mergeLaterPoints(points, stepMs === DAY_ROWS.stepMs ? day.start : toBucketStart(nowMs, stepMs));
      }
    }
  }

  remove(counter: string): void {
    this.#series.delete(counter);
  }

  #getOrCreate(name: string, counter: Counter): PointSeries {
    const series = this.#series.get(name) ?? createSeries(counter);
    this.#series.set(name, series);
    return series;
  }
}

function createSeries({ definition }: Counter): PointSeries {
  return definition.kind === 'gauge'
    ? { kind: 'gauge', rows: ROWS.map((row) => ({ ...row, points: new Map<number, LevelPoint>() })) }
    : { kind: 'counter', rows: ROWS.map((row) => ({ ...row, points: new Map<number, Point>() })) };
}

function addPoint(points: Map<number, Point>, at: number, counter: Counter, before: Counter): void {
  const point = points.get(at) ?? { added: 0n, removed: 0n };
  points.set(at, {
    at,
    value: counter.value,
    added: point.added + counter.added - before.added,
    removed: point.removed + counter.removed - before.removed,
  });
}

function addLevel(points: Map<number, LevelPoint>, at: number, { value }: Counter, before: Counter): void {
  const point = points.get(at) ?? { least: before.value, most: before.value };
  points.set(at, { at, value, least: Math.min(point.least, value), most: Math.max(point.most, value) });
}

/** @throws TallyError `too-many-points` beyond `limit` */
function readRange<SomePoint extends AnyPoint>(
  rows: readonly Rows<SomePoint>[],
  stepMs: RowStepMs,
  { start, end }: TimeSpan,
  limit: number,
): { before: SomePoint | undefined; points: readonly SomePoint[] } {
  const hasEnded = (row: Rows<SomePoint>, at: number): boolean => {
    if (row.stepMs !== DAY_ROWS.stepMs) return at + row.stepMs <= start;
    return stepMs === DAY_ROWS.stepMs && at < start;
  };
  const ended = rows.flatMap((row) => [...row.points.values()].filter(({ at }) => hasEnded(row, at)));
  const before = ended.reduce<SomePoint | undefined>(
    (newest, point) => (newest && newest.at >= point.at ? newest : point),
    undefined,
  );
  const candidates = rows.find((row) => row.stepMs === stepMs)?.points.values() ?? [];
  const points = [...candidates].filter(({ at }) => at >= start && at < end);
  if (points.length > limit) throw createTallyError(createTooManyPointsRefusal());
  return { before, points };
}

function mergeLaterPoints(points: Map<number, Point> | Map<number, LevelPoint>, start: number): void {
  const later = [...(points as Map<number, AnyPoint>).values()].filter(({ at }) => at >= start);
  const last = later.at(-1);
  if (!last || last.at === start) return;
  for (const { at } of later) points.delete(at);
  (points as Map<number, AnyPoint>).set(start, { ...later.reduce(mergePoints), at: start, value: last.value });
}

function mergePoints(a: AnyPoint, b: AnyPoint): AnyPoint {
  if ('least' in a && 'least' in b) {
    return { ...b, least: Math.min(a.least, b.least), most: Math.max(a.most, b.most) };
  }
  return 'added' in a && 'added' in b ? { ...b, added: a.added + b.added, removed: a.removed + b.removed } : b;
}

/** Deletes outdated entries from the start of a map, at most `limit`. */
export function dropOldest<K, V>(entries: Map<K, V>, isOutdated: (entry: V) => boolean, limit: number): void {
  let remaining = limit;
  for (const [key, entry] of entries) {
    if (remaining === 0 || !isOutdated(entry)) return;
    entries.delete(key);
    remaining -= 1;
  }
}

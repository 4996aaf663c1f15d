/** Cuts the rows of one counter into the ranges of `readSums`: one read of each kind of rows that the ranges name. */
import { sumPoints, summarizeLevels } from '../range-sums.js';
import {
  BUCKETS,
  type CounterSums,
  DAY_ROWS,
  type GaugeLevels,
  type LevelPoint,
  type Point,
  type RowRange,
  ROWS,
  type RowStepMs,
} from '../store.js';
import type { RowReader } from './series-reader.js';

/** The longest day of a time zone, milliseconds: one that repeats an hour, or that follows a date that is skipped. */
const MAX_DAY_MS = 50 * 3_600_000;

/** The rows of a range, and the value that it begins with if it has none. */
interface RangeRows<Row> {
  readonly rows: readonly Row[];
  readonly valueBefore: number;
}

export async function readCounterSums(
  rows: RowReader<Point>,
  ranges: readonly RowRange[],
): Promise<CounterSums['sums']> {
  const cut = await cutRows(rows, ranges);
  return cut.map(({ rows: points, valueBefore }) => sumPoints(points, valueBefore));
}

export async function readGaugeLevels(
  rows: RowReader<LevelPoint>,
  ranges: readonly RowRange[],
): Promise<GaugeLevels['levels']> {
  const cut = await cutRows(rows, ranges);
  return cut.map(({ rows: levels, valueBefore }) => summarizeLevels(levels, valueBefore));
}

async function cutRows<Row extends Point | LevelPoint>(
  reader: RowReader<Row>,
  ranges: readonly RowRange[],
): Promise<readonly RangeRows<Row>[]> {
  const cut = new Map<RowRange, RangeRows<Row>>();
  for (const { stepMs } of ROWS) {
    const ofKind = ranges.filter((range) => range.stepMs === stepMs);
    if (ofKind.length > 0) await cutKind(reader, stepMs, ofKind, cut);
  }
  return ranges.map((range) => cut.get(range) ?? { rows: [], valueBefore: 0 });
}

async function cutKind<Row extends Point | LevelPoint>(
  reader: RowReader<Row>,
  stepMs: RowStepMs,
  ranges: readonly RowRange[],
  cut: Map<RowRange, RangeRows<Row>>,
): Promise<void> {
  const start = ranges.reduce((least, range) => Math.min(least, range.start), Infinity);
  const end = ranges.reduce((most, range) => Math.max(most, range.end), -Infinity);
  const rows = await reader.readRange(stepMs, { start, end });
  const unknown: RowRange[] = [];
  for (const range of ranges) {
    const first = findFirst(rows, range.start);
    const found = rows.slice(first, Math.max(first, findFirst(rows, range.end)));
    const before = rows[first - 1];
    if (found.length === 0 && !(before && endsBefore(stepMs, before.at, range.start))) unknown.push(range);
    cut.set(range, { rows: found, valueBefore: before?.value ?? 0 });
  }
  await findValuesBefore(reader, stepMs, unknown, cut);
}

/**
 * True if the row of a kind that precedes a range has the value that the range begins with. Not if the row reaches into
 * the range: rows of finer kinds then know the value in between.
 */
function endsBefore(stepMs: RowStepMs, at: number, start: number): boolean {
  return stepMs === DAY_ROWS.stepMs ? at + MAX_DAY_MS <= start : start % stepMs === 0;
}

/**
 * Looks for the values that ranges without rows begin with, from the latest range to the earliest: the row that is
 * found for one has the value of all that begin after its end.
 */
async function findValuesBefore<Row extends Point | LevelPoint>(
  reader: RowReader<Row>,
  stepMs: RowStepMs,
  ranges: readonly RowRange[],
  cut: Map<RowRange, RangeRows<Row>>,
): Promise<void> {
  const kinds = stepMs === DAY_ROWS.stepMs ? ROWS : BUCKETS;
  let newest: Awaited<ReturnType<typeof reader.findBefore>>;
  let coveredFrom = Infinity;
  for (const range of ranges.toSorted((a, b) => b.start - a.start)) {
    if (range.start < coveredFrom) {
      newest = await reader.findBefore(range.start, kinds);
      coveredFrom = newest?.end ?? -Infinity;
    }
    cut.set(range, { rows: [], valueBefore: newest?.row.value ?? 0 });
  }
}

/** Returns the index of the first row that starts at `at` or later. */
function findFirst(rows: readonly { readonly at: number }[], at: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.at ?? Infinity) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

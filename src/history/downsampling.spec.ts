/** Downsampled series keep their extremes and sums, and each row still follows from the one before. */
import { array, assert, constant, integer, property, record } from 'fast-check';
import { CounterColumns } from './counter-columns.js';
import { selectRowsToKeep } from './downsampling.js';

/** Changes of one counter by row, small enough that it never goes below 0. */
const steps = (rows: number) => array(integer({ min: -50, max: 50 }), { minLength: rows, maxLength: rows });
const inputs = record({ rows: integer({ min: 1, max: 300 }), series: integer({ min: 0, max: 5 }) }).chain(
  ({ rows, series }) =>
    record({
      allChanges: array(steps(rows), { minLength: series, maxLength: series }),
      rows: constant(rows),
      maxRows: integer({ min: 2 + 2 * series, max: 200 }),
    }),
);

function createColumns(changes: readonly number[]): CounterColumns {
  const columns = new CounterColumns(changes.length);
  let value = 1_000_000;
  for (const [row, by] of changes.entries()) {
    value += by;
    const [added, removed] = [BigInt(Math.max(by, 0)), BigInt(Math.max(-by, 0))];
    if (by !== 0) columns.addPoint(row, { at: row, value, added, removed });
  }
  columns.carryForward(1_000_000);
  return columns;
}

/** Runs the selection without its pauses. */
function keepRows(...args: Parameters<typeof selectRowsToKeep>): number[] {
  const selection = selectRowsToKeep(...args);
  for (;;) {
    const { done, value } = selection.next();
    if (done) return value;
  }
}

const sum = (numbers: BigInt64Array): bigint => numbers.reduce((one, other) => one + other, 0n);

it('a downsampled history keeps every extreme, exact sums and true values, in order and within the maximum number of rows', () => {
  assert(
    property(inputs, ({ allChanges, rows, maxRows }) => {
      const full = allChanges.map(createColumns);
      const keptRows = keepRows(
        full.map(({ value }) => value),
        rows,
        maxRows,
      );
      expect(keptRows.length).toBeLessThanOrEqual(maxRows);
      expect(keptRows).toEqual([...new Set(keptRows)].toSorted((one, other) => one - other));
      expect([keptRows[0], keptRows.at(-1)]).toEqual([0, rows - 1]);
      for (const columns of full) {
        const thin = columns.selectRows(keptRows);
        expect(Math.max(...thin.value)).toBe(Math.max(...columns.value));
        expect(Math.min(...thin.value)).toBe(Math.min(...columns.value));
        expect([...thin.value]).toEqual(keptRows.map((row) => columns.value[row]));
        expect([sum(thin.added), sum(thin.removed)]).toEqual([sum(columns.added), sum(columns.removed)]);
        for (let row = 1; row < keptRows.length; row += 1) {
          const by = (thin.added[row] ?? 0n) - (thin.removed[row] ?? 0n);
          expect(thin.value[row]).toBe((thin.value[row - 1] ?? 0) + Number(by));
        }
      }
    }),
  );
});

it('a downsampled series keeps the extremes of each part of the range, not only those of the whole', () => {
  const values = Float64Array.from({ length: 10_000 }, (_, row) => (row % 1_000 === 500 ? row : 0));
  const keptRows = keepRows([values], values.length, 200);
  expect(keptRows.filter((row) => row % 1_000 === 500)).toHaveLength(10);
});

it('series that change get the rows that constant series do not need', () => {
  const rest = Array.from({ length: 20 }, () => new Float64Array(10_000));
  const moves = Float64Array.from({ length: 10_000 }, (_, row) => row % 7);
  expect(keepRows([...rest, moves], 10_000, 1_000).length).toBeGreaterThan(500);
});

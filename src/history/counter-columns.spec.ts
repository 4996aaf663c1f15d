/** The columns of one counter: values of rows without points, and before the first point. */
import { CounterColumns } from './counter-columns.js';

const point = (value: number, added: number, removed = 0) => ({
  at: 0,
  value,
  added: BigInt(added),
  removed: BigInt(removed),
});

it('rows before the first point have the opening value, rows after the last point its value', () => {
  const columns = new CounterColumns(3);
  columns.setOpeningValue(point(5, 5));
  columns.addPoint(1, point(7, 3, 1));
  columns.carryForward(99);
  expect([...columns.value]).toEqual([5, 7, 7]);
  expect([[...columns.added], [...columns.removed]]).toEqual([
    [0n, 3n, 0n],
    [0n, 1n, 0n],
  ]);
});

it('the opening value follows from the first point if earlier points have expired', () => {
  const columns = new CounterColumns(2);
  columns.setOpeningValue(undefined);
  columns.addPoint(1, point(12, 3, 1));
  columns.carryForward(99);
  expect([...columns.value]).toEqual([10, 12]);
});

it('a counter without points has the default value in every row', () => {
  const columns = new CounterColumns(2);
  columns.carryForward(4);
  expect([...columns.value]).toEqual([4, 4]);
});

it('several points in one row give its last value, and the sums of the amounts added and removed', () => {
  const columns = new CounterColumns(1);
  for (const next of [point(2, 2), point(0, 0, 2), point(9, 9)]) columns.addPoint(0, next);
  columns.carryForward(0);
  expect([columns.value[0], columns.added[0], columns.removed[0]]).toEqual([9, 11n, 2n]);
});

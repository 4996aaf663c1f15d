/** Distributions: each value in the first bucket that takes it, and sums of all. */
import { Distribution, DURATIONS_S, SIZES } from './histogram.js';

it('counts each value at the bounds that it does not exceed', () => {
  const distribution = new Distribution([1, 2, 4]);
  for (const value of [0, 1, 1.5, 2, 3, 4, 5, Infinity]) distribution.note(value);
  expect(distribution.cumulative).toEqual([2, 4, 6, 8]);
});

it('sums values, as often as they came', () => {
  const distribution = new Distribution([1, 2]);
  distribution.note(0.5, 4);
  distribution.note(3, 2);
  expect([distribution.cumulative, distribution.sum]).toEqual([[4, 4, 6], 8]);
});

it.each([[DURATIONS_S], [SIZES]])('has bounds that grow: %j', (bounds) => {
  expect(bounds).toEqual(bounds.toSorted((one, other) => one - other));
  expect(new Set(bounds).size).toBe(bounds.length);
});

/** Distributions: each value in the first bucket that takes it, and sums of all. */
import { Histogram, DURATION_BUCKETS_S, SIZE_BUCKETS } from './histogram.js';

it('counts each value at the bounds that it does not exceed', () => {
  const distribution = new Histogram([1, 2, 4]);
  for (const value of [0, 1, 1.5, 2, 3, 4, 5, Infinity]) distribution.record(value);
  expect(distribution.cumulativeCounts).toEqual([2, 4, 6, 8]);
});

it('sums values, as often as they came', () => {
  const distribution = new Histogram([1, 2]);
  distribution.record(0.5, 4);
  distribution.record(3, 2);
  expect([distribution.cumulativeCounts, distribution.sum]).toEqual([[4, 4, 6], 8]);
});

it.each([[DURATION_BUCKETS_S], [SIZE_BUCKETS]])('has bounds that grow: %j', (bounds) => {
  expect(bounds).toEqual(bounds.toSorted((one, other) => one - other));
  expect(new Set(bounds).size).toBe(bounds.length);
});

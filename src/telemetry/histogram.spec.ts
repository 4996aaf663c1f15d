/** Distributions: each value in the first bucket that takes it, and sums of all. */
import { Histogram, DURATION_BUCKETS_S, SIZE_BUCKETS } from './histogram.js';

it('counts each value at the bounds that it does not exceed', () => {
  const histogram = new Histogram([1, 2, 4]);
  for (const value of [0, 1, 1.5, 2, 3, 4, 5, Infinity]) histogram.record(value);
  expect(histogram.cumulativeCounts).toEqual([2, 4, 6, 8]);
});

it('sums values, as often as they came', () => {
  const histogram = new Histogram([1, 2]);
  histogram.record(0.5, 4);
  histogram.record(3, 2);
  expect([histogram.cumulativeCounts, histogram.sum]).toEqual([[4, 4, 6], 8]);
});

it.each([[DURATION_BUCKETS_S], [SIZE_BUCKETS]])('has bounds that grow: %j', (bounds) => {
  expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
  expect(new Set(bounds).size).toBe(bounds.length);
});

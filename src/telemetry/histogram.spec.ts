/** Histograms: which bucket a value falls into, and the sums. */
import { Histogram, DURATION_BUCKETS_S, SIZE_BUCKETS } from './histogram.js';

it('a histogram counts a value in every bucket whose bound it does not exceed', () => {
  const histogram = new Histogram([1, 2, 4]);
  for (const value of [0, 1, 1.5, 2, 3, 4, 5, Infinity]) histogram.record(value);
  expect(histogram.cumulativeCounts).toEqual([2, 4, 6, 8]);
});

it('a histogram counts a value as often as it occurred', () => {
  const histogram = new Histogram([1, 2]);
  histogram.record(0.5, 4);
  histogram.record(3, 2);
  expect([histogram.cumulativeCounts, histogram.sum]).toEqual([[4, 4, 6], 8]);
});

it.each([[DURATION_BUCKETS_S], [SIZE_BUCKETS]])('the bounds %j are ascending and distinct', (bounds) => {
  expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
  expect(new Set(bounds).size).toBe(bounds.length);
});

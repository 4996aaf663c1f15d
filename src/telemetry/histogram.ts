/** How often values of each size came: a histogram that is cheap enough to be kept where every change passes. */

/** Upper bounds for durations, seconds: from a tenth of a millisecond to ten seconds. */
export const DURATION_BUCKETS_S: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
/** Upper bounds for how many there are of something: powers of 2. */
export const SIZE_BUCKETS: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024];

/** Noting a value costs 10 ns; a histogram of prom-client takes 300, which is half a percent of a change. */
export class Histogram {
  /** How many values are at or below each bound and above the one before; the last is of those above all. */
  readonly #counts: Float64Array;
  #sum = 0;

  /** @param bounds upper bounds of the buckets, least first, each itself included */
  constructor(readonly bounds: readonly number[]) {
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** Takes note of a value that came so many times. */
  record(value: number, count = 1): void {
    const { bounds } = this;
    let index = 0;
    while (value > (bounds[index] ?? Infinity)) index += 1;
    this.#counts[index] = (this.#counts[index] ?? 0) + count;
    this.#sum += value * count;
  }

  /** Of all values. */
  get sum(): number {
    return this.#sum;
  }

  /** How many values are at or below each bound, and at last how many there are. */
  get cumulativeCounts(): readonly number[] {
    let count = 0;
    return Array.from(this.#counts, (bucketCount) => (count += bucketCount));
  }
}

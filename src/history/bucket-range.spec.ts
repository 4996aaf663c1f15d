/** Choice of buckets and rows for a history request: alignment, retention and limits. */
import { assert, integer, oneof, property, record } from 'fast-check';
import { BUCKETS } from '../store/store.js';
import { MAX_CELLS, MAX_READ_POINTS, MAX_ROWS, type RangeRequest, selectBucketRange } from './bucket-range.js';

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 6, 1, 12, 34, 56, 789);
const select = (request: Partial<RangeRequest>) =>
  selectBucketRange({ from: NOW - HOUR, to: NOW, counterCount: 1, ...request }, NOW);

describe('the rows of a history request', () => {
  it('begin with the row that contains the start, and end with the current row', () => {
    expect(select({ from: NOW - 10 * MINUTE, stepMs: MINUTE })).toEqual({
      start: Date.UTC(2026, 6, 1, 12, 24),
      stepMs: MINUTE,
      rowCount: 11,
      bucketMs: MINUTE,
      end: Date.UTC(2026, 6, 1, 12, 35),
      maxRows: MAX_ROWS,
    });
  });

  it('do not include a row that begins at the end', () => {
    const end = Date.UTC(2026, 6, 1, 12, 30);
    expect(select({ from: end - MINUTE, to: end, stepMs: MINUTE }).rowCount).toBe(1);
    expect(select({ from: end - MINUTE, to: end + 1, stepMs: MINUTE }).rowCount).toBe(2);
  });

  it.each([
    [SECOND, SECOND],
    [90 * SECOND, SECOND],
    [MINUTE, MINUTE],
    [45 * MINUTE, MINUTE],
    [90 * MINUTE, MINUTE],
    [HOUR, HOUR],
    [DAY, HOUR],
  ])('of %d ms are read from the widest buckets that divide them: %d ms', (stepMs, bucketMs) => {
    expect(select({ stepMs }).bucketMs).toBe(bucketMs);
  });

  it.each(BUCKETS.slice(0, 2))(
    'of $stepMs ms may begin where buckets of that width are kept, and not one row earlier',
    ({ stepMs, keepMs }) => {
      const oldest = Math.ceil((NOW - keepMs) / stepMs) * stepMs;
      expect(select({ from: oldest, to: oldest + 9 * stepMs, stepMs })).toMatchObject({ start: oldest, rowCount: 9 });
      expect(select({ from: oldest - 1, to: oldest + 9 * stepMs, stepMs })).toMatchObject({
        start: oldest,
        rowCount: 9,
      });
      const tooEarly = { from: oldest - stepMs - 1, to: oldest + 9 * stepMs };
      expect(() => select({ ...tooEarly, stepMs })).toThrow(/^the query is invalid: step must be a multiple of/);
      expect(select(tooEarly).bucketMs).toBeGreaterThan(stepMs);
    },
  );

  it('span several hours if a thousand counters over single hours would exceed the limit', () => {
    expect(select({ from: NOW - 10 * DAY, counterCount: 1_000 }).stepMs).toBe(4 * HOUR);
  });

  it('are aligned, within the limits, read from buckets that are kept and have begun, and cover the requested range', () => {
    const requests = record(
      {
        from: oneof(integer({ min: NOW - 9 * DAY, max: NOW + DAY }), integer({ min: 0, max: NOW })),
        length: oneof(integer({ min: 1, max: 3 * HOUR }), integer({ min: 1, max: 900 * DAY })),
        stepMs: integer({ min: 1, max: 100_000 }).map((seconds) => seconds * SECOND),
        counterCount: oneof(integer({ min: 0, max: 50 }), integer({ min: 0, max: 3_000 })),
      },
      { requiredKeys: ['from', 'length', 'counterCount'] },
    );
    let acceptedCount = 0;
    assert(
      property(requests, ({ length, ...rest }) => {
        const request = { ...rest, to: rest.from + length };
        let range;
        try {
          range = selectBucketRange(request, NOW);
        } catch {
          return;
        }
        acceptedCount += 1;
        const { start, stepMs, rowCount, bucketMs, end, maxRows } = range;
        const keepMs = BUCKETS.find((bucket) => bucket.stepMs === bucketMs)?.keepMs ?? 0;
        expect([start % stepMs, stepMs % bucketMs, end % bucketMs]).toEqual([0, 0, 0]);
        expect(start).toBeGreaterThanOrEqual(NOW - keepMs);
        expect(maxRows * request.counterCount).toBeLessThanOrEqual(MAX_CELLS);
        expect(((end - start) / bucketMs) * request.counterCount).toBeLessThanOrEqual(MAX_READ_POINTS);
        if (rowCount === 0) return;
        expect(end).toBeLessThan(NOW + bucketMs + 1);
        expect(end).toBeGreaterThanOrEqual(Math.min(request.to, NOW));
        if (request.from >= start + stepMs) throw new Error('the first row ends before the range begins');
        if (request.from < start - stepMs && start - stepMs >= NOW - keepMs) throw new Error('a kept row is missing');
      }),
      { numRuns: 2_000 },
    );
    expect(acceptedCount).toBeGreaterThan(400);
  });
});

/** Rows of days that are made of rows of hours. */
import { array, assert, integer, property } from 'fast-check';
import type { BucketTotals, ExportRecord, PointRun } from '../store/transfer.port.js';
import { DayRowBuilder } from './day-row-builder.js';

const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000] as const;

function createRun(counter: string, stepMs: PointRun['stepMs'], start: bigint, buckets: BucketTotals[]): PointRun {
  return { counter, stepMs, startTotals: { added: start, removed: 0n }, buckets };
}

function collect(records: readonly ExportRecord[]): PointRun[] {
  const builder = new DayRowBuilder();
  return [...records.flatMap((record) => builder.accept(record)), ...builder.finish()].flatMap(({ points }) =>
    points ? [points] : [],
  );
}

describe('the rows of days', () => {
  it('end with the totals of their last hour, and begin where the day before has ended, however hours are split', () => {
    assert(
      property(array(integer({ min: 1, max: 40 }), { maxLength: 300 }), integer({ min: 1, max: 50 }), (gaps, size) => {
        let at = 20_000 * DAY_MS;
        const hours = gaps.map((gap, index) => ({ at: (at += gap * HOUR_MS), added: 8n + BigInt(index), removed: 0n }));
        const records: ExportRecord[] = [];
        for (let index = 0; index < hours.length; index += size) {
          const points = createRun('a', HOUR_MS, 7n + BigInt(index), hours.slice(index, index + size));
          records.push({ points });
        }
        const days = collect(records).filter(({ stepMs }) => stepMs === DAY_MS);
        const expected = new Map(hours.map((hour) => [hour.at - (hour.at % DAY_MS), hour.added]));
        expect(days.flatMap(({ buckets }) => buckets.map((day) => [day.at, day.added] as const))).toEqual([
          ...expected,
        ]);
        let end = 7n;
        for (const { startTotals, buckets } of days) {
          expect(startTotals.added).toBe(end);
          end = buckets.at(-1)?.added ?? 0n;
        }
      }),
    );
  });

  it('follow the hours of their counter at once, and keep a gap between the hours', () => {
    const [first, second] = [createRun('a', HOUR_MS, 0n, []), createRun('b', 1_000, 0n, [])];
    const buckets = [{ at: DAY_MS, added: 3n, removed: 0n }];
    const later = [{ at: 2 * DAY_MS + HOUR_MS, added: 9n, removed: 1n }];
    const runs = [createRun('a', HOUR_MS, 1n, buckets), createRun('a', HOUR_MS, 5n, later)];
    expect(
      collect([first, ...runs, second, { ...runs[0], counter: 'b' } as PointRun].map((points) => ({ points }))),
    ).toEqual([
      first,
      ...runs,
      createRun('a', DAY_MS, 1n, buckets),
      createRun('a', DAY_MS, 5n, [{ at: 2 * DAY_MS, added: 9n, removed: 1n }]),
      second,
      { ...runs[0], counter: 'b' },
      createRun('b', DAY_MS, 1n, buckets),
    ]);
    expect(collect([])).toEqual([]);
  });
});

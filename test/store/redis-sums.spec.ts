/** Sums of ranges equal those of the memory store, whatever rows there are and wherever the ranges begin. */
import * as fc from 'fast-check';
import type { Counter } from '../../src/counters/counters.js';
import { MemoryPoints } from '../../src/store/memory/memory-points.js';
import { type CounterSums, DAY_ROWS, type Point, type RowRange, ROWS, type RowStepMs } from '../../src/store/store.js';
import { RowReader } from '../../src/store/redis/series-reader.js';
import { readCounterSums } from '../../src/store/redis/sums-reader.js';

const DAY_MS = DAY_ROWS.stepMs;
const HOUR_MS = 3_600_000;
/** Days begin at 10:00. */
const DAY_START_MS = 10 * HOUR_MS;

const time = fc.oneof(
  fc.integer({ min: DAY_MS, max: 4 * DAY_MS }),
  fc.integer({ min: 24, max: 96 }).map((hour) => hour * HOUR_MS),
  fc.integer({ min: 0, max: 300 }).map((second) => 2 * DAY_MS + second * 1_000),
);
const range = fc
  .tuple(fc.constantFrom(...ROWS), time, time)
  .map(([{ stepMs }, a, b]): RowRange => ({ stepMs, start: Math.min(a, b), end: Math.max(a, b) }));

const toCounter = (value: number): Counter => ({ definition: {}, value, added: BigInt(value), removed: 0n });

/** Rows by kind as the memory store makes them, and a reader of the same rows as Redis has them. */
function createRows(times: readonly number[]) {
  const memory = new MemoryPoints();
  const rows = new Map<RowStepMs, Point[]>(ROWS.map(({ stepMs }) => [stepMs, []]));
  for (const [index, at] of times.entries()) {
    const [counters, previous] = [index + 1, index].map((value) => new Map([['orders', toCounter(value)]]));
    const start = at - ((at - DAY_START_MS) % DAY_MS);
    if (!counters || !previous) continue;
    memory.write({ revision: index, at, counters, previous, booked: [] }, { start, end: start + DAY_MS });
    for (const { stepMs } of ROWS) {
      const of = rows.get(stepMs) ?? [];
      const rowStart = stepMs === DAY_MS ? start : at - (at % stepMs);
      const last = of.at(-1)?.at === rowStart ? of.pop() : undefined;
      of.push({ at: rowStart, value: index + 1, added: (last?.added ?? 0n) + 1n, removed: 0n });
    }
  }
  const find = (stream: string, from: string, to: string): [string, readonly string[]][] =>
    (rows.get(Number(stream) as RowStepMs) ?? [])
      .slice(0, -1)
      .filter(({ at }) => at >= Number.parseInt(from, 10) && at <= Number.parseInt(to, 10))
      .map((row) => [
        JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)),
        [],
      ]);
  const client = {
    xrange: async (stream: string, from: string, to: string) => find(stream, from, to),
    xrevrange: async (stream: string, to: string) => find(stream, '0', to).toReversed().slice(0, 1),
  };
  const reader = new RowReader<Point>({
    client: client as never,
    toStream: String,
    // Nothing has expired.
    nowMs: 0,
    open: ROWS.map(({ stepMs }) => rows.get(stepMs)?.at(-1)),
    decode: ([text]) => {
      const row = JSON.parse(text) as { at: number; value: number; added: number };
      return { ...row, added: BigInt(row.added), removed: 0n };
    },
  });
  return { memory, reader };
}

it('readSums cuts rows into ranges as the memory store does', async () => {
  const property = fc.asyncProperty(
    fc.array(time, { minLength: 1, maxLength: 30 }),
    fc.array(range, { minLength: 1, maxLength: 40 }),
    async (times, ranges) => {
      const { memory, reader } = createRows(times.toSorted((a, b) => a - b));
      const expected = memory.sum('orders', toCounter(times.length), ranges) as CounterSums;
      expect(await readCounterSums(reader, ranges)).toEqual(expected.sums);
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

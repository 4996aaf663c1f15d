/** Series equal the changes that happened, whether from history, from snapshots, or from both in any order. */
import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import type { DashboardHistory } from '../../src/client/client.js';
import { TotalsSeries, type RunningTotals } from './series.js';

const STEP = 1_000;
const START = 1_700_000_000_000;
const ROWS = 20;

interface Moved {
  readonly at: number;
  readonly by: number;
}

/** Computes the totals of a counter from its changes. */
function totalsBy(changes: readonly Moved[], until: number): RunningTotals {
  const done = changes.filter(({ at }) => at < until);
  return {
    added: 100 + done.reduce((sum, { by }) => sum + Math.max(by, 0), 0),
    removed: 40 + done.reduce((sum, { by }) => sum + Math.max(-by, 0), 0),
  };
}

/** Creates the service's response at a time. */
function createHistory(changes: readonly Moved[], from: number, now: number): DashboardHistory {
  const at: number[] = [];
  for (let row = from; row <= now; row += STEP) at.push(row);
  const sums = at.map((row) => {
    const [before, after] = [totalsBy(changes, row), totalsBy(changes, Math.min(row + STEP, now + 1))];
    return { added: after.added - before.added, removed: after.removed - before.removed };
  });
  const totals = totalsBy(changes, now + 1);
  const value = at.map((row) => {
    const { added, removed } = totalsBy(changes, Math.min(row + STEP, now + 1));
    return added - removed;
  });
  return {
    dashboard: 'main',
    step: STEP,
    at,
    counters: {
      orders: { value, added: sums.map(({ added }) => added), removed: sums.map(({ removed }) => removed), totals },
    },
  };
}

const changesIn = (ms: number) =>
  array(record({ at: integer({ min: 0, max: ms - 1 }), by: constantFrom(-2, -1, 1, 2, 3) }), { maxLength: 30 }).map(
    (changes) => changes.map(({ at, by }) => ({ at: START + at, by })).toSorted((a, b) => a.at - b.at),
  );

const expected = (changes: readonly Moved[], series: TotalsSeries): RunningTotals[] =>
  series.at.map((row) => totalsBy(changes, row + STEP));
const held = (series: TotalsSeries): (RunningTotals | undefined)[] =>
  series.at.map((row) => series.getTotalsAt('orders', row));

describe('a series', () => {
  it('filled from history and continued by snapshots equals the changes, whichever arrives first', () => {
    assert(
      property(
        changesIn(ROWS * STEP),
        integer({ min: 0, max: ROWS * STEP - 1 }),
        integer({ min: 0, max: 30 }),
        (changes, readAt, early) => {
          const series = new TotalsSeries(STEP, ROWS);
          // A response may start before the kept rows.
          const history = createHistory(changes, START - 5 * STEP, START + readAt);
          const before = changes.filter(({ at }) => at <= START + readAt);
          const after = changes.filter(({ at }) => at > START + readAt);
          // Snapshots that overtake the response, from the change at which watching started.
          const overtaking = [...before.slice(early), ...after.slice(0, early)];
          for (const { at } of overtaking) series.record('orders', at, totalsBy(changes, at + 1));
          series.merge(history);
          for (const { at } of after) series.record('orders', at, totalsBy(changes, at + 1));
          series.advance(START + ROWS * STEP - 1);
          expect(held(series)).toEqual(expected(changes, series));
          expect(series.at).toHaveLength(ROWS);
        },
      ),
    );
  });

  it('fills a gap with history that is read afterwards', () => {
    assert(
      property(
        changesIn(ROWS * STEP),
        integer({ min: 1, max: ROWS - 2 }),
        integer({ min: 0, max: ROWS }),
        (changes, lostRow, rows) => {
          const series = new TotalsSeries(STEP, ROWS);
          const [lost, back] = [START + lostRow * STEP, START + Math.min(lostRow + rows, ROWS - 1) * STEP];
          series.merge(createHistory(changes, START, lost));
          series.merge(createHistory(changes, series.getReadStart(back) - 3 * STEP, back));
          for (const { at } of changes.filter((change) => change.at > back))
            series.record('orders', at, totalsBy(changes, at + 1));
          series.advance(START + ROWS * STEP - 1);
          expect(held(series)).toEqual(expected(changes, series));
        },
      ),
    );
  });

  it('keeps its number of rows, and starts over after a long pause', () => {
    const series = new TotalsSeries(STEP, 3);
    for (let row = 0; row < 5; row += 1) series.record('orders', START + row * STEP, { added: row, removed: 0 });
    expect(series.at).toEqual([2, 3, 4].map((row) => START + row * STEP));
    expect(series.getValues('orders')).toEqual([2, 3, 4]);
    series.advance(START + 100 * STEP);
    expect(series.at).toEqual([START + 100 * STEP]);
    expect(series.getValues('orders')).toEqual([null]);
  });

  it('has no values of a counter before its first totals', () => {
    const series = new TotalsSeries(STEP, 3);
    series.advance(START);
    series.record('orders', START + STEP, { added: 5, removed: 1 });
    expect(series.getValues('orders')).toEqual([null, 4]);
    expect(series.getValues('products')).toEqual([null, null]);
    expect(series.getTotalsAt('orders', START)).toBeUndefined();
  });

  it('sums rows into wider rows, and leaves out the first one if it is incomplete', () => {
    const series = new TotalsSeries(STEP, 10);
    // Rows 3 to 8 in wide rows of 4: [.. 3] [4 5 6 7] [8 ..]
    for (let row = 3; row <= 8; row += 1) {
      series.record('orders', row * STEP, { added: 10 * row, removed: row });
    }
    expect(series.getRates('orders', 4 * STEP)).toEqual({
      at: [4 * STEP, 8 * STEP],
      added: [40, 10],
      removed: [4, 1],
    });
  });

  it('removes one counter, or everything', () => {
    const series = new TotalsSeries(STEP, 3);
    series.record('orders', START, { added: 1, removed: 0 });
    series.removeCounter('orders');
    expect(series.getValues('orders')).toEqual([null]);
    series.clear();
    expect(series.at).toEqual([]);
  });
});

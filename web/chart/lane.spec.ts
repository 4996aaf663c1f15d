/** Lanes, their scales and what is drawn in them. */
import { assert, integer, property, tuple } from 'fast-check';
import type { DashboardDefinition, PeriodRow } from '../../src/client/client.js';
import { HOUR_MS } from '../words/durations.js';
import type { ChartRows } from './chart-rows.js';
import { type Lane, type LaneForm, listLanes, type SeriesChoice } from './lane.js';
import { listColumns } from './lane-columns.js';
import { getLaneScale } from './lane-scale.js';

const UNIT = { least: 1, one: 1 };
const TALL = 100;

const DEFINITION: DashboardDefinition = {
  dashboard: 'shop',
  version: 1,
  counters: {
    visits: {},
    orders: { target: { value: 300, per: 'day' } },
    returns: {},
    revenue: { currency: 'EUR', scale: 2 },
    refunds: { currency: 'EUR', scale: 2 },
    stock: { kind: 'gauge' },
  },
  measures: { conversion: { ratio: ['orders', 'visits'], percent: true } },
  resolved: { timeZone: 'UTC', dayStartsAt: '00:00', weekStartsOn: 'monday' },
};

/** Hours from midnight on; the last one runs. */
function createRows(columns: Readonly<Record<string, readonly number[]>>, before: readonly number[] = []): ChartRows {
  const length = Math.max(...Object.values(columns).map((column) => column.length));
  const createRow = (index: number, counters: PeriodRow['counters']): PeriodRow => ({
    start: index * HOUR_MS,
    end: (index + 1) * HOUR_MS,
    counters,
  });
  const rows = Array.from({ length }, (_, index) => {
    const counters = Object.fromEntries(
      Object.entries(columns).map(([name, column]) => {
        const number = column[index] ?? 0;
        const sum = column.slice(0, index + 1).reduce((a, b) => a + b, 0);
        return [
          name,
          name === 'stock'
            ? { value: number, least: number, most: number }
            : { value: sum, added: Math.max(0, number), removed: Math.max(0, -number) },
        ];
      }),
    );
    return createRow(index, counters);
  });
  const earlier = before.map((added, index) => createRow(index, { visits: { value: 0, added, removed: 0 } }));
  const at = (length - 0.5) * HOUR_MS;
  const named = new Map(before.length > 0 ? [['all', earlier] as const] : []);
  return { from: 0, to: 24 * HOUR_MS, bucket: { period: 'hour' }, rows, before: named, at };
}

function layOut(rows: ChartRows, names: readonly string[], form?: LaneForm, isStacked = false): Lane[] {
  const choices = names.map((name, index): SeriesChoice => ({ name, slot: (index + 1) as 1 | 2 | 3, form }));
  return listLanes(DEFINITION, choices, rows, { period: 'day', isStacked });
}

const listNames = (lanes: readonly Lane[]): string[][] => lanes.map(({ series }) => series.map(({ name }) => name));
const getScale = (lane: Lane | undefined, height = TALL) => {
  if (!lane) throw new Error('there is no lane');
  return getLaneScale(lane, height, UNIT);
};

it('series of 9,000, 2,000 and 300 get a lane each, and each uses at least 60 % of its lane', () => {
  const rows = createRows({ visits: [4_000, 9_000, 10], orders: [2_000, 900, 1], returns: [300, 20, 0] });
  const lanes = layOut(rows, ['visits', 'orders', 'returns']);
  expect(listNames(lanes)).toEqual([['visits'], ['orders'], ['returns']]);
  const shares = [9_000, 2_000, 300].map((most, index) => most / getScale(lanes[index]).high);
  expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.6);
});

it.each<[string, Readonly<Record<string, readonly number[]>>, string[][]]>([
  ['numbers of one magnitude share a lane', { visits: [50, 1], orders: [10, 1] }, [['visits', 'orders']]],
  ['numbers that differ by more than five do not', { visits: [51, 1], orders: [10, 1] }, [['visits'], ['orders']]],
  ['units never share a lane', { visits: [50, 1], revenue: [5_000, 1] }, [['visits'], ['revenue']]],
  ['cents are compared as euros', { revenue: [5_000, 1], refunds: [4_000, 1] }, [['revenue', 'refunds']]],
  ['levels are no bars', { visits: [50, 1], stock: [50, 50] }, [['visits'], ['stock']]],
  ['empty series do not separate others', { visits: [50, 1], orders: [0, 0] }, [['visits', 'orders']]],
])('%s', (_case, columns, expected) => {
  expect(listNames(layOut(createRows(columns), Object.keys(columns)))).toEqual(expected);
});

describe('a scale', () => {
  const getTop = (numbers: readonly number[], before: readonly number[] = []): number =>
    getScale(layOut(createRows({ visits: numbers }, before), ['visits'])[0]).high;

  it.each([
    [10, 10],
    [11, 15],
    [16, 20],
    [21, 30],
    [31, 40],
    [41, 50],
    [51, 80],
    [81, 100],
    [9_000, 10_000],
  ])('ends for %d at %d', (most, top) => {
    expect(getTop([most, 0])).toBe(top);
  });

  it('is never set by the running bucket, unless there is no other', () => {
    expect(getTop([10, 4, 5_000])).toBe(10);
    expect(getTop([0, 0, 40], [10, 10, 10])).toBe(10);
    expect(getTop([0, 0, 40])).toBe(40);
    expect(getTop([0])).toBe(1);
  });

  it('contains the span before, the target and what was taken away', () => {
    expect(getTop([10, 1], [70, 1])).toBe(80);
    const [adding] = layOut(createRows({ orders: [10, 20] }), ['orders'], 'adding');
    expect(adding?.series[0]?.target).toBe(300);
    expect(getScale(adding).high).toBe(300);
    expect(layOut(createRows({ orders: [10, 20] }), ['orders'])[0]?.series[0]?.target).toBeUndefined();
    expect(getScale(layOut(createRows({ visits: [10, -3, 0] }), ['visits'])[0])).toEqual({
      low: -3,
      high: 10,
      ticks: [-3, 0, 10],
    });
  });

  it('has at most four marks, at numbers of the unit, and two in a low lane', () => {
    assert(
      property(integer({ min: 1, max: 1_000_000 }), (most) => {
        const [lane] = layOut(createRows({ visits: [most, 0] }), ['visits']);
        const { ticks, high } = getScale(lane);
        expect(ticks.length).toBeLessThanOrEqual(4);
        expect(ticks.every((tick) => Number.isInteger(tick))).toBe(true);
        expect(most / high).toBeGreaterThanOrEqual(0.6);
        expect(getScale(lane, 50).ticks).toEqual([0, high]);
      }),
    );
  });

  it('of levels uses most of the lane, and does not blow up small changes', () => {
    // Few whole numbers have no finer scale.
    const ranges = tuple(integer({ min: 0, max: 100_000 }), integer({ min: 20, max: 100_000 }));
    assert(
      property(
        ranges.filter(([least, range]) => range >= (least + range) / 20),
        ([least, range]) => {
          const most = least + range;
          const { low, high, ticks } = getScale(layOut(createRows({ stock: [least, most] }), ['stock'])[0]);
          expect(low).toBeLessThanOrEqual(least);
          expect(high).toBeGreaterThanOrEqual(most);
          expect(ticks.length).toBeLessThanOrEqual(4);
          expect(range / (high - low)).toBeGreaterThanOrEqual(0.6);
        },
      ),
    );
    const { low, high } = getScale(layOut(createRows({ stock: [1_230, 1_228] }), ['stock'])[0]);
    expect(high - low).toBeGreaterThanOrEqual(60);
  });
});

describe('what is drawn', () => {
  const at = (hour: number): number => hour * HOUR_MS;

  it('adds up from the start of the span to now', () => {
    const rows = createRows({ visits: [3, 4, 1] });
    const [lane] = layOut(rows, ['visits'], 'adding');
    expect(lane && listColumns(lane, rows)).toMatchObject([
      { kind: 'line', at: [0, at(1), at(2), at(2.5)], values: [0, 3, 7, 8] },
    ]);
  });

  it('is the level at each time, from the start of the span on', () => {
    const rows = createRows({ visits: [3, 4, 1], stock: [9, 8, 7] });
    const [counter] = layOut(rows, ['visits'], 'level');
    expect(counter && listColumns(counter, rows)).toMatchObject([
      { at: [0, at(1), at(2), at(2.5)], values: [0, 3, 7, 8] },
    ]);
    const [gauge] = layOut(rows, ['stock']);
    expect(gauge && listColumns(gauge, rows)).toMatchObject([{ at: [at(1), at(2), at(2.5)], values: [9, 8, 7] }]);
  });

  it('stacks bars, and draws the span before behind a single series only', () => {
    const rows = createRows({ visits: [3, 4, 1], orders: [1, 2, 1] }, [5, 5, 5]);
    const [stacked] = layOut(rows, ['visits', 'orders'], undefined, true);
    expect(stacked && listColumns(stacked, rows)).toMatchObject([
      { name: 'visits', kind: 'bars', values: [3, 4, 1], bases: [0, 0, 0] },
      { name: 'orders', kind: 'bars', values: [4, 6, 2], bases: [3, 4, 1] },
    ]);
    expect(getScale(stacked).high).toBe(8);
    const [single] = layOut(rows, ['visits']);
    expect(single && listColumns(single, rows)[0]).toMatchObject({ kind: 'before', values: [5, 5, 5, 5] });
  });
});

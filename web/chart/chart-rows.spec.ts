/** Rows of the chart, and how live numbers continue them. */
import type { DashboardDefinition, PeriodRow } from '../../src/client/client.js';
import { RowContinuation } from './chart-rows.js';

const DEFINITION: DashboardDefinition = {
  dashboard: 'shop',
  version: 1,
  counters: { orders: {}, visits: {}, stock: { kind: 'gauge' } },
  measures: { conversion: { ratio: ['orders', 'visits'], percent: true } },
  resolved: { timeZone: 'UTC', dayStartsAt: '00:00', weekStartsOn: 'monday' },
};
const ROWS: readonly PeriodRow[] = [
  {
    start: 0,
    end: 10,
    counters: {
      orders: { value: 5, added: 6, removed: 1 },
      visits: { value: 100, added: 100, removed: 0 },
      stock: { value: 7, least: 6, most: 9 },
    },
    measures: { conversion: 5 },
  },
];

it('live numbers go into the running bucket, and measures follow', () => {
  const totals: Record<string, number> = { orders: 5, visits: 100, stock: 7 };
  const continuation = new RowContinuation(DEFINITION, (name) => totals[name]);
  expect(continuation.update(ROWS)).toBe(ROWS);
  Object.assign(totals, { orders: 3, visits: 125, stock: 4 });
  expect(continuation.update(ROWS)).toEqual([
    {
      start: 0,
      end: 10,
      counters: {
        orders: { value: 3, added: 6, removed: 3 },
        visits: { value: 125, added: 125, removed: 0 },
        stock: { value: 4, least: 4, most: 9 },
      },
      measures: { conversion: 2.4 },
    },
  ]);
});

it('buckets that have begun start with nothing added and the levels as they were', () => {
  const continuation = new RowContinuation(DEFINITION, () => undefined);
  expect(continuation.advance(ROWS, 9)).toBe(ROWS);
  const counters = {
    orders: { value: 5, added: 0, removed: 0 },
    visits: { value: 100, added: 0, removed: 0 },
    stock: { value: 7, least: 7, most: 7 },
  };
  expect(continuation.advance(ROWS, 20)).toEqual([
    ...ROWS,
    { start: 10, end: 20, counters, measures: { conversion: null } },
    { start: 20, end: 30, counters, measures: { conversion: null } },
  ]);
});

it('a measure whose counters are not watched keeps what was read', () => {
  const continuation = new RowContinuation(DEFINITION, (name) => (name === 'orders' ? 9 : undefined));
  const [row] = continuation.update([
    { start: 0, end: 10, counters: { orders: { value: 5, added: 5, removed: 0 } }, measures: { conversion: 5 } },
  ]);
  expect(row?.measures).toEqual({ conversion: 5 });
});

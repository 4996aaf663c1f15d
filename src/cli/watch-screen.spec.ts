/** Numbers of a watch on a terminal: by the definition, in a language, of a value or a period. */
import { stripVTControlCharacters } from 'node:util';
import type { DashboardDefinition, Snapshot } from '../client/client.js';
import { TerminalView, type TerminalViewOptions } from './watch-screen.js';

const DEFINITION: DashboardDefinition = {
  dashboard: 'shop',
  version: 1,
  counters: { orders: {}, revenue: { scale: 2, currency: 'EUR' }, stock: { kind: 'gauge', unit: 'kg' } },
  measures: { basket: { ratio: ['revenue', 'orders'], currency: 'EUR' } },
  resolved: { timeZone: 'UTC', dayStartsAt: '00:00', weekStartsOn: 'monday' },
};
const snapshot = (revision: number, orders: number, revenue: number, basket: number | null): Snapshot => ({
  dashboard: 'shop',
  epoch: 'e1',
  revision,
  at: revision,
  counters: { orders, revenue, stock: 7 },
  measures: { basket },
  periods: {
    day: { start: 0, end: 1, added: { orders: revision, revenue: 500 }, removed: {}, measures: { basket: null } },
  },
});

/** Draws on a terminal that remembers its last picture. */
function createView(options: Omit<TerminalViewOptions, 'title'>) {
  const shown = { text: '' };
  const write = (text: string): unknown => (shown.text = stripVTControlCharacters(text));
  const view = new TerminalView({ columns: 80, rows: 24, write }, { title: 'shop', ...options });
  return { view, read: () => shown.text.split('\n').map((line) => line.replaceAll(/\s+/g, ' ').trim()) };
}

it('shows nothing but names until it is known how to read the numbers', () => {
  const { view, read } = createView({ locale: 'en', period: undefined });
  view.showSnapshot(snapshot(1, 0, 0, null));
  expect(read()).toEqual(['shop', 'orders –', 'revenue –', 'stock –', 'basket –', '', '']);
});

it.each([
  ['en', undefined, ['orders 2 +2', 'revenue €1,248.05 +€1,248.05', 'stock 7 kg', 'basket €624.03']],
  ['de', undefined, ['orders 2 +2', 'revenue 1.248,05 € +1.248,05 €', 'stock 7 kg', 'basket 624,03 €']],
  ['en', 'day', ['orders 2 +1', 'revenue €5.00', 'stock –', 'basket –']],
] as const)('in %s of the period %s it shows number and last change', (locale, period, lines) => {
  const { view, read } = createView({ locale, period });
  view.showDefinition(DEFINITION);
  view.showSnapshot(snapshot(1, 0, 0, null));
  view.showSnapshot(snapshot(2, 2, 124_805, 624.03));
  view.showStatus('live');
  expect(read()).toEqual(['shop', ...lines, 'live', '']);
});

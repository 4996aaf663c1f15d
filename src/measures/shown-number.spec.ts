/** Finding and writing the number of a counter or a measure. */
import { findNumber, formatShownNumber, getReading, type NumberDefinitions, type NumberKind } from './shown-number.js';

const DEFINITIONS: NumberDefinitions = {
  counters: {
    orders: {},
    revenue: { scale: 2, currency: 'EUR' },
    stock: { kind: 'gauge', scale: 3, unit: 'kg' },
    constructor: { unit: 'people' },
  },
  measures: {
    basket: { ratio: ['revenue', 'orders'], currency: 'EUR' },
    share: { ratio: ['orders', 'stock'], percent: true },
    all: { sum: ['orders', 'revenue'] },
    huge: { ratio: ['orders', 'stock'], scale: 9 },
  },
};
const day = { start: 0, end: 1, added: { orders: 5, revenue: 300 }, removed: { orders: 1, revenue: 1_000 } };
const NUMBERS = {
  counters: { orders: 12, revenue: 124_805, stock: 1_500, constructor: 3 },
  measures: { basket: 12.3, share: 0.8, all: 1_260.05, huge: 9e24 },
  periods: { day: { ...day, measures: { basket: null, share: 43, all: -3 } } },
};

it.each<[string, NumberKind, string]>([
  ['orders', 'total', '12'],
  ['orders', 'day', '4'],
  ['orders', 'week', '–'],
  ['revenue', 'total', '€1,248.05'],
  ['revenue', 'day', '−€7.00'],
  ['stock', 'total', '1.500\u00a0kg'],
  ['stock', 'day', '–'],
  ['constructor', 'total', '3\u00a0people'],
  ['basket', 'total', '€12.30'],
  ['basket', 'day', '–'],
  ['share', 'total', '0.8%'],
  ['share', 'day', '43.0%'],
  ['all', 'total', '1,260.05'],
  ['all', 'day', '−3.00'],
  ['huge', 'total', '9,000,000,000,000,000,385,875,968.000000000'],
  ['toString', 'total', '–'],
  ['valueOf', 'day', '–'],
])('%s reads, of kind %s: %s', (name, kind, text) => {
  expect(formatShownNumber(DEFINITIONS, name, findNumber(NUMBERS, name, kind), 'en')).toBe(text);
});

it('an unknown name is read as a plain number', () => {
  expect(getReading({ counters: {} }, 'toString')).toEqual({ scale: 0 });
});

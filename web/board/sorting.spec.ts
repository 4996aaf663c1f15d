/** Order, groups and search of a list. */
import type { DashboardDefinition } from '../../src/client/client.js';
import type { Facts } from './facts.js';
import { filterByText, sortGroups } from './sorting.js';

const DEFINITION = {
  counters: { a: { scale: 2 }, b: {}, c: {}, d: { kind: 'gauge' } },
  measures: { share: { ratio: ['a', 'b'] } },
  layout: {
    groups: [
      { title: 'North', tiles: [{ show: 'b' }, { show: 'a' }] },
      { title: 'South', tiles: [{ show: 'c' }] },
    ],
  },
} as unknown as DashboardDefinition;
const NAMES = ['a', 'b', 'c', 'd', 'share'];
const FACTS: Readonly<Record<string, Partial<Facts>>> = {
  a: {
    title: 'Köln 10',
    number: 500,
    level: 'warn',
    delta: { kind: 'percent', way: 'down', isBetter: false, percent: 8 },
  },
  b: { title: 'Köln 9', number: 12, level: 'good', delta: { kind: 'new', way: 'up', isBetter: true } },
  c: { title: 'Ahrweiler Süd', number: 12, level: 'bad', delta: { kind: 'same', way: 'same' } },
  d: { title: 'Stock', number: null },
  share: { title: 'Share', number: 7.5, delta: { kind: 'points', way: 'up', isBetter: true, amount: 0.5 } },
};
const getFacts = (name: string): Facts => ({ name, title: name, kind: 'day', ...FACTS[name] }) as Facts;

it.each([
  ['attention', true, 'attention: c a | North: b | rest: d share'],
  ['attention', false, 'attention: c a | rest: b d share'],
  ['board', true, 'North: b a | South: c | -: d share'],
  ['name', false, '-: c b a share d'],
  // 500 at scale 2 are 5; of equals the title decides, and what has no number comes last.
  ['number', false, '-: c b share a d'],
  ['number', true, 'North: b a | South: c | -: share d'],
  ['change', false, '-: b share c a d'],
] as const)('order %s, in groups: %s, is %s', (order, isGrouped, expected) => {
  const groups = sortGroups(DEFINITION, NAMES, getFacts, { order, isGrouped, locale: 'de' });
  const titles = groups.map(
    ({ title = '-', names }) => `${typeof title === 'string' ? title : title.of}: ${names.join(' ')}`,
  );
  expect(titles.join(' | ')).toBe(expected);
});

it.each([
  ['koln', ['a', 'b']],
  ['SÜD ahr', ['c']],
  ['share', ['share']],
  ['nowhere', []],
])('typing %p finds %p', (typed, expected) => {
  expect(filterByText(NAMES.map(getFacts), typed)).toEqual(expected);
});

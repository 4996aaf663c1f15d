/** Faults of rules that show against the definition of the dashboard. */
import type { RuleCondition, RuleDefinition } from './rule.js';
import { checkRuleAgainst, type RuledDashboard } from './rule-check.js';

const SHOP: RuledDashboard = {
  counters: { orders: {}, revenue: { scale: 2, currency: 'EUR' }, stock: { kind: 'gauge' } },
  measures: {
    basket: { ratio: ['revenue', 'orders'], currency: 'EUR' },
    conversion: { ratio: ['orders', 'stock'], percent: true },
    total: { sum: ['orders', '-stock'] },
    all: { sum: ['orders', 'revenue'], scale: 9 },
  },
};

function check(when: RuleCondition, clearsAt?: number, dashboard = SHOP): string[] {
  const rule: RuleDefinition = {
    when,
    ...(clearsAt !== undefined && { clearsAt }),
    notify: [{ url: 'https://example.com/', format: 'cloudevents' }],
  };
  return checkRuleAgainst(rule, dashboard).map(({ pointer, detail }) => `${pointer} ${detail}`);
}

const NO_INTEGER = 'must be an integer of the smallest unit: 12480 for 124.80 at scale 2';
const OUT_OF_RANGE = 'must be from -9007199254740991 to 9007199254740991';

describe('a rule', () => {
  it.each<[string, RuleCondition, number | undefined]>([
    ['a counter', { of: 'orders', above: 200 }, 150],
    ['a period of a counter, which can be below 0', { of: 'orders', in: 'day', below: -3 }, -2],
    ['the largest value', { of: 'revenue', above: 2 ** 53 - 1 }, -(2 ** 53 - 1)],
    ['the level of a gauge', { of: 'stock', below: 10 }, undefined],
    ['a measure in its decimals', { of: 'basket', above: 12.34 }, 1.5],
    ['a period of a measure', { of: 'conversion', in: 'week', below: 4.3 }, undefined],
    ['the last decimal of a measure', { of: 'all', above: 1e-9 }, -2.5e-8],
    ['a large number of a measure', { of: 'total', above: 1e21 }, undefined],
    ['silence of a counter', { of: 'stock', silentFor: 'PT30M' }, undefined],
    ['silence of a measure', { of: 'basket', silentFor: 'PT30M' }, undefined],
    ['silence as long as its window', { of: 'stock', silentFor: 'PT9H', between: '09:00-18:00' }, undefined],
    ['silence of a whole night', { of: 'stock', silentFor: 'PT8H', between: '22:00-06:00', on: ['sat'] }, undefined],
    ['silence of days over the end of a week', { of: 'stock', silentFor: 'P3D', on: ['sun', 'mon', 'sat'] }, undefined],
    ['silence of a month on all days', { of: 'stock', silentFor: 'P31D' }, undefined],
  ])('may be about %s', (_, when, clearsAt) => {
    expect(check(when, clearsAt)).toEqual([]);
  });

  it.each<[string, RuleCondition, number | undefined, string[]]>([
    [
      'a name that does not exist',
      { of: 'visitors', above: 1 },
      undefined,
      ['/when/of is visitors, which is no counter or measure of this dashboard: define it, or correct the name'],
    ],
    [
      'a misspelt name',
      { of: 'baskt', silentFor: 'PT1H' },
      undefined,
      ['/when/of is baskt, which is no counter or measure of this dashboard: did you mean basket?'],
    ],
    [
      'a member that every object has',
      { of: 'constructor', above: 1 },
      undefined,
      ['/when/of is constructor, which is no counter or measure of this dashboard: define it, or correct the name'],
    ],
    [
      'a silence that is longer than its window',
      { of: 'stock', silentFor: 'PT12H', between: '09:30-18:00', on: ['mon', 'tue'] },
      undefined,
      ['/when/silentFor must be at most PT8H30M, the time that between and on leave'],
    ],
    [
      'a silence that is longer than a night',
      { of: 'stock', silentFor: 'PT1H', between: '23:45-00:15' },
      undefined,
      ['/when/silentFor must be at most PT30M, the time that between and on leave'],
    ],
    [
      'a silence that is longer than the days that follow each other',
      { of: 'stock', silentFor: 'P4D', on: ['sun', 'mon', 'wed', 'thu', 'fri'] },
      undefined,
      ['/when/silentFor must be at most PT72H, the time that between and on leave'],
    ],
    [
      'a period of a gauge',
      { of: 'stock', in: 'day', above: 1 },
      undefined,
      ['/when/in is not for gauges: leave it out, a gauge has no number of a period'],
    ],
    [
      'fractions of a counter',
      { of: 'revenue', above: 12.5 },
      0.5,
      [`/when/above ${NO_INTEGER}`, `/clearsAt ${NO_INTEGER}`],
    ],
    [
      'a number that no counter has',
      { of: 'orders', below: -(2 ** 53) },
      2 ** 53,
      [`/when/below ${OUT_OF_RANGE}`, `/clearsAt ${OUT_OF_RANGE}`],
    ],
    [
      'more decimals than the currency has',
      { of: 'basket', above: 12.345 },
      12.3,
      ['/when/above must have at most 2 decimals, as the measure has'],
    ],
    [
      'more decimals than a percentage has',
      { of: 'conversion', below: 4 },
      4.25,
      ['/clearsAt must have at most 1 decimal, as the measure has'],
    ],
    [
      'decimals of a sum of integers',
      { of: 'total', above: 0.5 },
      undefined,
      ['/when/above must be an integer, since the measure has no decimals'],
    ],
    [
      'a decimal beyond the last',
      { of: 'all', above: 1e-10 },
      undefined,
      ['/when/above must have at most 9 decimals, as the measure has'],
    ],
  ])('may not be about %s', (_, when, clearsAt, faults) => {
    expect(check(when, clearsAt)).toEqual(faults);
  });

  it('cannot be about anything on a dashboard without counters', () => {
    expect(check({ of: 'orders', above: 1 }, undefined, { counters: {} })).toHaveLength(1);
  });
});

/** Faults of definitions that their shape does not show. */
import type { CounterDefinition, DashboardSettings, MeasureDefinition } from '../counters/definition.js';
import { checkDefinition } from './definition-check.js';

const COUNTERS: Record<string, CounterDefinition> = {
  orders: {},
  revenue: { scale: 2, currency: 'EUR' },
  stock: { kind: 'gauge' },
};
const isTimeZone = (name: string): boolean => ['UTC', 'Europe/Berlin'].includes(name);

const check = (settings: DashboardSettings, counters: Record<string, CounterDefinition> = {}): string[] =>
  checkDefinition({ settings, counters: { ...COUNTERS, ...counters } }, isTimeZone).map(
    ({ pointer, detail }) => `${pointer} ${detail}`,
  );
const at = (...numbers: number[]): Pick<CounterDefinition, 'thresholds'> => ({
  thresholds: numbers.map((number) => ({ at: number, level: 'good' })),
});
const NO_SUCH_COUNTER = 'which is no counter of this dashboard: define the counter, or correct the name';
const atLeast = (min: number): string =>
  `must be at least ${min}, since the counter never goes below it: raise it, or lower min`;
const NO_CURRENCY = 'is not a currency of ISO 4217: use a code such as EUR, or set unit and scale';
const NO_INTEGER = 'must be an integer of the smallest unit: 12480 for 124.80 at scale 2';

describe('a definition', () => {
  it('is valid with everything that it can have', () => {
    const settings: DashboardSettings = {
      timeZone: 'Europe/Berlin',
      measures: {
        basket: {
          ratio: ['revenue', 'orders'],
          currency: 'EUR',
          target: { value: 12.5, per: 'day' },
          ...at(-0.5, 0, 2.25),
        },
        conversion: { ratio: ['orders', 'orders'], percent: true, headline: 'day', scale: 9 },
        all: {
          sum: Array.from({ length: 32 }, (_, index) => (index % 2 ? '-stock' : 'orders')),
          unit: 'pcs',
          scale: 0,
        },
      },
      layout: {
        groups: [{ tiles: [{ show: 'orders' }, { show: 'basket' }] }, { tiles: [{ show: 'revenue', hidden: true }] }],
      },
    };
    const counters: Record<string, CounterDefinition> = {
      full: { target: { value: -3, per: 'hour' }, headline: 'year', min: null, ...at(-1, 0, 1) },
      // The number of a period may be less than the counter can.
      falling: { min: 5, goodWhen: 'down', target: { value: -3, per: 'day' }, headline: 'day', ...at(-1) },
      rising: { min: 5, target: { value: 3, per: 'day' } },
      negative: { min: -5, target: { value: -5 }, ...at(-5) },
      level: { kind: 'gauge', headline: 'total', target: { value: 40 }, currency: 'JPY' },
    };
    expect(check(settings, counters)).toEqual([]);
    expect(check({}, {})).toEqual([]);
  });

  it.each<[CounterDefinition, string[]]>([
    [{ scale: -1 }, ['/scale must be an integer from 0 to 9']],
    [{ scale: 10 }, ['/scale must be an integer from 0 to 9']],
    [{ scale: 1.5 }, ['/scale must be an integer from 0 to 9']],
    [{ currency: 'EURO' }, [`/currency ${NO_CURRENCY}`]],
    [{ currency: 'eur' }, [`/currency ${NO_CURRENCY}`]],
    [{ currency: 'XAU' }, [`/currency ${NO_CURRENCY}`]],
    [{ target: { value: 0 } }, ['/target/value must not be 0: leave the target out']],
    [{ target: { value: -0 } }, ['/target/value must not be 0: leave the target out']],
    [{ target: { value: 0.5 } }, [`/target/value ${NO_INTEGER}`]],
    [{ target: { value: 2 ** 53 } }, [`/target/value ${NO_INTEGER}`]],
    [at(1, 2, 3, 4), ['/thresholds has 4 thresholds: at most 3 are allowed']],
    [at(1, 1), ['/thresholds/1/at must be above the one before: more than 1']],
    [
      at(3, 2, 1),
      [
        '/thresholds/1/at must be above the one before: more than 3',
        '/thresholds/2/at must be above the one before: more than 2',
      ],
    ],
    [at(1, 2.5), [`/thresholds/1/at ${NO_INTEGER}`]],
    [{ target: { value: -3 } }, [`/target/value ${atLeast(0)}`]],
    [{ target: { value: -3, per: 'day' } }, [`/target/value ${atLeast(0)}`]],
    [{ min: 5, target: { value: 4 }, goodWhen: 'down' }, [`/target/value ${atLeast(5)}`]],
    [{ min: -5, target: { value: -6, per: 'day' } }, [`/target/value ${atLeast(-5)}`]],
    [{ min: 5, ...at(4, 5, 6) }, [`/thresholds/0/at ${atLeast(5)}`]],
    [{ kind: 'gauge', ...at(-2, -1, 0) }, [`/thresholds/0/at ${atLeast(0)}`, `/thresholds/1/at ${atLeast(0)}`]],
    [{ kind: 'gauge', headline: 'day' }, ['/headline must be total: a gauge has a level, and no number of a period']],
    [
      { kind: 'gauge', target: { value: 1, per: 'day' } },
      ['/target/per is not for gauges: leave it out, the target is a level to reach'],
    ],
    [
      { scale: 10, currency: 'X', ...at(2, 1) },
      [
        '/scale must be an integer from 0 to 9',
        `/currency ${NO_CURRENCY}`,
        '/thresholds/1/at must be above the one before: more than 2',
      ],
    ],
  ])('is refused for the counter %j', (counter, faults) => {
    expect(check({}, { it: counter })).toEqual(faults.map((one) => `/counters/it${one}`));
  });

  it.each<[object, string[]]>([
    [{ ratio: ['revenue', 'order'] }, [`/ratio/1 is order, ${NO_SUCH_COUNTER}`]],
    [{ ratio: ['it', 'orders'] }, ['/ratio/0 is it, a measure: name counters only']],
    [{ ratio: ['constructor', 'orders'] }, [`/ratio/0 is constructor, ${NO_SUCH_COUNTER}`]],
    [{ ratio: ['orders'] }, ['/ratio must name two counters: the dividend and the divisor']],
    [
      { ratio: ['orders', 'orders', 'no'] },
      ['/ratio must name two counters: the dividend and the divisor', `/ratio/2 is no, ${NO_SUCH_COUNTER}`],
    ],
    [{ ratio: ['orders', '-orders'] }, [`/ratio/1 is -orders, ${NO_SUCH_COUNTER}`]],
    [
      { ratio: ['orders', 'orders'], percent: true, currency: 'EUR' },
      ['/currency is not for percentages: leave out currency or percent'],
    ],
    [{ sum: [] }, ['/sum has 0 terms: must have 1 to 32']],
    [{ sum: Array.from({ length: 33 }, () => 'orders') }, ['/sum has 33 terms: must have 1 to 32']],
    [{ sum: ['orders', '-order'] }, [`/sum/1 is order, ${NO_SUCH_COUNTER}`]],
    [{ sum: ['orders', '-it'] }, ['/sum/1 is it, a measure: name counters only']],
    [{ sum: ['--orders'] }, [`/sum/0 is -orders, ${NO_SUCH_COUNTER}`]],
    [{ sum: ['orders'], currency: 'XXX' }, [`/currency ${NO_CURRENCY}`]],
    [
      { sum: ['orders'], scale: 10, target: { value: 0 } },
      ['/scale must be an integer from 0 to 9', '/target/value must not be 0: leave the target out'],
    ],
    [{ sum: ['orders'], target: { value: Number.NaN } }, ['/target/value must be a number']],
    [{ sum: ['orders'], ...at(0.5, 0.25) }, ['/thresholds/1/at must be above the one before: more than 0.5']],
  ])('is refused for the measure %j', (measure, faults) => {
    expect(check({ measures: { it: measure as MeasureDefinition } })).toEqual(
      faults.map((one) => `/measures/it${one}`),
    );
  });

  it('is refused for an unknown zone, a name that is taken, too many measures, and tiles of nothing or twice', () => {
    const sum: MeasureDefinition = { sum: ['orders'] };
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`m${index}`, sum]));
    expect(check({ timeZone: 'Berlin' })).toEqual([
      '/timeZone is not a known time zone: use a name such as Europe/Berlin or UTC',
    ]);
    expect(check({ measures: { revenue: sum } })).toEqual([
      '/measures/revenue is the name of a counter too: choose another name',
    ]);
    expect(check({ measures: many })).toEqual(['/measures has 101 measures: at most 100 are allowed']);
    const layout = {
      groups: [{ tiles: [{ show: 'orders' }, { show: 'gone' }] }, { tiles: [{ show: 'it' }, { show: 'orders' }] }],
    };
    expect(check({ measures: { it: sum }, layout })).toEqual([
      '/layout/groups/0/tiles/1/show is gone, which is no counter or measure of this dashboard: define it, or correct the name',
      '/layout/groups/1/tiles/1/show shows orders again: leave one of the two tiles out',
    ]);
  });
});

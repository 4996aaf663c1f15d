/** The simulated days of a shop: reproducible, never below zero, and plausible. */
import * as fc from 'fast-check';
import {
  DAY_IN_SECONDS,
  HOUR_IN_SECONDS,
  type StepKind,
  STEP_KINDS,
  computeVisitsPerHour,
  SHOP_COUNTERS,
  type ShopCounter,
  generateShopDays,
  type ShopStep,
} from './shop-day.js';

const seeds = fc.nat(2 ** 31);
const starts = fc.nat(DAY_IN_SECONDS - 1);

function collectSteps(seed: number, fromS: number, days = 1): ShopStep[] {
  const steps: ShopStep[] = [];
  for (const step of generateShopDays(seed, fromS)) {
    if (step.atS >= fromS + days * DAY_IN_SECONDS) break;
    steps.push(step);
  }
  return steps;
}

const countSteps = (steps: readonly ShopStep[], kind: StepKind) => steps.filter((step) => step.kind === kind).length;

describe('the simulated days', () => {
  it('are the same for the same seed and start', () => {
    fc.assert(
      fc.property(seeds, starts, (seed, fromS) =>
        expect(collectSteps(seed, fromS, 0.1)).toEqual(collectSteps(seed, fromS, 0.1)),
      ),
      { numRuns: 20 },
    );
  });

  it('differ for another seed', () => {
    expect(collectSteps(1, 0, 0.1)).not.toEqual(collectSteps(2, 0, 0.1));
  });

  it('never go below zero, and are in chronological order', () => {
    fc.assert(
      fc.property(seeds, starts, (seed, fromS) => {
        const values = Object.fromEntries(SHOP_COUNTERS.map((name) => [name, 0])) as Record<ShopCounter, number>;
        let lastS = fromS;
        const wrong = collectSteps(seed, fromS, 3).find(({ atS, amounts }) => {
          for (const name of SHOP_COUNTERS) values[name] += amounts[name] ?? 0;
          const inOrder = atS >= lastS;
          lastS = atS;
          return !inOrder || SHOP_COUNTERS.some((name) => values[name] < 0);
        });
        expect(wrong).toBeUndefined();
      }),
      { numRuns: 20 },
    );
  });

  it('begin with a delivery, and have integer amounts', () => {
    fc.assert(
      fc.property(seeds, starts, (seed, fromS) => {
        const steps = collectSteps(seed, fromS);
        expect(steps[0]).toMatchObject({ atS: fromS, kind: 'delivery' });
        return steps.every(({ kind, amounts }) => {
          const values = Object.values(amounts);
          const fits = (amount: number) => Number.isSafeInteger(amount) && (amount !== 0 || kind === 'stocktaking');
          return values.length > 0 && values.every(fits);
        });
      }),
      { numRuns: 20 },
    );
  });

  it('have a plausible number of steps of each kind', () => {
    const all = [1, 2, 3, 4, 5].flatMap((seed) => collectSteps(seed, 8 * HOUR_IN_SECONDS, 10));
    const aDay = Object.fromEntries(STEP_KINDS.map((kind) => [kind, countSteps(all, kind) / 50])) as Record<
      StepKind,
      number
    >;
    const [least, most] = [
      { visit: 6_400, order: 195, return: 8, 'sign-up': 28, 'sign-off': 3, delivery: 12, stocktaking: 0.1 },
      { visit: 7_600, order: 235, return: 17, 'sign-up': 37, 'sign-off': 6, delivery: 20, stocktaking: 0.4 },
    ];
    for (const kind of STEP_KINDS) {
      expect([kind, aDay[kind] > least[kind] && aDay[kind] < most[kind]]).toEqual([kind, true]);
    }
  });

  it('are quiet at night and have peaks at noon and in the evening', () => {
    const orders = collectSteps(7, 0, 5).filter(({ kind }) => kind === 'order');
    const hours = Array.from({ length: 24 }, (_, hour) => {
      return orders.filter(({ atS }) => Math.floor((atS % DAY_IN_SECONDS) / HOUR_IN_SECONDS) === hour).length;
    });
    const [night = 0, noon = 0, afternoon = 0, evening = 0] = [3, 12, 15, 18].map((hour) => hours[hour]);
    expect(night * 10).toBeLessThan(afternoon);
    expect(afternoon).toBeLessThan(Math.min(noon, evening));
  });

  it('return an order at most once, after it was placed, in opening hours', () => {
    const steps = collectSteps(7, 0, 3);
    const orders = new Map(steps.map((step) => [step.reason, step]));
    const returns = steps.filter(({ kind }) => kind === 'return');
    expect(new Set(returns.map(({ reason }) => reason)).size).toBe(returns.length);
    for (const { atS, reason, amounts } of returns) {
      const order = orders.get(reason.replace('return of ', ''));
      const { revenue = 0, stock = 0 } = amounts;
      expect(order?.amounts).toEqual({ visits: 1, orders: 1, revenue: -revenue, stock: -stock });
      expect(atS - (order?.atS ?? Infinity)).toBeGreaterThan(20 * 60);
      const hour = (atS % DAY_IN_SECONDS) / HOUR_IN_SECONDS;
      expect(hour >= 8 && hour < 20).toBe(true);
    }
  });
});

it('the rate between two full hours is interpolated', () => {
  expect(computeVisitsPerHour(12 * HOUR_IN_SECONDS)).toBe(715);
  expect(computeVisitsPerHour(12.5 * HOUR_IN_SECONDS)).toBe(667.5);
  expect(computeVisitsPerHour(DAY_IN_SECONDS - 1)).toBeCloseTo(20, 1);
});

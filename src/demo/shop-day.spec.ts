/** The simulated days of a shop: reproducible, never below zero, and plausible. */
import * as fc from 'fast-check';
import {
  DAY_IN_SECONDS,
  HOUR_IN_SECONDS,
  type StepKind,
  STEP_KINDS,
  computeOrdersPerHour,
  SHOP_COUNTERS,
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
      fc.property(seeds, starts, (seed, fromS) => expect(collectSteps(seed, fromS)).toEqual(collectSteps(seed, fromS))),
      { numRuns: 20 },
    );
  });

  it('differ for another seed', () => {
    expect(collectSteps(1, 0)).not.toEqual(collectSteps(2, 0));
  });

  it('never go below zero, and are in chronological order', () => {
    fc.assert(
      fc.property(seeds, starts, (seed, fromS) => {
        const values = { orders: 0, customers: 0, products: 0 };
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
      { order: 1_050, return: 50, 'sign-up': 150, 'sign-off': 17, delivery: 15, stocktaking: 0.1 },
      { order: 1_170, return: 75, 'sign-up': 185, 'sign-off': 28, delivery: 30, stocktaking: 0.4 },
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
      expect(order?.amounts).toEqual({ orders: 1, products: -(amounts.products ?? 0) });
      expect(atS - (order?.atS ?? Infinity)).toBeGreaterThan(20 * 60);
      const hour = (atS % DAY_IN_SECONDS) / HOUR_IN_SECONDS;
      expect(hour >= 8 && hour < 20).toBe(true);
    }
  });
});

it('the rate between two full hours is interpolated', () => {
  expect(computeOrdersPerHour(12 * HOUR_IN_SECONDS)).toBe(110);
  expect(computeOrdersPerHour(12.5 * HOUR_IN_SECONDS)).toBe(102.5);
  expect(computeOrdersPerHour(DAY_IN_SECONDS - 1)).toBeCloseTo(3, 1);
});

/** The shop's past: its lines are the steps by the minute, and the steps go on where it ends. */
import { DAY_IN_SECONDS, generateShopDays, SHOP_COUNTERS, type ShopCounter } from './shop-day.js';
import { takePast } from './shop-past.js';

const MINUTE_MS = 60_000;
/** 30 s after a full minute. */
const START_MS = Date.UTC(2026, 5, 1, 10, 0, 30);
const RANGE = { fromS: 12 * 3_600 + 30, durationS: 2 * DAY_IN_SECONDS, startMs: START_MS };

const { lines, values, next } = takePast(generateShopDays(7, RANGE.fromS), RANGE);

it('the lines have rising times of whole minutes, from the start to the end', () => {
  const times = lines.map(({ at }) => at);
  expect(times[0]).toBe(START_MS);
  expect(times.slice(1).filter((at, index) => at % MINUTE_MS !== 0 || at <= (times[index] ?? 0))).toEqual([]);
  expect(times.at(-1)).toBeLessThan(START_MS + RANGE.durationS * 1_000);
  expect(times.length).toBeLessThanOrEqual(2 * 1_440 + 1);
});

it('the lines add up to the steps, and the next step is the first after them', () => {
  const steps = generateShopDays(7, RANGE.fromS);
  const expected = Object.fromEntries(SHOP_COUNTERS.map((name) => [name, 0])) as Record<ShopCounter, number>;
  let step = steps.next().value;
  for (; step.atS < RANGE.fromS + RANGE.durationS; step = steps.next().value) {
    for (const name of SHOP_COUNTERS) expected[name] += step.amounts[name] ?? 0;
  }
  const sums: Record<string, number> = {};
  for (const { counters } of lines) {
    for (const [name, amount] of Object.entries(counters)) {
      sums[name] = 'value' in amount ? amount.value : (sums[name] ?? 0) + amount.added - amount.removed;
    }
  }
  expect([next, values, sums]).toEqual([step, expected, expected]);
});

it('a gauge has its level at the end of the minute, a counter what came and went in it', () => {
  const at = 5 * 60;
  const steps = [
    { atS: at, kind: 'delivery', reason: '', amounts: { stock: 24 } },
    { atS: at + 10, kind: 'order', reason: '', amounts: { orders: 1, stock: -2 } },
    { atS: at + 59, kind: 'return', reason: '', amounts: { orders: -1, stock: 2 } },
    { atS: at + 70, kind: 'visit', reason: '', amounts: { visits: 1 } },
    { atS: at + 120, kind: 'visit', reason: '', amounts: { visits: 1 } },
  ] as const;
  const past = takePast(steps.values() as never, { fromS: at, durationS: 120, startMs: 0 });
  expect(past.lines).toEqual([
    { at: 0, counters: { orders: { added: 1, removed: 1 }, stock: { value: 24 } } },
    { at: MINUTE_MS, counters: { visits: { added: 1, removed: 0 } } },
  ]);
});

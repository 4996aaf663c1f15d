/** The resolution of a history: the chosen step, downsampling, and retention. */
import { startSeededApp } from '../support/seeded-history.js';
import { DAY_MS, getHourStart, getMinuteStart, HOUR_MS, MINUTE_MS, SECOND_MS } from '../support/times.js';

const now = Date.now();

describe('the step of a history', () => {
  it.each([
    ['an hour', HOUR_MS, SECOND_MS],
    ['nearly 2 hours', 2 * HOUR_MS - MINUTE_MS, SECOND_MS],
    ['a day', DAY_MS, MINUTE_MS],
    ['14 days', 14 * DAY_MS, MINUTE_MS],
    ['15 days', 15 * DAY_MS, HOUR_MS],
    ['a year', 365 * DAY_MS, HOUR_MS],
  ])('for %s back from now is the finest that is kept that long', async (_, back, step) => {
    const { history } = await startSeededApp([]);
    const { body } = await history({ from: Date.now() - back });
    expect(body.step).toBe(step);
    expect(body.at.length).toBeLessThanOrEqual(5_000);
    expect(Date.now() - body.at[0]).toBeGreaterThan(back - 2 * step);
  });

  it('is larger for many counters, so that the response stays within its limits', async () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `c${index}`);
    const { history } = await startSeededApp([['c999', getMinuteStart(30), 1]], names);
    for (const [back, step] of [
      [HOUR_MS, MINUTE_MS],
      [7 * DAY_MS, 2 * HOUR_MS],
    ] as const) {
      const { body } = await history({ from: Date.now() - back });
      expect(body.step).toBe(step);
      expect(body.at.length).toBeLessThanOrEqual(100);
      expect([Object.keys(body.counters).length, body.counters.c999.value.at(-1)]).toEqual([1_000, 1]);
    }
    expect(await history({ from: now - 60 * DAY_MS })).toMatchObject({
      status: 400,
      body: { code: 'too-many-points' },
    });
    expect(await history({ step: '1s' })).toMatchObject({
      status: 400,
      body: { code: 'too-many-points', errors: [{ parameter: 'step' }] },
    });
  });
});

describe('a downsampled history', () => {
  it('has at most 5,000 rows, shows each peak at its time, and keeps the sums exact', async () => {
    // Seconds are kept for 2 hours, and the clock moves on while the history is seeded.
    const start = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 118 * MINUTE_MS;
    const past = Array.from(
      { length: 7_000 },
      (_, n) => ['sales', start + n * SECOND_MS, n % 2 === 0 ? 3 : -2] as const,
    );
    const peak = start + 3_333 * SECOND_MS;
    const { history } = await startSeededApp([
      ...past.slice(0, 3_333),
      ['sales', peak, 100_000],
      ['sales', peak + SECOND_MS, -100_000],
      ...past.slice(3_335),
    ]);
    const { body } = await history({ from: start, to: start + 7_000 * SECOND_MS });
    const { value, added, removed } = body.counters.sales as Record<string, number[]>;
    expect(body.at.length).toBeGreaterThan(1_000);
    expect(body.at.length).toBeLessThanOrEqual(5_000);
    expect(body.at.toSorted((a: number, b: number) => a - b)).toEqual(body.at);
    expect(Math.max(...(value ?? []))).toBe(value?.[body.at.indexOf(peak)]);
    expect(value?.[body.at.indexOf(peak)]).toBeGreaterThan(100_000);
    const sum = (numbers: number[] = []): number => numbers.reduce((one, other) => one + other, 0);
    expect(sum(added) - sum(removed)).toBe(value?.at(-1));
    expect(sum(added)).toBe(100_000 + past.filter(([, , by], n) => by > 0 && n !== 3_333 && n !== 3_334).length * 3);
    // Each row follows from the row before.
    expect(value?.map((one, row) => one - (added?.[row] ?? 0) + (removed?.[row] ?? 0)).slice(1)).toEqual(
      value?.slice(0, -1),
    );
  });
});

describe('history beyond its retention', () => {
  it('is left out: a range of more than 2 years begins where hours are kept', async () => {
    const { history } = await startSeededApp([['sales', getHourStart(3), 5]]);
    for (const query of [{ from: 0 }, { from: 0, step: '1d' }]) {
      const { body } = await history(query);
      expect(Math.abs(Date.now() - 730 * DAY_MS - body.at[0])).toBeLessThan(2 * DAY_MS);
      expect([body.counters.sales.value[0], body.counters.sales.value.at(-1)]).toEqual([0, 5]);
    }
  });

  it('leaves a counter that has not changed since at its value', async () => {
    const { history } = await startSeededApp([
      ['sales', now - 800 * DAY_MS, 42],
      ['visits', getMinuteStart(1), 1],
    ]);
    // Expiry may run before or after this request, with the same result.
    const { body } = await history({ from: now - MINUTE_MS });
    expect(new Set(body.counters.sales.value)).toEqual(new Set([42]));
  });

  it('is refused for a step that is not kept that long, and the error names one that is', async () => {
    const { history } = await startSeededApp([]);
    const seconds = await history({ from: now - DAY_MS, step: '90s' });
    expect([seconds.status, seconds.body.errors[0].parameter]).toEqual([400, 'step']);
    expect(seconds.body.errors[0].detail).toMatch(/^must be a multiple of 60000 ms, or from must be later/);
    const minutes = await history({ from: now - 30 * DAY_MS, step: '5m' });
    expect(minutes.body.errors[0].detail).toMatch(/^must be a multiple of 3600000 ms, or from must be later/);
    expect((await history({ from: now - 30 * DAY_MS, step: '3h' })).status).toBe(200);
  });
});

/** How fine a history is: the step that fits, rows that are thinned out, and what is no longer kept. */
import { startSeededApp } from '../support/seeded-history.js';

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];
const now = Date.now();
/** Starts of the minute and of the hour that lie some while back. */
const minute = (ago: number): number => Math.floor(now / MINUTE) * MINUTE - ago * MINUTE;
const hour = (ago: number): number => Math.floor(now / HOUR) * HOUR - ago * HOUR;

describe('the step of a history', () => {
  it.each([
    ['an hour', HOUR, SECOND],
    ['nearly 2 hours', 2 * HOUR - MINUTE, SECOND],
    ['a day', DAY, MINUTE],
    ['14 days', 14 * DAY, MINUTE],
    ['15 days', 15 * DAY, HOUR],
    ['a year', 365 * DAY, HOUR],
  ])('is, for %s back from now, the finest that is still kept', async (_, back, step) => {
    const { history } = await startSeededApp([]);
    const { body } = await history({ from: Date.now() - back });
    expect(body.step).toBe(step);
    expect(body.at.length).toBeLessThanOrEqual(5_000);
    expect(Date.now() - body.at[0]).toBeGreaterThan(back - 2 * step);
  });

  it('is wider for many counters, so that the answer stays bounded', async () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `c${index}`);
    const { history } = await startSeededApp([['c999', minute(30), 1]], names);
    for (const [back, step] of [
      [HOUR, MINUTE],
      [7 * DAY, 2 * HOUR],
    ] as const) {
      const { body } = await history({ from: Date.now() - back });
      expect(body.step).toBe(step);
      expect(body.at.length).toBeLessThanOrEqual(100);
      expect([Object.keys(body.counters).length, body.counters.c999.value.at(-1)]).toEqual([1_000, 1]);
    }
    expect(await history({ from: now - 60 * DAY })).toMatchObject({ status: 400, body: { code: 'too-many-points' } });
    expect(await history({ step: '1s' })).toMatchObject({
      status: 400,
      body: { code: 'too-many-points', errors: [{ pointer: 'step' }] },
    });
  });
});

describe('a history that is thinned out', () => {
  it('has at most 5,000 rows, shows each peak at its time, and loses nothing of what was added and removed', async () => {
    // Seconds are kept for 2 hours; the clock goes on while the past is made.
    const start = Math.floor(Date.now() / MINUTE) * MINUTE - 118 * MINUTE;
    const past = Array.from({ length: 7_000 }, (_, n) => ['sales', start + n * SECOND, n % 2 === 0 ? 3 : -2] as const);
    const peak = start + 3_333 * SECOND;
    const { history } = await startSeededApp([
      ...past.slice(0, 3_333),
      ['sales', peak, 100_000],
      ['sales', peak + SECOND, -100_000],
      ...past.slice(3_335),
    ]);
    const { body } = await history({ from: start, to: start + 7_000 * SECOND });
    const { value, added, removed } = body.counters.sales as Record<string, number[]>;
    expect(body.at.length).toBeGreaterThan(1_000);
    expect(body.at.length).toBeLessThanOrEqual(5_000);
    expect(body.at.toSorted((a: number, b: number) => a - b)).toEqual(body.at);
    expect(Math.max(...(value ?? []))).toBe(value?.[body.at.indexOf(peak)]);
    expect(value?.[body.at.indexOf(peak)]).toBeGreaterThan(100_000);
    const sum = (numbers: number[] = []): number => numbers.reduce((one, other) => one + other, 0);
    expect(sum(added) - sum(removed)).toBe(value?.at(-1));
    expect(sum(added)).toBe(100_000 + past.filter(([, , by], n) => by > 0 && n !== 3_333 && n !== 3_334).length * 3);
    // Each row follows from the one before it.
    expect(value?.map((one, row) => one - (added?.[row] ?? 0) + (removed?.[row] ?? 0)).slice(1)).toEqual(
      value?.slice(0, -1),
    );
  });
});

describe('what is past its retention', () => {
  it('is not given: beyond 2 years, rows begin where hours begin', async () => {
    const { history } = await startSeededApp([['sales', hour(3), 5]]);
    for (const query of [{ from: 0 }, { from: 0, step: '1d' }]) {
      const { body } = await history(query);
      expect(Math.abs(Date.now() - 730 * DAY - body.at[0])).toBeLessThan(2 * DAY);
      expect([body.counters.sales.value[0], body.counters.sales.value.at(-1)]).toEqual([0, 5]);
    }
  });

  it('leaves a counter that nobody has touched since at what it is', async () => {
    const { history } = await startSeededApp([
      ['sales', now - 800 * DAY, 42],
      ['visits', minute(1), 1],
    ]);
    // The first expiry may be before or after this: it is the same to who asks.
    const { body } = await history({ from: now - MINUTE });
    expect(new Set(body.counters.sales.value)).toEqual(new Set([42]));
  });

  it('cannot be asked for with a step that is not kept so long, and the answer says which is', async () => {
    const { history } = await startSeededApp([]);
    const seconds = await history({ from: now - DAY, step: '90s' });
    expect([seconds.status, seconds.body.errors[0].pointer]).toEqual([400, 'step']);
    expect(seconds.body.errors[0].detail).toMatch(/^must be a multiple of 60000, or from be later/);
    const minutes = await history({ from: now - 30 * DAY, step: '5m' });
    expect(minutes.body.errors[0].detail).toMatch(/^must be a multiple of 3600000, or from be later/);
    expect((await history({ from: now - 30 * DAY, step: '3h' })).status).toBe(200);
  });
});

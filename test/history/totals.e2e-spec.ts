/** The totals of a history over HTTP: exact at the end of every row, even if changes arrive while it is read. */
import { startShop } from '../support/api-client.js';
import { startSeededApp } from '../support/seeded-history.js';
import { eventually } from '../support/cleanup.js';
import { getMinuteStart, MINUTE_MS, SECOND_MS } from '../support/times.js';

const now = Date.now();

interface Totals {
  readonly added: number;
  readonly removed: number;
}
interface Column {
  readonly value: readonly number[];
  readonly added: readonly number[];
  readonly removed: readonly number[];
  readonly totals: Totals;
}

/** Computes the totals at the start of the first row. @throws Error if the value of a row does not equal its totals */
function computeOpeningTotals({ value, added, removed, totals }: Column): Totals {
  let opening = totals;
  for (const row of [...value.keys()].toReversed()) {
    const expected = opening.added - opening.removed;
    if (value[row] !== expected) throw new Error(`row ${row} of ${value.length} is ${value[row]}, not ${expected}`);
    opening = {
      added: opening.added - (added[row] ?? 0),
      removed: opening.removed - (removed[row] ?? 0),
    };
  }
  return opening;
}

it.each(['sqlite', 'memory'] as const)(
  'under load, totals minus all rows are the totals before the range (%s)',
  async (STORE) => {
    const { call } = await startShop({ STORE });
    const change = (...changes: object[]) => call('POST /dashboards/shop/changes', { changes });
    const first = { sales: 70, visits: 9 };
    const { body } = await change(
      { counter: 'sales', by: 90 },
      { counter: 'sales', by: -20 },
      { counter: 'visits', by: 9 },
    );
    expect(body.counters).toEqual(first);
    const from = Math.floor(body.at / SECOND_MS) * SECOND_MS + SECOND_MS;
    await eventually(() => Date.now() >= from);
    const load = { running: true };
    const sendChanges = async (): Promise<void> => {
      while (load.running) {
        await change({ counter: 'sales', by: 5 }, { counter: 'sales', by: -3 }, { counter: 'visits', by: 1 });
        await change({ counter: 'sales', by: -2 }, { counter: 'visits', by: 4 });
      }
    };
    const senders = Array.from({ length: 4 }, sendChanges);
    let rows = 0;
    let readCount = 0;
    while (rows < 4) {
      const { body: history } = await call(`GET /dashboards/shop/history?from=${from}&step=1s`);
      expect(computeOpeningTotals(history.counters.sales)).toEqual({ added: 90, removed: 20 });
      expect(computeOpeningTotals(history.counters.visits)).toEqual({ added: 9, removed: 0 });
      rows = history.at.length;
      readCount += 1;
    }
    load.running = false;
    await Promise.all(senders);
    expect(readCount).toBeGreaterThan(4);
  },
);

it('without load, the last row has the totals of the snapshot, for any step', async () => {
  const { history, call } = await startSeededApp([
    ['sales', getMinuteStart(90), 1_000],
    ['sales', getMinuteStart(60), -400],
    ['sales', getMinuteStart(2), 7],
  ]);
  const { body: snapshot } = await call('GET /dashboards/shop?totals');
  for (const step of ['1m', '1h', '1d']) {
    const { body } = await history({ step, from: getMinuteStart(3) });
    const { sales, visits } = body.counters;
    expect([sales.totals, visits.totals]).toEqual([
      { added: 1_007, removed: 400 },
      { added: 0, removed: 0 },
    ]);
    expect(snapshot.added.sales).toBe(sales.totals.added);
    expect(computeOpeningTotals(visits)).toEqual({ added: 0, removed: 0 });
    if (step === '1m') expect(computeOpeningTotals(sales)).toEqual({ added: 1_000, removed: 400 });
  }
});

it('downsampled rows add up to the same totals', async () => {
  const start = getMinuteStart(100);
  const past = Array.from({ length: 5_900 }, (_, n) => ['sales', start + n * SECOND_MS, n % 3 === 2 ? -3 : 2] as const);
  const { history } = await startSeededApp([['sales', start - MINUTE_MS, 50], ...past]);
  const { body } = await history({ from: start, step: '1s' });
  expect(body.at.length).toBeLessThanOrEqual(5_000);
  expect(computeOpeningTotals(body.counters.sales)).toEqual({ added: 50, removed: 0 });
});

it('a range that ends in the past or has not begun has no totals', async () => {
  const { history } = await startSeededApp([['sales', getMinuteStart(3), 5]]);
  for (const query of [
    { from: getMinuteStart(5), to: getMinuteStart(1) },
    { from: now + 10 * MINUTE_MS, to: now + 20 * MINUTE_MS },
  ]) {
    const { status, body } = await history(query);
    expect([status, body.counters.sales.totals]).toEqual([200, undefined]);
  }
});

it('totals above 2^53 are written with all digits', async () => {
  const { call, url } = await startShop();
  const changes = Array.from({ length: 7 }, (_, n) => ({ counter: 'sales', to: n % 2 === 0 ? 2 ** 53 - 1 : 0 }));
  await call('POST /dashboards/shop/changes', { changes });
  const text = await (await fetch(`${url}/dashboards/shop/history?step=1d&counters=sales`)).text();
  const full = 2n ** 53n - 1n;
  expect(text).toContain(`"totals":{"added":${full * 4n},"removed":${full * 3n}}`);
});

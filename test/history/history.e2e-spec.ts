/** The history over HTTP: rows, times, values carried forward, restarts, caching, and invalid requests. */
import { startShop } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { startSeededApp } from '../support/seeded-history.js';
import { DAY_MS, getMinuteStart, HOUR_MS, MINUTE_MS, SECOND_MS } from '../support/times.js';

const now = Date.now();

describe('GET /dashboards/:dashboard/history', () => {
  it('returns a row for each step, and repeats the value in rows without changes', async () => {
    const at = getMinuteStart(10);
    const { history } = await startSeededApp([
      ['sales', at - 5 * MINUTE_MS, 7],
      ['sales', at + 1_500, 3],
      ['sales', at + 1_700, -1],
      ['sales', at + 4_000, 10],
      ['visits', at + 2_000, 1],
    ]);
    const { status, body, headers } = await history({ from: at, to: at + 6_000 });
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(body).toEqual({
      dashboard: 'shop',
      step: 1_000,
      at: [0, 1, 2, 3, 4, 5].map((row) => at + row * SECOND_MS),
      counters: {
        sales: { value: [7, 9, 9, 9, 19, 19], added: [0, 3, 0, 0, 10, 0], removed: [0, 1, 0, 0, 0, 0] },
        visits: { value: [0, 0, 1, 1, 1, 1], added: [0, 0, 1, 0, 0, 0], removed: [0, 0, 0, 0, 0, 0] },
      },
    });
  });

  it('accepts times as ISO 8601 in any time zone, escaped or not, and as milliseconds', async () => {
    const { history, call } = await startSeededApp([['sales', getMinuteStart(10), 1]]);
    const [from, to] = [getMinuteStart(11), getMinuteStart(8)];
    const expected = (await history({ from, to })).body;
    expect(expected.counters.sales.value).toContain(1);
    const iso = [from, to].map((time) => new Date(time).toISOString());
    const there = [from, to].map((time) => `${new Date(time + 2 * HOUR_MS).toISOString().slice(0, -5)}+02:00`);
    for (const [begin = '', end = ''] of [iso, there]) {
      expect((await history({ from: begin, to: end })).body).toEqual(expected);
    }
    expect((await call(`GET /dashboards/shop/history?from=${there[0]}&to=${there[1]}`)).body).toEqual(expected);
  });

  it('without parameters returns the last hour of all counters up to now, in seconds', async () => {
    const { call } = await startShop();
    await call('POST /dashboards/shop/counters/sales/add');
    const { body } = await call('GET /dashboards/shop/history');
    expect([body.step, Object.keys(body.counters)]).toEqual([SECOND_MS, ['sales', 'visits']]);
    expect(body.at.at(-1) - body.at[0]).toBe(HOUR_MS);
    expect(Date.now() - body.at.at(-1)).toBeLessThan(MINUTE_MS);
    expect(body.counters.sales.value.at(-1)).toBe(1);
    expect(body.counters.sales.added.filter((added: number) => added !== 0)).toEqual([1]);
  });

  it('with counters returns only these', async () => {
    const { history } = await startSeededApp([['visits', getMinuteStart(1), 5]]);
    const { body } = await history({ counters: 'visits' });
    expect(Object.keys(body.counters)).toEqual(['visits']);
    expect(body.counters.visits.value.at(-1)).toBe(5);
  });

  it('returns no rows of the future', async () => {
    const { history } = await startSeededApp([]);
    const { body } = await history({ from: now - 5 * SECOND_MS, to: now + DAY_MS, step: '1s' });
    expect(body.at.at(-1)).toBeLessThanOrEqual(Date.now());
    expect((await history({ from: now + HOUR_MS, to: now + DAY_MS })).body).toMatchObject({
      at: [],
      counters: { sales: { value: [], added: [], removed: [] } },
    });
  });

  it.each([
    ['5m', 300_000],
    ['300000', 300_000],
    ['90s', 90_000],
    ['2h', 7_200_000],
    ['1d', DAY_MS],
  ])('with a step of %s sums the amounts in each row, and returns the value at its end', async (step, stepMs) => {
    const start = Math.floor(getMinuteStart(60) / stepMs) * stepMs;
    const { history } = await startSeededApp([
      ['sales', start, 4],
      ['sales', start + 40_000, 5],
      ['sales', start + 80_000, -2],
    ]);
    const { body } = await history({ from: start + 1, to: start + 2, step });
    expect(body).toMatchObject({ step: stepMs, at: [start] });
    expect(body.counters.sales).toMatchObject({ value: [7], added: [9], removed: [2] });
  });

  it('is the same after a restart, including changes made through the service', async () => {
    const { call, history, close, DATA_DIR } = await startSeededApp([['sales', getMinuteStart(3), 5]]);
    await call('POST /dashboards/shop/counters/sales/add', { amount: 2 });
    const query = { from: getMinuteStart(5), to: Date.now() + 1 };
    const before = (await history(query)).body;
    await close();
    const { url } = await startApp({ DATA_DIR });
    const again = await (await fetch(`${url}/dashboards/shop/history?from=${query.from}&to=${query.to}`)).json();
    // The last row is no longer the current one, and only that has totals.
    expect(before).toMatchObject(again as object);
    expect(before.counters.sales.value.at(-1)).toBe(7);
  });

  it('answers 304 to a matching ETag until something changes', async () => {
    const { history, call } = await startSeededApp([['sales', getMinuteStart(3), 5]]);
    const query = { from: getMinuteStart(5), to: getMinuteStart(1) };
    const first = await history(query);
    const etag = String(first.headers.get('etag'));
    expect([first.status, first.headers.get('cache-control')]).toEqual([200, 'no-cache']);
    expect(await history(query, { 'If-None-Match': `"other", W/${etag}` })).toMatchObject({
      status: 304,
      body: undefined,
    });
    await call('POST /dashboards/shop/counters/sales/add');
    const moved = await history(query, { 'If-None-Match': etag });
    expect([moved.status, moved.body]).toEqual([200, first.body]);
  });

  it('is the same with gzip, under an ETag of its own', async () => {
    const { history } = await startSeededApp([['sales', getMinuteStart(3), 5]]);
    const query = { from: getMinuteStart(60), to: getMinuteStart(1), step: '1s' };
    const [plain, gzip] = [
      await history(query, { 'Accept-Encoding': 'identity' }),
      await history(query, { 'Accept-Encoding': 'br, gzip;q=0.5' }),
    ];
    const headersOf = ({ headers }: typeof plain): (string | null)[] =>
      ['content-encoding', 'vary'].map((name) => headers.get(name));
    expect([headersOf(plain), headersOf(gzip)]).toEqual([
      [null, 'Accept, Accept-Encoding'],
      ['gzip', 'Accept, Accept-Encoding'],
    ]);
    expect(gzip.body).toEqual(plain.body);
    const tags = [plain, gzip].map(({ headers }) => String(headers.get('etag')));
    const statuses = await Promise.all(
      tags.flatMap((tag) =>
        ['identity', 'gzip'].map(async (encoding) => {
          const { status } = await history(query, { 'Accept-Encoding': encoding, 'If-None-Match': tag });
          return status;
        }),
      ),
    );
    expect(statuses).toEqual([304, 200, 200, 304]);
  });

  it('writes sums above 2^53 with all digits', async () => {
    const { call, url } = await startShop();
    const changes = Array.from({ length: 6 }, (_, n) => ({ counter: 'sales', to: n % 2 === 0 ? 2 ** 53 - 1 : 0 }));
    const { body } = await call('POST /dashboards/shop/changes', { changes });
    const { at } = body as { at: number };
    // Only the day of the change: the default range of one hour may reach into two days.
    const range = `from=${at - (at % 86_400_000)}`;
    const text = await (await fetch(`${url}/dashboards/shop/history?step=1d&counters=sales&${range}`)).text();
    expect(text).toContain(`"added":[${(2n ** 53n - 1n) * 3n}]`);
    expect(text).toContain('"value":[0]');
  });
});

describe('an invalid history request', () => {
  it.each([
    ['from=yesterday', 'from'],
    ['from=', 'from'],
    ['from=-1', 'from'],
    ['from=1.5', 'from'],
    ['from=2026-01-01', 'from'],
    ['from=2026-01-01T00:00:00', 'from'],
    ['from=2026-02-30T00:00:00Z', 'from'],
    ['from=8640000000000001', 'from'],
    ['from=1&from=2', 'from'],
    ['to=2026-13-01T00:00:00Z', 'to'],
    ['from=2000&to=2000', 'from'],
    ['from=3000&to=2000', 'from'],
    ['from=8640000000000000', 'from'],
    ['step=0', 'step'],
    ['step=500', 'step'],
    ['step=1500', 'step'],
    ['step=1.5h', 'step'],
    ['step=1w', 'step'],
    ['step=367d', 'step'],
    ['step=1m&step=1h', 'step'],
    ['counters=', 'counters'],
    ['counters=sales,', 'counters'],
    ['counters=Sales', 'counters'],
  ])('%s is answered with a 400 that names %s', async (query, parameter) => {
    const { call } = await startShop({ STORE: 'memory' });
    const { status, headers, body } = await call(`GET /dashboards/shop/history?${query}`);
    expect([status, body.code, headers.get('etag')]).toEqual([400, 'invalid-request', null]);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body.errors.map((error: { parameter: string }) => error.parameter)).toEqual([parameter]);
  });

  it('for an unknown dashboard or counter is answered with 404 and similar names', async () => {
    const { call } = await startShop({ STORE: 'memory' });
    const dashboard = await call('GET /dashboards/shpo/history');
    expect(dashboard).toMatchObject({ status: 404, body: { code: 'unknown-dashboard', near: ['shop'] } });
    const counter = await call('GET /dashboards/shop/history?counters=sales,visit');
    expect(counter).toMatchObject({ status: 404, body: { code: 'unknown-counter', near: ['visits'] } });
  });

  it('with another method is answered with 405', async () => {
    const { call } = await startShop({ STORE: 'memory' });
    expect((await call('PUT /dashboards/shop/history')).status).toBe(405);
  });
});

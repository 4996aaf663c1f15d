/** Money is exact on every surface: a million additions of a cent are 10,000.00. */
import { startApi } from '../support/api-client.js';
import { watchV1 } from '../support/websocket-viewer.js';

const SHOP = '/dashboards/shop';
const CENTS = 1_000_000;

it('a million additions of a cent read 10,000.00 everywhere', async () => {
  const { call, url } = await startApi();
  const counters = { revenue: { currency: 'EUR', headline: 'day' }, orders: {} };
  const measures = { each: { ratio: ['revenue', 'orders'], currency: 'EUR' }, all: { sum: ['revenue'] } };
  await call(`PUT ${SHOP}`, { counters, measures });
  await call(`POST ${SHOP}/counters/orders/add`, { amount: 3 });
  const changes = Array.from({ length: 1_000 }, () => ({ counter: 'revenue', by: 1 }));
  for (let sent = 0; sent < CENTS; sent += 10_000) {
    await Promise.all(Array.from({ length: 10 }, () => call(`POST ${SHOP}/changes`, { changes })));
  }
  const { body } = await call(`GET ${SHOP}?periods=day&totals`);
  expect([body.counters.revenue, body.added.revenue, body.measures]).toEqual([
    CENTS,
    CENTS,
    { each: 3333.33, all: 10_000 },
  ]);
  const viewer = await watchV1(url, `${SHOP}?periods=year`);
  expect(viewer.frames[0]).toMatchObject({
    counters: { revenue: CENTS },
    periods: { year: { added: { revenue: CENTS } } },
  });
  const { rows } = (await call(`GET ${SHOP}/periods?period=year&count=1`)).body;
  expect(rows[0]).toMatchObject({ counters: { revenue: { value: CENTS, added: CENTS } }, measures: { all: 10_000 } });
  const history = (await call(`GET ${SHOP}/history?step=1h`)).body.counters.revenue;
  expect(history.added.reduce((sum: number, added: number) => sum + added, 0)).toBe(CENTS);
  const metrics = String((await call('GET /metrics')).body);
  expect(metrics).toContain('tallyboard_counter_value{dashboard="shop",counter="revenue",currency="EUR"} 10000\n');
  for (const [locale, text] of [
    ['en', '€10,000.00'],
    ['de', '10.000,00\u00a0€'],
  ]) {
    expect((await call(`GET ${SHOP}/counters/revenue/badge.svg?locale=${locale}`)).body).toContain(text);
  }
});

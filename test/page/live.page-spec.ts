/** The numbers on the page: history at once, live changes, and always equal to the service's. */
import type { Page } from 'playwright-core';
import { createCaller, startShop } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { openPage } from '../support/browser.js';
import { createSeededDatabase } from '../support/seeded-history.js';
import {
  findChart,
  readExpectedValues,
  countChartRows,
  findTile,
  waitForEqual,
  waitForState,
  readTileValues,
} from '../support/dashboard-page.js';

const SHORT_ROUTES = ['POST /order', 'DELETE /order', 'POST /sign-up', 'DELETE /sign-off', 'POST /product'];
const MAX_BYTES = 110 * 1_024;

const readTileOrder = async (page: Page): Promise<string[]> => Object.keys(await readTileValues(page));

/** Sends many concurrent changes. Removals at zero are refused. */
async function sendManyChanges(url: string, requests: number): Promise<void> {
  const call = createCaller(url);
  const lines = Array.from({ length: requests }, (_, index) => SHORT_ROUTES[(index * 7) % 5] ?? 'POST /order');
  const next = lines.values();
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (const line of next) await call(line);
    }),
  );
}

it("a tile shows the title, the value in the viewer's format, and what today added", async () => {
  const { url, call } = await startShop();
  await call('POST /dashboards/shop/counters/sales/add', { amount: 1_234_567 });
  await call('POST /dashboards/shop/counters/sales/remove', { amount: 7 });
  const page = await openPage(`${url}/#/shop`, { locale: 'de-DE' });
  await waitForEqual(() => readTileValues(page), { sales: 1_234_560, visits: 0 });
  const tile = findTile(page, 'sales');
  expect(await tile.getByRole('heading').textContent()).toBe('Sales');
  expect(await tile.locator('.number > bdi').textContent()).toBe('1.234.560');
  await tile.getByText('+1.234.560').waitFor();
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Shop');
  expect(await page.title()).toContain('Shop');
  await waitForState(page, 'live');
});

it('the history is shown at once: chart, sparkline and what today added', async () => {
  const now = Date.now();
  const history = [
    ['sales', now - 50 * 60_000, 40] as const,
    ['sales', now - 20_000, 5] as const,
    ['sales', now - 10_000, -2] as const,
  ];
  const { url } = await startApp({ DATA_DIR: await createSeededDatabase(history) });
  const page = await openPage(`${url}/#/shop?range=1h`);
  await waitForEqual(() => readTileValues(page), { sales: 43, visits: 0 });
  await waitForEqual(async () => (await countChartRows(page)) >= 60, true);
  await findTile(page, 'sales').locator('svg.spark .bar').first().waitFor();
});

it('a change is shown in every tab without a reload', async () => {
  const { url } = await startApp();
  const page = await openPage(`${url}/`);
  const other = await openPage(`${url}/`);
  await waitForState(page, 'live');
  await waitForState(other, 'live');
  const call = createCaller(url);
  await call('POST /order');
  await call('POST /order');
  await call('DELETE /order');
  const expected = { orders: 1, customers: 0, products: 0 };
  await waitForEqual(() => readTileValues(page), expected);
  await waitForEqual(() => readTileValues(other), expected);
});

it("after many concurrent changes every number equals the service's, on an open page and on a new one", async () => {
  const { url } = await startApp();
  const call = createCaller(url);
  await call('POST /order');
  const early = await openPage(`${url}/`);
  await waitForState(early, 'live');
  await sendManyChanges(url, 1_500);
  const expected = await readExpectedValues(url);
  expect(expected['orders']).toBeGreaterThan(0);
  await waitForEqual(() => readTileValues(early), expected);
  const later = await openPage(`${url}/`);
  await waitForEqual(() => readTileValues(later), expected);
});

it('tiles appear and disappear with their counters', async () => {
  const { url, call } = await startShop();
  // The chart may request the history of a counter while it is deleted.
  const page = await openPage(`${url}/#/shop`, { expectedErrors: [/status of 404.*\/history\?/] });
  await waitForEqual(() => readTileOrder(page), ['sales', 'visits']);
  await call('PUT /dashboards/shop', { counters: { returns: { title: 'Returns' } } });
  await waitForEqual(() => readTileOrder(page), ['sales', 'visits', 'returns']);
  await findTile(page, 'returns').getByRole('heading', { name: 'Returns' }).waitFor();
  await call('DELETE /dashboards/shop/counters/visits');
  await waitForEqual(() => readTileOrder(page), ['sales', 'returns']);
  await call('POST /dashboards/shop/counters/returns/add');
  await waitForEqual(() => readTileValues(page), { sales: 0, returns: 1 });
  await findChart(page).getByRole('button', { name: 'Returns', exact: true }).waitFor();
});

it(`the page transfers fewer than ${MAX_BYTES} bytes`, async () => {
  const { url } = await startApp();
  await createCaller(url)('POST /order');
  let bytes = 0;
  const page = await openPage(`${url}/`, {
    prepare: async (fresh) => {
      const session = await fresh.context().newCDPSession(fresh);
      await session.send('Network.enable');
      const historyRequests = new Set<string>();
      session.on(
        'Network.requestWillBeSent',
        ({ requestId, type }) => type === 'Fetch' && historyRequests.add(requestId),
      );
      session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
        if (!historyRequests.has(requestId)) bytes += encodedDataLength;
      });
    },
  });
  await waitForEqual(async () => (await readTileValues(page))['orders'], 1);
  await page.waitForLoadState('networkidle');
  expect(bytes).toBeLessThan(MAX_BYTES);
  expect(bytes).toBeGreaterThan(5_000);
});

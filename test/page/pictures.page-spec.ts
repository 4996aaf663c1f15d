/** Screenshots of the page in `test-artefacts/`: screens, colour schemes and states, and the one of the README. */
import { statSync } from 'node:fs';
import { createCaller } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { openPage, type OpenPageOptions, saveScreenshot } from '../support/browser.js';
import { createSeededDatabase } from '../support/seeded-history.js';
import {
  findChart,
  createShopDay,
  countChartRows,
  waitForEqual,
  waitForState,
  readTileValues,
} from '../support/dashboard-page.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

const SCREENS: Readonly<Record<string, OpenPageOptions>> = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
  laptop: { viewport: { width: 1_280, height: 800 } },
  wall: { viewport: { width: 3_840, height: 2_160 } },
};
const MAX_BYTES = 100 * 1_024;
const COUNTERS = {
  orders: { title: 'Orders' },
  customers: { title: 'Customers' },
  products: { title: 'Products in stock' },
};

async function startBusy() {
  const { url, port } = await startApp({
    DATA_DIR: await createSeededDatabase(createShopDay(Date.now()), Object.keys(COUNTERS)),
  });
  const call = createCaller(url);
  await call('PUT /dashboards/shop', { title: 'Corner shop', counters: COUNTERS });
  await call('POST /dashboards/shop/counters/orders/add');
  return { url, call, proxy: await startTcpProxy(port) };
}

async function openShop(url: string, options: OpenPageOptions, parameters = '?range=24h') {
  const page = await openPage(`${url}/#/shop${parameters}`, options);
  await waitForState(page, 'live');
  await waitForEqual(async () => (await readTileValues(page))['orders'] !== undefined, true);
  await waitForEqual(async () => (await countChartRows(page)) > 1_000, true);
  return page;
}

describe.each(Object.entries(SCREENS))('%s', (screen, options) => {
  it.each(['light', 'dark'] as const)(
    'in the %s colour scheme screenshots of every state are saved',
    async (colorScheme) => {
      const { url, proxy } = await startBusy();
      const settings = { ...options, colorScheme };
      const busy = await openShop(url, settings);
      await saveScreenshot(busy, `${screen}-${colorScheme}-busy`);
      await findChart(busy).getByRole('radio', { name: 'Rate' }).check();
      await saveScreenshot(busy, `${screen}-${colorScheme}-rates`);
      await busy.goto(`${url}/#/shop?range=24h&kiosk`);
      await waitForEqual(() => busy.getByRole('button').count(), 0);
      await waitForEqual(async () => (await countChartRows(busy)) > 1_000, true);
      await saveScreenshot(busy, `${screen}-${colorScheme}-kiosk`);
      await busy.goto(`${url}/#/main`);
      await busy.getByRole('region', { name: 'First count' }).waitFor();
      await saveScreenshot(busy, `${screen}-${colorScheme}-empty`);
      const prepare: OpenPageOptions['prepare'] = ({ clock }) => clock.install();
      const stale = await openShop(proxy.url, { ...settings, prepare });
      proxy.dropBytes();
      await stale.clock.fastForward(41_000);
      await waitForState(stale, 'stale');
      await saveScreenshot(stale, `${screen}-${colorScheme}-stale`);
    },
  );
});

it('the picture of the README is saved and stays within its size limit', async () => {
  const { url } = await startBusy();
  const page = await openShop(url, { ...SCREENS['laptop'], locale: 'en-US' });
  const path = await saveScreenshot(page, 'readme');
  expect(statSync(path).size).toBeLessThan(MAX_BYTES);
});

/** Pictures of the page for people to look at: screens, schemes and states in `test-artefacts/`, and the one that the README shows. */
import { statSync } from 'node:fs';
import { callerOf } from '../support/api.js';
import { startApp } from '../support/app.js';
import { openPage, type OpenOptions, screenshot } from '../support/browser.js';
import { makePast } from '../support/seeded-history.js';
import { chartOf, makeDay, pointsOf, untilEqual, untilState, valuesBy } from '../support/page.js';
import { startProxy } from '../support/tcp-proxy.js';

const SCREENS: Readonly<Record<string, OpenOptions>> = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
  laptop: { viewport: { width: 1_280, height: 800 } },
  wall: { viewport: { width: 3_840, height: 2_160 } },
};
const MOST_BYTES = 100 * 1_024;
const COUNTERS = {
  orders: { title: 'Orders' },
  customers: { title: 'Customers' },
  products: { title: 'Products in stock' },
};

async function startBusy() {
  const { url, port } = await startApp({ DATA_DIR: await makePast(makeDay(Date.now()), Object.keys(COUNTERS)) });
  const call = callerOf(url);
  await call('PUT /dashboards/shop', { title: 'Corner shop', counters: COUNTERS });
  await call('POST /dashboards/shop/counters/orders/add');
  return { url, call, proxy: await startProxy(port) };
}

async function openShop(url: string, options: OpenOptions, parameters = '?range=24h') {
  const page = await openPage(`${url}/#/shop${parameters}`, options);
  await untilState(page, 'live');
  await untilEqual(async () => (await valuesBy(page))['orders'] !== undefined, true);
  await untilEqual(async () => (await pointsOf(page)) > 1_000, true);
  return page;
}

describe.each(Object.entries(SCREENS))('%s', (screen, options) => {
  it.each(['light', 'dark'] as const)(
    'in %s',
    async (colorScheme) => {
      const { url, proxy } = await startBusy();
      const settings = { ...options, colorScheme };
      const busy = await openShop(url, settings);
      await screenshot(busy, `${screen}-${colorScheme}-busy`);
      await chartOf(busy).getByRole('radio', { name: 'Rate' }).check();
      await screenshot(busy, `${screen}-${colorScheme}-rates`);
      await busy.goto(`${url}/#/shop?range=24h&kiosk`);
      await untilEqual(() => busy.getByRole('button').count(), 0);
      await untilEqual(async () => (await pointsOf(busy)) > 1_000, true);
      await screenshot(busy, `${screen}-${colorScheme}-kiosk`);
      await busy.goto(`${url}/#/main`);
      await busy.getByRole('region', { name: 'First count' }).waitFor();
      await screenshot(busy, `${screen}-${colorScheme}-empty`);
      const prepare: OpenOptions['prepare'] = ({ clock }) => clock.install();
      const stale = await openShop(proxy.url, { ...settings, prepare });
      proxy.lose();
      await stale.clock.fastForward(41_000);
      await untilState(stale, 'stale');
      await screenshot(stale, `${screen}-${colorScheme}-stale`);
    },
    90_000,
  );
});

it('readme', async () => {
  const { url } = await startBusy();
  const page = await openShop(url, { ...SCREENS['laptop'], locale: 'en-US' });
  const path = await screenshot(page, 'readme');
  expect(statSync(path).size).toBeLessThan(MOST_BYTES);
});

/**
 * The page while the service is down, silent, or refuses it: reports it, never shows old numbers as live, and recovers.
 */
import type { Page } from 'playwright-core';
import { createCaller, startShop } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { UNREACHABLE_ERRORS, openPage } from '../support/browser.js';
import { createTempDirectory } from '../support/temp-directory.js';
import {
  recordStates,
  readExpectedValues,
  findSlider,
  waitForEqual,
  waitForState,
  readTileValues,
  countChartRows,
} from '../support/dashboard-page.js';
import { startAppBehindProxy } from '../support/tcp-proxy.js';
import { startService } from '../support/service.js';

/** Reads the newest rows of the chart with the arrow key. */
async function readNewestRows(page: Page, rows: number): Promise<string[]> {
  const slider = findSlider(page);
  await slider.focus();
  await slider.press('Escape');
  const rowTexts: string[] = [];
  for (let row = 0; row < rows; row += 1) {
    await slider.press('ArrowLeft');
    rowTexts.push((await slider.getAttribute('aria-valuetext')) ?? '');
  }
  return rowTexts;
}

it('after a restart of the service the numbers are correct without a reload, and the chart has no gap', async () => {
  const DATA_DIR = createTempDirectory();
  const first = await startService({ DATA_DIR });
  await createCaller(first.url)('POST /order');
  const page = await openPage(`${first.url}/`, { expectedErrors: UNREACHABLE_ERRORS });
  await waitForEqual(async () => (await readTileValues(page))['orders'], 1);
  await page.evaluate(() => Object.assign(globalThis, { isSame: true }));
  const states = await recordStates(page);
  await first.stop();
  await waitForState(page, 'reconnecting');
  expect(await page.locator('[data-state]').first().textContent()).toMatch(/^Not live since \d\d:\d\d$/);
  const second = await startService({ DATA_DIR, PORT: String(first.port) });
  const call = createCaller(second.url);
  for (const line of ['POST /order', 'POST /order', 'DELETE /order', 'POST /product']) await call(line);
  await waitForState(page, 'live');
  await waitForEqual(() => readTileValues(page), await readExpectedValues(second.url));
  expect(await readTileValues(page)).toEqual({ orders: 2, customers: 0, products: 1 });
  expect(await states()).toEqual(expect.arrayContaining(['live', 'reconnecting']));
  expect((await states()).at(-1)).toBe('live');
  await waitForEqual(async () => (await readNewestRows(page, 20)).filter((row) => row.includes('–')), []);
  await call('POST /order');
  await waitForEqual(async () => (await readTileValues(page))['orders'], 3);
  expect(await page.evaluate('isSame')).toBe(true);
  await second.stop();
});

it('a silent connection is never shown as live', async () => {
  const { url, proxy } = await startAppBehindProxy();
  const call = createCaller(url);
  await call('POST /order');
  const page = await openPage(`${proxy.url}/`, {
    expectedErrors: UNREACHABLE_ERRORS,
    prepare: ({ clock }) => clock.install(),
  });
  await waitForEqual(async () => (await readTileValues(page))['orders'], 1);
  await waitForState(page, 'live');
  proxy.dropBytes();
  await call('POST /order');
  await page.clock.fastForward(22_500);
  await waitForState(page, 'stale');
  const states = await recordStates(page);
  expect(await page.locator('[data-state=stale]').first().textContent()).toMatch(/^Not live since \d\d:\d\d$/);
  // Neither a WebSocket nor a stream responds in time.
  for (let attempt = 0; attempt < 2; attempt += 1) await page.clock.fastForward(11_000);
  await waitForState(page, 'reconnecting');
  expect(await readTileValues(page)).toMatchObject({ orders: 1 });
  expect(await states()).not.toContain('live');
  proxy.cutAll();
  proxy.restore();
  await waitForState(page, 'live');
  await waitForEqual(async () => (await readTileValues(page))['orders'], 2);
});

it('the page knows at once that the network is gone, and connects at once when it is back', async () => {
  const { url } = await startApp();
  const page = await openPage(`${url}/`, {
    expectedErrors: UNREACHABLE_ERRORS,
    prepare: ({ clock }) => clock.install(),
  });
  await waitForState(page, 'live');
  // No timer fires any more: whatever the page does, an event has caused it.
  await page.clock.pauseAt(Date.now() + 10_000);
  await page.context().setOffline(true);
  await waitForState(page, 'reconnecting');
  await createCaller(url)('POST /order');
  await page.context().setOffline(false);
  await waitForState(page, 'live');
  await page.clock.resume();
  await waitForEqual(async () => (await readTileValues(page))['orders'], 1);
});

it('the page is live if WebSockets are blocked', async () => {
  const { url, proxy } = await startAppBehindProxy();
  proxy.stripsUpgrades = true;
  const page = await openPage(`${proxy.url}/`, { expectedErrors: [/WebSocket connection to/, /426/] });
  await waitForState(page, 'live');
  await createCaller(url)('POST /order');
  await waitForEqual(async () => (await readTileValues(page))['orders'], 1);
});

it('an open page finds the service when it is back', async () => {
  const { proxy, ...app } = await startAppBehindProxy();
  const page = await openPage(`${proxy.url}/`, { expectedErrors: UNREACHABLE_ERRORS });
  await waitForState(page, 'live');
  proxy.port = 1;
  proxy.cutAll();
  await waitForState(page, 'reconnecting');
  proxy.port = app.port;
  await waitForState(page, 'live');
});

it('a new epoch at the same URL replaces everything of the old one', async () => {
  const [one, two] = [await startApp(), await startApp()];
  const [before, after] = [createCaller(one.url), createCaller(two.url)];
  for (let order = 0; order < 5; order += 1) await before('POST /order');
  await after('POST /sign-up');
  const { proxy } = await startAppBehindProxy();
  proxy.port = one.port;
  const page = await openPage(`${proxy.url}/`, { expectedErrors: UNREACHABLE_ERRORS });
  await waitForEqual(async () => (await readTileValues(page))['orders'], 5);
  proxy.port = two.port;
  proxy.cutAll();
  await waitForEqual(() => readTileValues(page), { orders: 0, customers: 1, products: 0 });
});

it('after an outage the chart is read again even if one of its counters has been deleted', async () => {
  const { url, proxy } = await startAppBehindProxy();
  const call = createCaller(url);
  await call('PUT /dashboards/shop', { counters: { sales: {}, visits: {} } });
  await call('POST /dashboards/shop/counters/visits/add');
  const page = await openPage(`${proxy.url}/#/shop?range=1h`, { expectedErrors: UNREACHABLE_ERRORS });
  await waitForEqual(async () => (await countChartRows(page)) >= 60, true);
  await call('DELETE /dashboards/shop/counters/sales');
  await waitForEqual(() => readTileValues(page), { visits: 1 });
  const { port } = proxy;
  proxy.port = 1;
  proxy.cutAll();
  await waitForState(page, 'reconnecting');
  await call('POST /dashboards/shop/counters/visits/add');
  proxy.port = port;
  await waitForState(page, 'live');
  await call('POST /dashboards/shop/counters/visits/add');
  await waitForEqual(async () => (await readNewestRows(page, 1))[0]?.includes('visits 3'), true);
});

it('deleting the watched dashboard is reported', async () => {
  const { url, call } = await startShop();
  const page = await openPage(`${url}/#/shop`, { expectedErrors: [/404/] });
  await waitForState(page, 'live');
  await call('DELETE /dashboards/shop');
  await waitForState(page, 'closed');
  await page
    .getByText(/gone|deleted|removed|no longer/i)
    .first()
    .waitFor();
});

it('an unknown dashboard is reported with similar names', async () => {
  const { url } = await startShop();
  const page = await openPage(`${url}/#/shpo`, { expectedErrors: [/404/, /WebSocket connection to/] });
  await page.getByText(/shop/).first().waitFor();
  await waitForState(page, 'closed');
});

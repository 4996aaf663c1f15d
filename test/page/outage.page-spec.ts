/** The page while the service is away, silent, or refuses: it says so, never passes old numbers for live ones, and comes back by itself. */
import type { Page } from 'playwright-core';
import { callerOf, startShop } from '../support/api.js';
import { startApp } from '../support/app.js';
import { AWAY, openPage } from '../support/browser.js';
import { makeDirectory } from '../support/temp-directory.js';
import {
  keepStates,
  expectedBy,
  shownBy,
  sliderOf,
  untilEqual,
  untilState,
  valuesBy,
  pointsOf,
} from '../support/page.js';
import { startBehindProxy } from '../support/tcp-proxy.js';
import { startService } from '../support/service.js';

/** What the chart says of its newest rows, one press of the arrow key each. */
async function newestRows(page: Page, rows: number): Promise<string[]> {
  const slider = sliderOf(page);
  await slider.focus();
  await slider.press('Escape');
  const spoken: string[] = [];
  for (let row = 0; row < rows; row += 1) {
    await slider.press('ArrowLeft');
    spoken.push((await slider.getAttribute('aria-valuetext')) ?? '');
  }
  return spoken;
}

it('after a restart of the service the numbers are right without a reload, and the chart has no gap', async () => {
  const DATA_DIR = makeDirectory();
  const first = await startService({ DATA_DIR });
  await callerOf(first.url)('POST /order');
  const page = await openPage(`${first.url}/`, { expectErrors: AWAY });
  await untilEqual(async () => (await valuesBy(page))['orders'], 1);
  await page.evaluate(() => Object.assign(globalThis, { isSame: true }));
  const states = await keepStates(page);
  await first.stop();
  await untilState(page, 'reconnecting');
  expect(await page.locator('[data-state]').first().textContent()).toMatch(/reconnecting/);
  const second = await startService({ DATA_DIR, PORT: String(first.port) });
  const call = callerOf(second.url);
  for (const line of ['POST /order', 'POST /order', 'DELETE /order', 'POST /product']) await call(line);
  await untilState(page, 'live');
  await untilEqual(() => shownBy(page), await expectedBy(second.url));
  expect((await shownBy(page))['orders']).toEqual({ value: 2, added: 3, removed: 1 });
  expect(await states()).toEqual(expect.arrayContaining(['live', 'reconnecting']));
  expect((await states()).at(-1)).toBe('live');
  await untilEqual(async () => (await newestRows(page, 20)).filter((row) => row.includes('–')), []);
  await call('POST /order');
  await untilEqual(async () => (await valuesBy(page))['orders'], 3);
  expect(await page.evaluate('isSame')).toBe(true);
  await second.stop();
});

it('a connection on which nothing comes is never called live', async () => {
  const { url, proxy } = await startBehindProxy();
  const call = callerOf(url);
  await call('POST /order');
  const page = await openPage(`${proxy.url}/`, { expectErrors: AWAY, prepare: ({ clock }) => clock.install() });
  await untilEqual(async () => (await valuesBy(page))['orders'], 1);
  await untilState(page, 'live');
  proxy.lose();
  await call('POST /order');
  await page.clock.fastForward(41_000);
  await untilState(page, 'stale');
  const states = await keepStates(page);
  expect(await page.locator('[data-state=stale]').first().textContent()).toMatch(/stale \d+ s/);
  // Neither a socket nor a stream has an answer in time.
  for (let attempt = 0; attempt < 2; attempt += 1) await page.clock.fastForward(11_000);
  await untilState(page, 'reconnecting');
  expect(await valuesBy(page)).toMatchObject({ orders: 1 });
  expect(await states()).not.toContain('live');
  proxy.cut();
  proxy.mend();
  await untilState(page, 'live');
  await untilEqual(async () => (await valuesBy(page))['orders'], 2);
});

it('where WebSocket does not come through, the page is live all the same', async () => {
  const { url, proxy } = await startBehindProxy();
  proxy.stripsUpgrades = true;
  const page = await openPage(`${proxy.url}/`, { expectErrors: [/WebSocket connection to/, /426/] });
  await untilState(page, 'live');
  await callerOf(url)('POST /order');
  await untilEqual(async () => (await valuesBy(page))['orders'], 1);
});

it('a page that was open before there was a service finds it', async () => {
  const { proxy, ...app } = await startBehindProxy();
  const page = await openPage(`${proxy.url}/`, { expectErrors: AWAY });
  await untilState(page, 'live');
  proxy.port = 1;
  proxy.cut();
  await untilState(page, 'reconnecting');
  proxy.port = app.port;
  await untilState(page, 'live');
});

it('another data directory behind the same address is another history: nothing of the first stays', async () => {
  const [one, two] = [await startApp(), await startApp()];
  const [before, after] = [callerOf(one.url), callerOf(two.url)];
  for (let order = 0; order < 5; order += 1) await before('POST /order');
  await after('POST /sign-up');
  const { proxy } = await startBehindProxy();
  proxy.port = one.port;
  const page = await openPage(`${proxy.url}/`, { expectErrors: AWAY });
  await untilEqual(async () => (await valuesBy(page))['orders'], 5);
  proxy.port = two.port;
  proxy.cut();
  await untilEqual(() => shownBy(page), await expectedBy(two.url));
  expect(await valuesBy(page)).toEqual({ orders: 0, customers: 1, products: 0 });
});

it('after an outage the chart is filled again, though one of its counters has been deleted since it was drawn', async () => {
  const { url, proxy } = await startBehindProxy();
  const call = callerOf(url);
  await call('PUT /dashboards/shop', { counters: { sales: {}, visits: {} } });
  await call('POST /dashboards/shop/counters/visits/add');
  const page = await openPage(`${proxy.url}/#/shop`, { expectErrors: AWAY });
  await untilEqual(async () => (await pointsOf(page)) > 3_000, true);
  await call('DELETE /dashboards/shop/counters/sales');
  await untilEqual(() => valuesBy(page), { visits: 1 });
  const { port } = proxy;
  proxy.port = 1;
  proxy.cut();
  await untilState(page, 'reconnecting');
  await call('POST /dashboards/shop/counters/visits/add');
  proxy.port = port;
  await untilState(page, 'live');
  await call('POST /dashboards/shop/counters/visits/add');
  await untilEqual(async () => (await newestRows(page, 1))[0]?.includes('visits 3'), true);
});

it('a dashboard that is deleted while it is watched is said to be gone', async () => {
  const { url, call } = await startShop();
  const page = await openPage(`${url}/#/shop`, { expectErrors: [/404/] });
  await untilState(page, 'live');
  await call('DELETE /dashboards/shop');
  await untilState(page, 'closed');
  await page
    .getByText(/gone|deleted|removed|no longer/i)
    .first()
    .waitFor();
});

it('an unknown dashboard is said to be unknown, with names that are near', async () => {
  const { url } = await startShop();
  const page = await openPage(`${url}/#/shpo`, { expectErrors: [/404/, /WebSocket connection to/] });
  await page.getByText(/shop/).first().waitFor();
  await untilState(page, 'closed');
});

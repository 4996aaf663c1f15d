/** Tiles that read by the definition: currency, headline, target, level, measures and gauges. */
import type { Page } from 'playwright-core';
import { startApi } from '../support/api-client.js';
import { findAccessibilityFaults, openPage, saveScreenshot } from '../support/browser.js';
import { findTile, waitForEqual, waitForState } from '../support/dashboard-page.js';
import { eventually } from '../support/cleanup.js';
import { MEASURED_COUNTERS } from '../support/measured-shop.js';

const DEFINITION = {
  title: 'Shop',
  counters: MEASURED_COUNTERS,
  measures: {
    basket: { title: 'Average basket', ratio: ['revenue', 'orders'], currency: 'EUR', headline: 'day' },
    share: {
      title: 'Returned',
      ratio: ['returns', 'orders'],
      percent: true,
      goodWhen: 'down',
      thresholds: [{ at: 4, level: 'warn' }],
    },
  },
} as const;
const CHANGES = [
  { counter: 'orders', by: 147 },
  { counter: 'orders', by: -1 },
  { counter: 'revenue', by: 1_248_050 },
  { counter: 'returns', by: 7 },
  { counter: 'stock', to: 375 },
];

/** Reads what a tile shows: number, period or level, and target, with what only assistive tools hear. */
const readTile = (page: Page, name: string): Promise<string[]> =>
  findTile(page, name).evaluate((tile) =>
    ['.number > bdi', 'header > :is(.of, .level)', '.goal p'].map((selector) =>
      (tile.querySelector<HTMLElement>(selector)?.textContent ?? '').replaceAll(/\s+/g, ' ').trim(),
    ),
  );

it('tiles show headline, currency, target and level, and follow changes of values and of the definition', async () => {
  const { url, call } = await startApi({ STORE: 'memory' });
  await call('PUT /dashboards/shop', DEFINITION);
  const page = await openPage(`${url}/#/shop`);
  await waitForState(page, 'live');
  await waitForEqual(() => readTile(page, 'basket'), ['–', '', '']);
  await call('POST /dashboards/shop/changes', { changes: CHANGES });
  for (const [name, shown] of Object.entries({
    orders: ['146', '', expect.stringMatching(/^48% of 300On pace for Pace [\d,]+$/)],
    revenue: ['€12,480.50', '', '249% of €5,000 this monthReached'],
    returns: ['7 parcels', 'Total', '140% of 5 todayExceeded'],
    stock: ['37.5 kg', 'Bad: Below 40', ''],
    basket: ['€85.48', '', ''],
    share: ['4.8%', 'Warning: From 4%', ''],
  }))
    await waitForEqual(() => readTile(page, name), shown);

  await findTile(page, 'stock').getByRole('button', { name: 'Add one to Stock' }).click();
  await findTile(page, 'orders').getByRole('button', { name: 'Remove one from Orders' }).click();
  await waitForEqual(async () => (await readTile(page, 'stock'))[0], '38.5 kg');
  await waitForEqual(async () => (await readTile(page, 'orders'))[0], '145');
  expect(await findTile(page, 'share').getByRole('button').count()).toBe(0);
  expect(await findAccessibilityFaults(page)).toEqual([]);
  for (const theme of ['light', 'dark']) {
    await page.evaluate((name) => (location.hash = `#/shop?theme=${name}`), theme);
    await eventually(() => page.evaluate((name) => document.documentElement.dataset['theme'] === name, theme));
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await saveScreenshot(page, `measures-${theme}`, { fullPage: true });
  }
  await page.setViewportSize({ width: 390, height: 844 });
  await saveScreenshot(page, 'measures-390', { fullPage: true });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);

  const renamed = { title: 'Sold', headline: null, target: { value: 100 } };
  await call('PATCH /dashboards/shop', { counters: { orders: renamed }, measures: { share: null } });
  await waitForEqual(() => readTile(page, 'orders'), ['145', '', '145% of 100Reached']);
  await call('PATCH /dashboards/shop', { counters: { orders: { target: { value: 100, per: 'day' } } } });
  const reached = expect.stringMatching(/^145% of 100 todayReached at \d\d:\d\dReached$/) as string;
  await waitForEqual(() => readTile(page, 'orders'), ['145', '', reached]);
  expect(await findTile(page, 'orders').getByRole('heading').textContent()).toBe('Sold');
  expect(await findTile(page, 'share').count()).toBe(0);
});

it('browsers in Tokyo and Los Angeles show the same numbers of the day of the shop', async () => {
  const { url, call } = await startApi({ STORE: 'memory' });
  await call('PUT /dashboards/shop', { ...DEFINITION, timeZone: 'Europe/Berlin' });
  await call('POST /dashboards/shop/changes', { changes: CHANGES });
  const zones = ['Asia/Tokyo', 'America/Los_Angeles'];
  const pages = await Promise.all(zones.map((timezoneId) => openPage(`${url}/#/shop`, { timezoneId })));
  for (const page of pages) {
    await waitForState(page, 'live');
    await waitForEqual(() => readTile(page, 'revenue'), ['€12,480.50', '', '249% of €5,000 this monthReached']);
    await waitForEqual(() => readTile(page, 'basket'), ['€85.48', '', '']);
  }
});

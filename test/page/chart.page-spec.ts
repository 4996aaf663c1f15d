/** The chart: ranges, live updates, values and rates, selected counters, and exact values at the cursor. */
import type { Page } from 'playwright-core';
import { createCaller } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { openPage } from '../support/browser.js';
import { createSeededDatabase, type SeededChanges } from '../support/seeded-history.js';
import { findChart, countChartRows, findSlider, waitForEqual, waitForState } from '../support/dashboard-page.js';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
/** Smallest number of rows per range. Of 14 days of 5 minutes the service may have expired the first. */
const RANGES = { '5 min': 300, '1 h': 3_600, '24 h': 1_440, '14 d': 4_031 };

async function openWithHistory(history: SeededChanges) {
  const { url } = await startApp({ DATA_DIR: await createSeededDatabase(history) });
  const call = createCaller(url);
  await call('PUT /dashboards/shop', { counters: { sales: { title: 'Sales' }, visits: { title: 'Visits' } } });
  const page = await openPage(`${url}/#/shop`);
  await waitForState(page, 'live');
  await waitForEqual(async () => (await countChartRows(page)) > 0, true);
  return { page, call };
}

/** Reads the value beside a counter in the legend. */
const readLegendValue = (page: Page, title: string): Promise<string | null> =>
  findChart(page).locator('label').filter({ hasText: title }).locator('output').textContent();

const readSliderText = (page: Page): Promise<string | null> => findSlider(page).getAttribute('aria-valuetext');

it('every range is read from the history and continued with each change', async () => {
  const now = Date.now();
  const { page, call } = await openWithHistory([
    ['sales', now - 13 * DAY, 1_000],
    ['sales', now - 20 * HOUR, 200],
    ['sales', now - 40 * MINUTE, 30],
    ['sales', now - 2 * MINUTE, 4],
  ]);
  let value = 1_234;
  for (const [range, rows] of Object.entries(RANGES)) {
    await findChart(page).getByRole('radio', { name: range }).check();
    await waitForEqual(async () => (await countChartRows(page)) >= rows, true);
    await call('POST /dashboards/shop/counters/sales/add');
    value += 1;
    await waitForEqual(() => readLegendValue(page, 'Sales'), value.toLocaleString('en-GB'));
  }
});

it.each([-2, 2])("the chart follows the service's clock if the viewer's is off by %d hours", async (hours) => {
  const { url } = await startApp();
  const page = await openPage(`${url}/?range=5m`, { prepare: ({ clock }) => clock.install() });
  await waitForEqual(async () => (await countChartRows(page)) >= 300, true);
  await page.clock.setSystemTime(Date.now() + hours * HOUR);
  await createCaller(url)('POST /order');
  await waitForEqual(() => readLegendValue(page, 'Orders'), '1');
  await findChart(page).getByRole('radio', { name: '1 h' }).check();
  await waitForEqual(async () => (await countChartRows(page)) >= 3_600, true);
  await createCaller(url)('POST /order');
  await waitForEqual(() => readLegendValue(page, 'Orders'), '2');
});

it('the arrow keys move through time and announce exact values', async () => {
  const now = Date.now();
  const { page } = await openWithHistory([
    ['sales', now - 13 * DAY, 1_000],
    ['sales', now - 2 * DAY, 200],
  ]);
  await findChart(page).getByRole('radio', { name: '14 d' }).check();
  await waitForEqual(() => readLegendValue(page, 'Sales'), '1,200');
  const slider = findSlider(page);
  await slider.focus();
  await slider.press('Home');
  await waitForEqual(async () => (await readSliderText(page))?.includes('Sales 0') ?? false, true);
  // A day has 288 rows of five minutes; a page key moves by 60 rows.
  for (let press = 0; press < 20; press += 1) await slider.press('PageUp');
  for (let press = 0; press < 24; press += 1) await slider.press('PageDown');
  await waitForEqual(async () => (await readSliderText(page))?.includes('Sales 1,000') ?? false, true);
  await slider.press('End');
  await waitForEqual(async () => (await readSliderText(page))?.includes('Sales 1,200') ?? false, true);
  await slider.press('Escape');
  await waitForEqual(() => readLegendValue(page, 'Sales'), '1,200');
});

it('rates show added and removed amounts even if they cancel out', async () => {
  const { page, call } = await openWithHistory([['visits', Date.now() - 3 * DAY, 10]]);
  await findChart(page).getByRole('radio', { name: 'Rate' }).check();
  await findChart(page).getByRole('radio', { name: '24 h' }).check();
  await waitForEqual(async () => (await countChartRows(page)) >= 47, true);
  await call('POST /dashboards/shop/counters/sales/add', { amount: 5 });
  await call('POST /dashboards/shop/counters/sales/remove', { amount: 5 });
  await waitForEqual(() => readLegendValue(page, 'Sales'), '+5 −5');
  expect(await readLegendValue(page, 'Visits')).toBe('+0 −0');
});

it('counters can be removed from the chart and added again, except the last one', async () => {
  const { page } = await openWithHistory([['sales', Date.now() - HOUR, 7]]);
  const box = (title: string) => findChart(page).getByRole('checkbox', { name: title });
  await waitForEqual(() => readLegendValue(page, 'Visits'), '0');
  await box('Visits').uncheck();
  await waitForEqual(() => readLegendValue(page, 'Visits'), '');
  await box('Sales').click();
  await waitForEqual(() => box('Sales').isChecked(), true);
  await box('Visits').check();
  await waitForEqual(() => readLegendValue(page, 'Visits'), '0');
  await page.reload();
  await waitForEqual(() => readLegendValue(page, 'Sales'), '7');
});

it('the pointer shows the values at its position', async () => {
  const { page } = await openWithHistory([['sales', Date.now() - 30 * MINUTE, 7]]);
  await waitForEqual(() => readLegendValue(page, 'Sales'), '7');
  const box = await findSlider(page).boundingBox();
  if (!box) throw new Error('The chart has no size.');
  await page.mouse.move(box.x + box.width * 0.25, box.y + box.height / 2);
  await waitForEqual(() => readLegendValue(page, 'Sales'), '0');
  await page.mouse.move(box.x + box.width * 0.75, box.y + box.height / 2);
  await waitForEqual(() => readLegendValue(page, 'Sales'), '7');
  await page.mouse.move(0, 0);
  await waitForEqual(async () => (await readSliderText(page))?.includes('no time selected') ?? false, true);
});

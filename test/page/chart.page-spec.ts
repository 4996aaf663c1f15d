/** The chart: every range is read and goes on live, values and rates, the counters that are chosen, and the exact numbers at a time. */
import type { Page } from 'playwright-core';
import { callerOf } from '../support/api.js';
import { startApp } from '../support/app.js';
import { openPage } from '../support/browser.js';
import { makePast, type Past } from '../support/seeded-history.js';
import { chartOf, pointsOf, sliderOf, untilEqual, untilState } from '../support/page.js';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
/** Rows that a range has at least: 14 days of 5 minutes, of which the service may have forgotten the first. */
const RANGES = { '5 min': 300, '1 h': 3_600, '24 h': 1_440, '14 d': 4_031 };

async function openPast(past: Past) {
  const { url } = await startApp({ DATA_DIR: await makePast(past) });
  const call = callerOf(url);
  await call('PUT /dashboards/shop', { counters: { sales: { title: 'Sales' }, visits: { title: 'Visits' } } });
  const page = await openPage(`${url}/#/shop`);
  await untilState(page, 'live');
  await untilEqual(async () => (await pointsOf(page)) > 0, true);
  return { page, call };
}

/** What stands beside a counter in the chart. */
const readingOf = (page: Page, title: string): Promise<string | null> =>
  chartOf(page).locator('label').filter({ hasText: title }).locator('output').textContent();

const spokenBy = (page: Page): Promise<string | null> => sliderOf(page).getAttribute('aria-valuetext');

it('every range is read from the history, and goes on with each change', async () => {
  const now = Date.now();
  const { page, call } = await openPast([
    ['sales', now - 13 * DAY, 1_000],
    ['sales', now - 20 * HOUR, 200],
    ['sales', now - 40 * MINUTE, 30],
    ['sales', now - 2 * MINUTE, 4],
  ]);
  let value = 1_234;
  for (const [range, rows] of Object.entries(RANGES)) {
    await chartOf(page).getByRole('radio', { name: range }).check();
    await untilEqual(async () => (await pointsOf(page)) >= rows, true);
    await call('POST /dashboards/shop/counters/sales/add');
    value += 1;
    await untilEqual(() => readingOf(page, 'Sales'), value.toLocaleString('en-GB'));
  }
});

it.each([-2, 2])('goes by the clock of the service when that of the viewer is set by %d hours', async (hours) => {
  const { url } = await startApp();
  const page = await openPage(`${url}/?range=5m`, { prepare: ({ clock }) => clock.install() });
  await untilEqual(async () => (await pointsOf(page)) >= 300, true);
  await page.clock.setSystemTime(Date.now() + hours * HOUR);
  await callerOf(url)('POST /order');
  await untilEqual(() => readingOf(page, 'Orders'), '1');
  await chartOf(page).getByRole('radio', { name: '1 h' }).check();
  await untilEqual(async () => (await pointsOf(page)) >= 3_600, true);
  await callerOf(url)('POST /order');
  await untilEqual(() => readingOf(page, 'Orders'), '2');
});

it('the arrow keys go through time, and say the exact value at each', async () => {
  const now = Date.now();
  const { page } = await openPast([
    ['sales', now - 13 * DAY, 1_000],
    ['sales', now - 2 * DAY, 200],
  ]);
  await chartOf(page).getByRole('radio', { name: '14 d' }).check();
  await untilEqual(() => readingOf(page, 'Sales'), '1,200');
  const slider = sliderOf(page);
  await slider.focus();
  await slider.press('Home');
  await untilEqual(async () => (await spokenBy(page))?.includes('Sales 0') ?? false, true);
  // A day has 288 rows of five minutes, and a page of keys has 60 of them.
  for (let press = 0; press < 20; press += 1) await slider.press('PageUp');
  for (let press = 0; press < 24; press += 1) await slider.press('PageDown');
  await untilEqual(async () => (await spokenBy(page))?.includes('Sales 1,000') ?? false, true);
  await slider.press('End');
  await untilEqual(async () => (await spokenBy(page))?.includes('Sales 1,200') ?? false, true);
  await slider.press('Escape');
  await untilEqual(() => readingOf(page, 'Sales'), '1,200');
});

it('rates say what was added and removed, though it came to nothing', async () => {
  const { page, call } = await openPast([['visits', Date.now() - 3 * DAY, 10]]);
  await chartOf(page).getByRole('radio', { name: 'Rate' }).check();
  await chartOf(page).getByRole('radio', { name: '24 h' }).check();
  await untilEqual(async () => (await pointsOf(page)) >= 47, true);
  await call('POST /dashboards/shop/counters/sales/add', { amount: 5 });
  await call('POST /dashboards/shop/counters/sales/remove', { amount: 5 });
  await untilEqual(() => readingOf(page, 'Sales'), '+5 −5');
  expect(await readingOf(page, 'Visits')).toBe('+0 −0');
});

it('counters are taken out of the chart and put back, down to the last one', async () => {
  const { page } = await openPast([['sales', Date.now() - HOUR, 7]]);
  const box = (title: string) => chartOf(page).getByRole('checkbox', { name: title });
  await untilEqual(() => readingOf(page, 'Visits'), '0');
  await box('Visits').uncheck();
  await untilEqual(() => readingOf(page, 'Visits'), '');
  await box('Sales').click();
  await untilEqual(() => box('Sales').isChecked(), true);
  await box('Visits').check();
  await untilEqual(() => readingOf(page, 'Visits'), '0');
  await page.reload();
  await untilEqual(() => readingOf(page, 'Sales'), '7');
});

it('the pointer reads the chart where it is', async () => {
  const { page } = await openPast([['sales', Date.now() - 30 * MINUTE, 7]]);
  await untilEqual(() => readingOf(page, 'Sales'), '7');
  const box = await sliderOf(page).boundingBox();
  if (!box) throw new Error('The chart has no size.');
  await page.mouse.move(box.x + box.width * 0.25, box.y + box.height / 2);
  await untilEqual(() => readingOf(page, 'Sales'), '0');
  await page.mouse.move(box.x + box.width * 0.75, box.y + box.height / 2);
  await untilEqual(() => readingOf(page, 'Sales'), '7');
  await page.mouse.move(0, 0);
  await untilEqual(async () => (await spokenBy(page))?.includes('no time chosen') ?? false, true);
});

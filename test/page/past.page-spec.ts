/** The board as it was: its numbers are those of the service at the moment, and can be kept as files and as a link. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { startApi } from '../support/api-client.js';
import { findAccessibilityFaults, openPage } from '../support/browser.js';
import { bookPast } from '../support/chart-page.js';
import { countChartRows, findTile, readTileValues, waitForEqual, waitForState } from '../support/dashboard-page.js';
import { DAY_MS, HOUR_MS } from '../support/times.js';

const DAYS = 20;
const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

/** Opens a shop with a past of 20 days by default, by the view of an address. */
async function openShop(view: string, { days = DAYS, expectedErrors = [] as RegExp[] } = {}) {
  const { url, call } = await startApi({ STORE: 'memory' });
  await bookPast(call, url, days * 24);
  const page = await openPage(`${url}/#/shop${view}`, {
    permissions: ['clipboard-read', 'clipboard-write'],
    expectedErrors,
  });
  const readService = async (at: number): Promise<unknown> =>
    (await call(`GET /dashboards/shop?at=${at}`)).body.counters;
  return { url, call, page, readService };
}

const readAt = (page: Page): number =>
  Date.parse(new URLSearchParams(new URL(page.url()).hash.split('?')[1] ?? '').get('at') ?? '');

async function save(page: Page, entry: string): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  await page.getByRole('button', { name: 'More', exact: true }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('dialog', { name: 'More' }).getByRole('button', { name: entry }).click(),
  ]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

it('the slider, the keys and a typed moment show the numbers of that moment, and one press leads back', async () => {
  const { page, call, readService } = await openShop('');
  await waitForState(page, 'live');
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('button', { name: 'Look back' }).click();
  await waitForState(page, 'past');
  const slider = page.getByRole('slider', { name: 'Point in time' });
  for (const move of [
    () => slider.press('Home'),
    () => slider.press('PageUp'),
    () => page.getByRole('button', { name: 'One hour on' }).click(),
    () => page.keyboard.press('['),
    // Hours are kept for 14 days, days for longer.
    () => page.getByLabel('Date and time').fill(new Date(Date.now() - 17 * DAY_MS).toISOString().slice(0, 16)),
  ]) {
    const before = readAt(page);
    await move();
    await waitForEqual(() => readAt(page) !== before, true);
    await waitForEqual(async () => ({ ...(await readTileValues(page)) }), await readService(readAt(page)));
  }
  expect(await page.getByRole('button', { name: /^Add one to/ }).count()).toBe(0);
  expect(await findAccessibilityFaults(page)).toEqual([]);
  // A change of the present does not change the past.
  const past = await readTileValues(page);
  await call('POST /dashboards/shop/counters/visits/add');
  expect(await readTileValues(page)).toEqual(past);
  await page.setViewportSize({ width: 390, height: 844 });
  await waitForEqual(() => page.evaluate(() => document.documentElement.scrollWidth), 390);
  await page.getByRole('button', { name: 'Back to live' }).click();
  await waitForState(page, 'live');
  const { body } = await call('GET /dashboards/shop');
  await waitForEqual(() => readTileValues(page), body.counters);
});

it('chart and numbers are downloaded as they are shown, and a link holds the view', async () => {
  const at = Math.floor(Date.now() / DAY_MS) * DAY_MS - 2 * DAY_MS + 9 * HOUR_MS;
  const { page } = await openShop(`?at=${new Date(at).toISOString()}&chart=visits,orders`);
  await waitForState(page, 'past');
  await waitForEqual(async () => (await countChartRows(page)) > 0, true);
  const shown = await readTileValues(page);

  const numbers = await save(page, 'The numbers as CSV');
  const lines = numbers.bytes.toString('utf8').trim().split('\r\n');
  expect([numbers.name, lines[0]]).toEqual(['shop-numbers.csv', 'at,name,title,period,number']);
  expect(lines.slice(1).map((line) => line.split(','))).toEqual(
    Object.entries(shown).map(([name, number]) => [
      expect.stringMatching(/^20.*Z$/),
      name,
      expect.any(String),
      expect.any(String),
      String(number),
    ]),
  );

  const rows = await save(page, 'The chart as CSV');
  const [header = '', ...hours] = rows.bytes.toString('utf8').trim().split('\r\n');
  const counters = new Set(header.split(',').map((column) => column.split('.')[0]));
  expect([rows.name, counters]).toEqual(['shop-chart.csv', new Set(['start', 'end', 'visits', 'orders'])]);
  const added = header.split(',').indexOf('visits.added');
  // Nine hours of the day have passed; what came later is not shown.
  expect(hours.filter((hour) => Number(hour.split(',')[added]) > 0).length).toBeGreaterThanOrEqual(9);

  const picture = await save(page, 'The chart as PNG');
  expect([picture.name, picture.bytes.subarray(0, 8)]).toEqual(['shop-chart.png', PNG_SIGNATURE]);

  await page.keyboard.press('s');
  await page.getByText('The link is copied.').waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const other = await openPage(link);
  await waitForState(other, 'past');
  await waitForEqual(() => readTileValues(other), shown);
});

it('a moment that nothing is known of leaves the slider in its place, and says so', async () => {
  const { page } = await openShop('?at=2019-01-01T00:00:00Z', { expectedErrors: [/status of 400/] });
  const alert = page.getByText('Nothing is known of this moment. Choose another one.');
  await alert.waitFor();
  const travel = page.locator('.travel');
  const date = page.getByLabel('Date and time');
  for (const at of ['2019-01-01T00:00:00Z', '2100-01-01T00:00:00Z']) {
    await page.evaluate((moment) => (location.hash = `#/shop?at=${moment}`), at);
    await waitForEqual(() => date.inputValue(), at.slice(0, 16));
    await alert.waitFor();
    const boxes = await Promise.all([travel, date, alert].map((part) => part.boundingBox()));
    const [slider, field, text] = boxes.map((box) => box ?? { x: 0, y: 0, width: 0, height: 0 });
    expect(slider?.width).toBeGreaterThan(400);
    expect(field?.x).toBeGreaterThanOrEqual((slider?.x ?? 0) + (slider?.width ?? 0));
    expect(text?.y).toBeGreaterThanOrEqual((slider?.y ?? 0) + (slider?.height ?? 0));
    expect(await page.getByText('Reading…').count()).toBe(0);
  }
});

it('a young board is compared with nothing, and nothing is asked of the time before it', async () => {
  const at = Date.now() - DAY_MS;
  const { page, readService } = await openShop(`?at=${at}`, { days: 3 });
  await waitForState(page, 'past');
  const periods = page.getByRole('group', { name: 'Period of the numbers' });
  for (const period of ['Day', 'Week', 'Month', 'Hour']) {
    await periods.getByRole('radio', { name: period, exact: true }).check({ force: true });
    await findTile(page, 'visits').locator('svg.spark').waitFor();
    await page.waitForLoadState('networkidle');
  }
  await periods.getByRole('radio', { name: 'Total', exact: true }).check({ force: true });
  await waitForEqual(async () => ({ ...(await readTileValues(page)) }), await readService(at));
});

it('the status says of which time the numbers are where finer rows are not kept', async () => {
  const at = Math.floor(Date.now() / DAY_MS) * DAY_MS - 2 * DAY_MS + 9 * HOUR_MS + 100_500;
  const { page, call } = await openShop(`?at=${new Date(at).toISOString()}`);
  const body = (await call(`GET /dashboards/shop?at=${at}`)).body as { exact: boolean; at: number };
  expect(body).toMatchObject({ exact: false, at: at + 19_500 });
  await page.getByText('Numbers of 09:02').waitFor();
});

it('an address with values that do not exist says what is shown instead, until the viewer chooses', async () => {
  const { page } = await openShop('?at=garbage&range=2h&chart=visits,nothing');
  await waitForState(page, 'live');
  const notice = page.locator('.strip.address');
  await waitForEqual(
    () => notice.getByRole('paragraph').allTextContents(),
    [
      'The address has at=garbage, which is unknown. Shown instead: Live.',
      'The address has range=2h, which is unknown. Shown instead: Today.',
      'There is no counter nothing.',
    ],
  );
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await page.locator('label', { hasText: /^7 d$/ }).click();
  await waitForEqual(() => notice.getByRole('paragraph').allTextContents(), ['There is no counter nothing.']);
});

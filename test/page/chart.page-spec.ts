/** The chart: lanes, spans, live numbers, the cursor, choices that last, and what canvases draw. */
import type { Page } from 'playwright-core';
import { type ApiCall, startApi } from '../support/api-client.js';
import { findAccessibilityFaults, openPage, type OpenPageOptions } from '../support/browser.js';
import {
  bookPast,
  forgetDrawn,
  readCursor,
  readDrawn,
  readLanes,
  readNewest,
  recordCanvases,
} from '../support/chart-page.js';
import { countChartRows, findChart, findSlider, waitForEqual, waitForState } from '../support/dashboard-page.js';
import { DAY_MS, HOUR_MS } from '../support/times.js';

const HOURS = 9 * 24;
const LANES = ['Visits an hour', 'Orders an hour', 'Returns an hour'];

async function openShop(options: OpenPageOptions & { readonly query?: string; readonly definition?: object } = {}) {
  const { query = '', definition, ...rest } = options;
  const { url, call } = await startApi({ STORE: 'memory' });
  await bookPast(call, url, HOURS, definition);
  const page = await openPage(`${url}/#/shop${query}`, { prepare: recordCanvases, ...rest });
  await waitForState(page, 'live');
  // On a phone the chart has a place of its own.
  if (rest.isMobile) await page.getByRole('button', { name: 'Chart', exact: true }).click();
  await waitForEqual(async () => (await countChartRows(page)) > 0, true);
  return { page, call, url };
}

const add = (call: ApiCall, counter: string, amount = 1, reason?: string) =>
  call('POST /dashboards/shop/changes', { changes: [{ counter, by: amount }], ...(reason && { reason }) });

const chooseSpan = (page: Page, name: string): Promise<void> =>
  findChart(page).getByRole('radio', { name, exact: true }).check();

const readParameter = (page: Page, name: string): string | null =>
  new URLSearchParams(new URL(page.url()).hash.split('?')[1] ?? '').get(name);

it('numbers of other magnitudes have lanes of their own, whose keys, forms and choice can be changed', async () => {
  const { page, call } = await openShop();
  await call('POST /order');
  const chart = findChart(page);
  await waitForEqual(() => readLanes(page), LANES);
  const { texts } = await readDrawn(page);
  expect(texts.map(({ text }) => text)).toEqual(expect.arrayContaining(['10k', '2k', '300']));

  await chart.getByRole('button', { name: 'Orders', exact: true }).click();
  await waitForEqual(() => readLanes(page), ['Visits an hour', 'Returns an hour']);
  await chart.getByRole('button', { name: 'Orders', exact: true }).click();
  await waitForEqual(() => readLanes(page), LANES);

  // The only form that shows the target of a period.
  expect(texts.map(({ text }) => text)).not.toContain('60,000');
  await chart.getByRole('button', { name: 'Orders an hour' }).click();
  await page.getByRole('radio', { name: 'Adding up' }).check();
  await waitForEqual(async () => (await readLanes(page))[1], 'Orders, adding up');
  await chart.getByText('Target').waitFor();
  await waitForEqual(async () => (await readDrawn(page)).texts.some(({ text }) => text === '60,000'), true);
  await page.keyboard.press('Escape');

  await chart.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('checkbox', { name: 'Returns' }).uncheck();
  await waitForEqual(() => readLanes(page), ['Visits an hour', 'Orders, adding up']);
  await page.keyboard.press('Escape');
  expect(await findAccessibilityFaults(page)).toEqual([]);

  // Neither another scheme nor another board loses anything.
  await chooseSpan(page, '30 d');
  const choice = ['Visits a day', 'Orders, adding up'];
  await waitForEqual(() => readLanes(page), choice);
  await forgetDrawn(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await waitForEqual(async () => (await readDrawn(page)).texts.some(({ colour }) => colour === '#939ba8'), true);
  expect(await readLanes(page)).toEqual(choice);
  await page.evaluate("location.hash = '#/main?range=30d'");
  await waitForEqual(async () => (await readLanes(page)).length, 1);
  await page.evaluate("location.hash = '#/shop?range=30d'");
  await waitForEqual(() => readLanes(page), choice);
  await page.reload();
  await waitForEqual(() => readLanes(page), choice);
  expect(await findAccessibilityFaults(page)).toEqual([]);
});

it('every span is read, and continued with each change', async () => {
  const { page, call } = await openShop({
    definition: {
      measures: { share: { title: 'Share', ratio: ['returns', 'orders'], percent: true } },
      layout: { groups: [{ tiles: [{ show: 'orders' }, { show: 'returns' }, { show: 'share' }] }] },
    },
  });
  const spans = { '5 min': 60, '1 h': 60, Today: 1, '7 d': 168, '30 d': 30, '1 y': 53, '2 y': 105 };
  for (const [span, rows] of Object.entries(spans)) {
    await chooseSpan(page, span);
    await waitForEqual(async () => (await countChartRows(page)) >= rows, true);
    await findChart(page).locator('.plot[aria-busy="false"]').waitFor();
    await findSlider(page).press('ArrowRight');
    const before = await readCursor(page);
    await add(call, 'orders', 100);
    await waitForEqual(async () => (await readCursor(page)) === before, false);
    expect(await readCursor(page)).toMatch(/Orders [\d,]+.*; Returns [\d,]+.*; Share [\d.]+%/);
    await page.keyboard.press('Escape');
  }
});

it('the cursor moves by arrow keys and by the pointer, and names time, values and differences', async () => {
  const { page } = await openShop({ query: '?range=7d' });
  const slider = findSlider(page);
  await waitForEqual(() => readCursor(page), 'No time chosen. The arrow keys move through time.');
  await slider.press('Home');
  const numbers = Object.entries({ Visits: '9,000', Orders: '2,000', Returns: '300' });
  // Nothing had been counted a week before.
  const sentence = numbers.map(([title, number]) => `${title} ${number}, +${number}`).join('; ');
  await waitForEqual(async () => (await readCursor(page)).includes(sentence), true);
  await slider.press('End');
  await slider.press('PageUp');
  // The week before was the same.
  await waitForEqual(async () => (await readCursor(page)).includes('Visits 9,000, 0; Orders 2,000, 0'), true);
  await slider.press('Escape');
  await waitForEqual(async () => (await readCursor(page)).startsWith('No time chosen'), true);
  const box = await slider.boundingBox();
  if (!box) throw new Error('the chart has no size');
  const tip = findChart(page).locator('.tip');
  for (const [share, side] of [
    [0.25, 'right'],
    [0.75, 'left'],
  ] as const) {
    await page.mouse.move(box.x + box.width * share, box.y + box.height / 2);
    await waitForEqual(() => tip.getAttribute('data-side'), side);
    expect(await tip.innerText()).toContain('vs the week before');
    expect(await tip.locator('td').first().innerText()).toBe('9,000');
  }
  await page.mouse.move(0, 0);
  await tip.waitFor({ state: 'detached' });
});

it('dragging zooms in, a double click goes back, the brush moves, and dates can be entered', async () => {
  const { page } = await openShop();
  const chart = findChart(page);
  const drag = async (target: ReturnType<Page['locator']>, from: number, to: number): Promise<void> => {
    const box = await target.boundingBox();
    if (!box) throw new Error('nothing to drag on');
    await page.mouse.move(box.x + box.width * from, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * to, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
  };
  const readHours = (): number => {
    const [from, to] = ['from', 'to'].map((name) => Date.parse(readParameter(page, name) ?? ''));
    return ((to ?? 0) - (from ?? 0)) / HOUR_MS;
  };
  await drag(findSlider(page), 0.01, 0.49);
  await waitForEqual(() => readHours(), 12);
  await waitForEqual(async () => (await readLanes(page))[0], 'Visits in 15 min');
  await findSlider(page).dblclick();
  await waitForEqual(() => readParameter(page, 'from'), null);
  await waitForEqual(() => readLanes(page), LANES);

  // The window is moved by whole days.
  const window = chart.locator('.brush .window');
  await window.waitFor();
  await drag(window, 0.5, -3.5);
  await waitForEqual(() => readHours(), 24);
  const day = new Date(Date.now() - 4 * DAY_MS).toISOString().slice(0, 10);
  await waitForEqual(() => readParameter(page, 'from'), `${day}T00:00:00.000Z`);
  await waitForEqual(() => countChartRows(page), 24);
  await window.press('ArrowRight');
  await waitForEqual(
    () => readParameter(page, 'from'),
    `${new Date(Date.now() - 3 * DAY_MS).toISOString().slice(0, 10)}T00:00:00.000Z`,
  );

  await chart.getByRole('button', { name: 'Dates…' }).click();
  const form = page.getByRole('form', { name: 'From one time to another' });
  await form.getByLabel('From').fill(`${day}T06:00`);
  await form.getByLabel('To').fill(`${day}T05:00`);
  await form.getByRole('button', { name: 'Show' }).click();
  await form.getByText('The end must be after the start.').waitFor();
  await form.getByLabel('To').fill(`${day}T18:00`);
  await form.getByRole('button', { name: 'Show' }).click();
  await waitForEqual(() => readHours(), 12);
  await chooseSpan(page, 'Today');
  await waitForEqual(() => readParameter(page, 'from'), null);
});

it('the brush of two years says ten years and today, and the reason of a new change is read in full', async () => {
  const { page, call } = await openShop({ query: '?range=2y&chart=visits' });
  const reason = 'The newsletter was sent to all customers';
  await add(call, 'visits', 1, reason);
  await page.reload();
  const chart = findChart(page);
  const today = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format();
  await waitForEqual(() => chart.locator('.brush .edge').allTextContents(), ['10 yrs', today]);
  const text = chart.locator('.mark-line bdi');
  await waitForEqual(() => text.allTextContents(), [reason]);
  expect(await text.evaluate((node) => node.scrollWidth - node.clientWidth)).toBe(0);
});

it('nothing is drawn while nothing changes, and many changes draw each lane once in half a second', async () => {
  const { page, call } = await openShop({
    prepare: async (opened) => {
      await recordCanvases(opened);
      await opened.clock.install();
    },
  });
  await waitForEqual(() => readLanes(page), LANES);
  // No timer of the page fires any more unless the clock is moved. Brush, marks and fonts have come.
  await findChart(page).locator('.brush path').waitFor();
  await page.clock.pauseAt(Date.now() + 2_000);
  await page.clock.runFor(2_000);
  await forgetDrawn(page);
  await page.clock.runFor(8_000);
  expect((await readDrawn(page)).clears).toBe(0);
  for (let change = 0; change < 10; change += 1) await add(call, 'visits');
  await waitForEqual(async () => {
    await page.clock.runFor(20);
    return (await readDrawn(page)).clears > 0;
  }, true);
  await forgetDrawn(page);
  for (let change = 0; change < 10; change += 1) {
    await add(call, 'visits');
    await page.clock.runFor(40);
  }
  // Only the lane whose numbers have changed, and at most once.
  expect((await readDrawn(page)).clears).toBeLessThanOrEqual(1);
});

it.each([
  [1, 16],
  [2, 16],
  [3, 16],
  [1, 32],
])('letters on the axes have their size at %d dots a pixel and a root of %d px', async (ratio, rootPx) => {
  const { page } = await openShop({
    deviceScaleFactor: ratio,
    prepare: async (opened) => {
      await recordCanvases(opened);
      await opened.addInitScript((px) => {
        document.addEventListener('DOMContentLoaded', () => (document.documentElement.style.fontSize = `${px}px`));
      }, rootPx);
    },
  });
  const readSizes = async (): Promise<number[]> => {
    const { texts } = await readDrawn(page);
    return [...new Set(texts.map(({ font }) => Number(/([\d.]+)px/.exec(font)?.[1]) / ratio))];
  };
  await waitForEqual(readSizes, [(12 * rootPx) / 16]);
});

it('a reason marks the time of its change, and a table shows all numbers', async () => {
  const { url, call } = await startApi({ STORE: 'memory' });
  await call('PUT /dashboards/shop', { counters: { visits: { title: 'Visits' } } });
  await add(call, 'visits', 3, 'Newsletter sent');
  await add(call, 'visits', 4);
  const page = await openPage(`${url}/#/shop?range=1h`);
  const chart = findChart(page);
  await chart.locator('.marks').getByText('Newsletter sent').waitFor();
  const isMarked = (text: string): boolean => text.endsWith('Newsletter sent');
  await waitForEqual(async () => (await readNewest(page, 5)).some(isMarked), true);
  await chart.getByRole('button', { name: 'Show as table' }).click();
  const table = chart.getByRole('region', { name: 'Show as table' });
  await waitForEqual(() => table.getByRole('row').count(), 61);
  // A minute may have passed since.
  const rows = await table.getByRole('row').allInnerTexts();
  expect(rows.filter((row) => /\t7(\t|$)/.test(row))).toHaveLength(1);
  expect(await findAccessibilityFaults(page)).toEqual([]);
});

it('on a phone the numbers stand below the chart, not under the finger', async () => {
  const { page } = await openShop({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const slider = findSlider(page);
  await slider.tap({ position: { x: 4, y: 40 } });
  const reading = findChart(page).locator('.read');
  await waitForEqual(async () => (await reading.innerText()).includes('00:00 to 01:00'), true);
  expect(await findChart(page).locator('.tip').count()).toBe(0);
  expect(await findAccessibilityFaults(page)).toEqual([]);
  const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
  expect(scrollWidth).toBe(clientWidth);
});

/** The numbers on the page do not depend on the chart, whatever keeps it from being shown or from being live. */
import type { Page } from 'playwright-core';
import { createCaller, startShop } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { type OpenPageOptions, openPage, UNREACHABLE_ERRORS } from '../support/browser.js';
import { readNewest } from '../support/chart-page.js';
import { countChartRows, findChart, readTileValues, waitForEqual, waitForState } from '../support/dashboard-page.js';
import { openPageUnderPath, waitForElement } from '../support/embed-page.js';

/** A language of kiosks and containers that is no BCP 47 tag. `Intl` throws if it is asked for it. */
const POSIX_LANGUAGE = 'en-US@posix';
const CHART_FILE = /\/assets\/chart-[^/]*\.js$/;

/** Opens the page of a new service. Resolves when it shows a change that was made while it was open. */
async function openLivePage(options: OpenPageOptions): Promise<Page> {
  const { url } = await startApp();
  const page = await openPage(`${url}/`, options);
  await waitForState(page, 'live');
  await createCaller(url)('POST /order');
  await waitForEqual(() => readTileValues(page), { orders: 1, customers: 0, products: 0 });
  return page;
}

it('page and chart work in a browser whose language is no BCP 47 tag', async () => {
  const page = await openLivePage({ locale: POSIX_LANGUAGE });
  expect(await page.evaluate('navigator.language')).toBe(POSIX_LANGUAGE);
  await waitForEqual(async () => (await countChartRows(page)) > 0, true);
});

it('`<live-counter>` works in a browser whose language is no BCP 47 tag', async () => {
  const { port } = await startApp();
  const markup = `<live-counter counter="orders" locale="${POSIX_LANGUAGE}"></live-counter>`;
  const page = await openPageUnderPath(port, markup, { locale: POSIX_LANGUAGE });
  await waitForElement(page, { value: '0', state: 'live' });
});

const PART_MISSING = 'This part of the page could not be loaded.';

it.each<[string, string, OpenPageOptions]>([
  [
    'its file does not arrive',
    PART_MISSING,
    { prepare: (page) => page.route(CHART_FILE, (route) => route.abort()), expectedErrors: [/ERR_FAILED/] },
  ],
  [
    'its file throws when it is loaded',
    PART_MISSING,
    {
      prepare: (page) =>
        page.route(CHART_FILE, (route) =>
          route.fulfill({ contentType: 'text/javascript', body: "throw new Error('not this browser');" }),
        ),
    },
  ],
  [
    'the browser has no canvas',
    'The chart cannot be shown: the browser gives no canvas. The numbers are not affected.',
    {
      prepare: (page) =>
        page.addInitScript(() => {
          HTMLCanvasElement.prototype.getContext = () => null;
        }),
    },
  ],
])('the numbers stay live, and a text stands for the chart, if %s', async (_cause, text, options) => {
  const page = await openLivePage(options);
  await page.getByText(text).waitFor();
});

it('without a connection the chart ends at the last news, and has no gap afterwards', async () => {
  const { url, call } = await startShop();
  const add = (amount: number) => call('POST /dashboards/shop/counters/sales/add', { amount });
  await add(1);
  const page = await openPage(`${url}/#/shop?range=5m&chart=sales`, { expectedErrors: UNREACHABLE_ERRORS });
  const readNumbers = async (count: number): Promise<string[]> =>
    (await readNewest(page, count)).map((text) => /Sales (\S+)/.exec(text)?.[1] ?? '');
  await waitForState(page, 'live');
  await waitForEqual(() => countChartRows(page), 60);
  await add(3);
  await waitForEqual(async () => (await readNumbers(20)).reduce((sum, number) => sum + Number(number), 0), 4);
  await page.context().setOffline(true);
  await findChart(page).and(page.locator('[data-stale]')).waitFor();
  const label = await findChart(page).getByRole('img').getAttribute('aria-label');
  await add(4);
  await page.context().setOffline(false);
  await waitForState(page, 'live');
  // Both may lie in one bucket.
  await waitForEqual(async () => (await readNumbers(20)).reduce((sum, number) => sum + Number(number), 0), 8);
  expect((await readNumbers(60)).filter((number) => number === '–' || number === '')).toEqual([]);
  await waitForEqual(async () => (await findChart(page).getByRole('img').getAttribute('aria-label')) === label, false);
});

/** The numbers on the page do not depend on the chart, whatever keeps it from being shown. */
import type { Page } from 'playwright-core';
import { createCaller } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { type OpenPageOptions, openPage } from '../support/browser.js';
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
  await waitForEqual(async () => (await countChartRows(page)) > 3_000, true);
});

it('`<live-counter>` works in a browser whose language is no BCP 47 tag', async () => {
  const { port } = await startApp();
  const markup = `<live-counter counter="orders" locale="${POSIX_LANGUAGE}"></live-counter>`;
  const page = await openPageUnderPath(port, markup, { locale: POSIX_LANGUAGE });
  await waitForElement(page, { value: '0', state: 'live' });
});

it.each<[string, OpenPageOptions]>([
  [
    'its file does not arrive',
    { prepare: (page) => page.route(CHART_FILE, (route) => route.abort()), expectedErrors: [/ERR_FAILED/] },
  ],
  [
    'its file throws when it is loaded',
    {
      prepare: (page) =>
        page.route(CHART_FILE, (route) =>
          route.fulfill({ contentType: 'text/javascript', body: "throw new Error('not this browser');" }),
        ),
    },
  ],
  [
    'the browser has no canvas',
    {
      prepare: (page) =>
        page.addInitScript(() => {
          HTMLCanvasElement.prototype.getContext = () => {
            throw new Error('out of memory');
          };
        }),
    },
  ],
])('the numbers stay live, and a text stands for the chart, if %s', async (_cause, options) => {
  const page = await openLivePage(options);
  await findChart(page).getByText('The chart cannot be shown').waitFor();
});

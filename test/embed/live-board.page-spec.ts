/** `<live-board>`, and what `<live-counter>` shows beside its number, in pages of another origin. */
import type { Page } from 'playwright-core';
import { findAccessibilityFaults } from '../support/browser.js';
import { waitForEqual } from '../support/dashboard-page.js';
import { CROSS_ORIGIN_ERRORS, startEmbeddingSite, waitForElement } from '../support/embed-page.js';
import { MEASURED_COUNTERS } from '../support/measured-shop.js';
import { authorizeWith, SECRETS, TOKEN_CONFIG } from '../support/token-service.js';

const CHANGES = [
  { counter: 'orders', by: 147 },
  { counter: 'revenue', by: 1_248_050 },
  { counter: 'stock', to: 375 },
];

/** Reads the tiles of a board: the name of each, and its number as it is written. */
const readTiles = (page: Page): Promise<string[]> =>
  page
    .locator('live-board article[data-counter]')
    .evaluateAll((tiles) =>
      tiles.map((tile) =>
        [tile.getAttribute('data-counter'), tile.querySelector('.number > bdi')?.textContent]
          .join(' ')
          .replaceAll(/\s+/g, ' '),
      ),
    );

it('a board shows the named tiles live, in the language of the page, and nothing to press', async () => {
  const { call, embed } = await startEmbeddingSite();
  await call('PUT /dashboards/shop', { title: 'Shop', counters: MEASURED_COUNTERS });
  await call('POST /dashboards/shop/changes', { changes: CHANGES });
  const page = await embed('<live-board dashboard="shop" counters="revenue,stock,unknown"></live-board>');
  await waitForEqual(() => readTiles(page), ['revenue 12.480,50 €', 'stock 37,5 kg']);
  expect(await page.locator('live-board').getAttribute('state')).toBe('live');
  await call('POST /dashboards/shop/changes', { changes: [{ counter: 'stock', by: 100 }] });
  await waitForEqual(() => readTiles(page), ['revenue 12.480,50 €', 'stock 47,5 kg']);
  expect(await page.locator('live-board').getByRole('button').count()).toBe(0);
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await page.locator('live-board').evaluate((board) => {
    board.setAttribute('counters', 'orders');
    board.setAttribute('locale', 'en');
  });
  await waitForEqual(() => readTiles(page), ['orders 147']);
});

it('a board shows what the tickets of its page give, and nothing without them', async () => {
  const { call, embed } = await startEmbeddingSite(TOKEN_CONFIG);
  const page = await embed('<live-board></live-board>', {
    expectedErrors: [...CROSS_ORIGIN_ERRORS, /status of 40[13]/],
  });
  await page.locator('live-board[state=closed]').waitFor();
  expect(await readTiles(page)).toEqual([]);
  const { origin } = new URL(page.url());
  await page.exposeFunction('requestTicket', async () => {
    const headers = { ...authorizeWith(SECRETS.reader), Origin: origin };
    return (await call('POST /tickets', { dashboard: 'main' }, headers)).body.ticket as unknown;
  });
  await page.evaluate("document.querySelector('live-board').ticket = requestTicket");
  await waitForEqual(() => readTiles(page), ['orders 0', 'customers 0', 'products 0']);
});

it('an element shows title, unit, format, period and sparkline', async () => {
  const { call, embed } = await startEmbeddingSite();
  await call('PUT /dashboards/shop', { title: 'Shop', counters: MEASURED_COUNTERS });
  await call('POST /dashboards/shop/changes', { changes: CHANGES });
  const of = (id: string, attributes: string): string =>
    `<p><live-counter id="${id}" dashboard="shop" ${attributes}></live-counter></p>`;
  const page = await embed(
    [
      of('titled', 'counter="revenue"'),
      of('whole', 'counter="revenue" format="whole" label=""'),
      of('compact', 'counter="revenue" format="compact" locale="en" unit="" label=""'),
      of('unit', 'counter="orders" unit="Bestellungen" label=""'),
      of('drawn', 'counter="orders" period="day" sparkline'),
    ].join(''),
  );
  const read = (id: string): Promise<string> =>
    page.locator(`#${id} [part=value]`).evaluate((value) => (value.textContent ?? '').replaceAll(/\s+/g, ' '));
  await waitForElement(page, { label: 'Revenue', state: 'live' }, '#titled');
  await waitForEqual(
    async () => Promise.all(['titled', 'whole', 'compact', 'unit', 'drawn'].map(read)),
    ['12.480,50 €', '12.480 €', '12.5K', '147 Bestellungen', '147'],
  );
  await page.locator('#drawn [part=sparkline] svg .bar').first().waitFor();
  expect(await page.locator('[part=sparkline] svg').count()).toBe(1);
});

/** Selecting a dashboard and its presentation, by the list and by the URL. */
import { createCaller, startShop } from '../support/api-client.js';
import { findAccessibilityFaults, openPage } from '../support/browser.js';
import {
  findChart,
  findTile,
  openBoards,
  waitForEqual,
  waitForState,
  readTileValues,
} from '../support/dashboard-page.js';

async function startTwoDashboards() {
  const shop = await startShop();
  await shop.call('POST /dashboards/shop/counters/sales/add', { amount: 7 });
  await createCaller(shop.url)('POST /order');
  return shop;
}

const MAIN = { orders: 1, customers: 0, products: 0 };
const SHOP = { sales: 7, visits: 0 };

it('a dashboard selected from the list is in the URL, and the back button returns', async () => {
  const { url, call } = await startTwoDashboards();
  const page = await openPage(`${url}/`);
  await waitForEqual(() => readTileValues(page), MAIN);
  await (await openBoards(page)).getByRole('link', { name: /Shop/ }).click();
  await waitForEqual(() => readTileValues(page), SHOP);
  await waitForEqual(() => page.url(), `${url}/#/shop`);
  await page.getByRole('heading', { level: 1, name: 'Shop' }).waitFor();
  await page.goBack();
  await waitForEqual(() => readTileValues(page), MAIN);
  await page.goForward();
  await waitForEqual(() => readTileValues(page), SHOP);
  await waitForState(page, 'live');
  await call('POST /dashboards/shop/counters/sales/add');
  await waitForEqual(() => readTileValues(page), { sales: 8, visits: 0 });
  await page.reload();
  await waitForEqual(() => readTileValues(page), { sales: 8, visits: 0 });
});

it('the search finds a dashboard among many by its name or title', async () => {
  const { url, call } = await startTwoDashboards();
  for (let index = 0; index < 130; index += 1) {
    await call(`PUT /dashboards/branch-${index}`, { title: `Branch number ${index}`, counters: { sales: {} } });
  }
  const page = await openPage(`${url}/`);
  const nav = await openBoards(page);
  const search = nav.getByRole('searchbox');
  await search.fill('number 129');
  await nav.getByRole('link', { name: /Branch number 129/ }).waitFor();
  expect(await nav.getByRole('link').count()).toBe(1);
  await search.fill('nowhere');
  await waitForEqual(() => nav.getByRole('link').count(), 0);
  await search.fill('branch-77');
  await nav.getByRole('link', { name: /Branch number 77/ }).waitFor();
  await search.press('Enter');
  await waitForEqual(() => readTileValues(page), { sales: 0 });
  await waitForEqual(() => page.url(), `${url}/#/branch-77`);
});

it('a board that does not exist offers to create it, and nothing to edit; one that is deleted says so', async () => {
  const { url, call } = await startTwoDashboards();
  const page = await openPage(`${url}/#/corner-shop`, { expectedErrors: [/status of 404/, /response code: 404/] });
  await page.getByRole('heading', { name: 'There is no board named corner-shop' }).waitFor();
  await page.getByRole('banner').getByText('Not found', { exact: true }).waitFor();
  await page.keyboard.press('e');
  expect(await page.getByRole('button', { name: 'Edit' }).count()).toBe(0);
  await page.evaluate(() => (location.hash = `#/${encodeURIComponent('x;reboot')}`));
  await page.getByRole('heading', { name: 'There is no board named x;reboot' }).waitFor();
  expect(await page.getByText('From a terminal or a program').count()).toBe(0);
  await page.evaluate(() => (location.hash = '#/corner-shop'));
  await page.getByText('From a terminal or a program').click();
  await page.getByText(`npx tallyboard define ${url} corner-shop orders=Orders`).waitFor();
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await page.getByRole('button', { name: 'Create this board' }).click();
  const dialog = page.getByRole('dialog', { name: 'New board' });
  const name = dialog.getByRole('textbox', { name: 'Name' });
  expect(await name.inputValue()).toBe('corner-shop');
  await dialog.getByRole('textbox', { name: 'Title' }).fill('The shop at the corner');
  expect(await name.inputValue()).toBe('corner-shop');
  await dialog.getByRole('button', { name: 'Create board' }).click();
  await page.getByRole('heading', { name: 'What do you want to see live?' }).waitFor();
  await page.getByRole('button', { name: 'Edit' }).waitFor();
  await waitForState(page, 'live');
  await call('DELETE /dashboards/corner-shop');
  await page.getByRole('heading', { name: 'This board has been deleted' }).waitFor();
  expect(await page.getByRole('button', { name: 'Edit' }).count()).toBe(0);
});

it('the page says in its own language why the service refuses something', async () => {
  const { url } = await startTwoDashboards();
  const page = await openPage(`${url}/#/nirgends`, {
    locale: 'de-DE',
    expectedErrors: [/status of 4\d\d/, /response code: 404/],
  });
  await page.getByRole('heading', { name: 'Ein Board namens nirgends gibt es nicht' }).waitFor();
  await page.getByRole('banner').getByText('Nicht gefunden', { exact: true }).waitFor();
  expect(await page.getByText(/there is no|create the dashboard/i).count()).toBe(0);
  await page.route(/\/dashboards\?|\/dashboards$/, (route) =>
    route.fulfill({ status: 429, json: { status: 429, code: 'too-many-changes', title: 'x', detail: 'in English' } }),
  );
  await page.getByRole('heading', { level: 1 }).getByRole('button').click();
  await page.getByText(/Zu viele Anfragen/).waitFor();
});

it.each(['#/shop?counters=visits', '?counters=visits#/shop'])('%s shows only that counter', async (address) => {
  const { url, call } = await startTwoDashboards();
  const page = await openPage(`${url}/${address}`);
  await waitForEqual(() => readTileValues(page), { visits: 0 });
  await call('POST /dashboards/shop/counters/sales/add');
  await call('POST /dashboards/shop/counters/visits/add');
  await waitForEqual(() => readTileValues(page), { visits: 1 });
});

it("?theme= overrides the system's colour scheme", async () => {
  const { url } = await startTwoDashboards();
  const light = await openPage(`${url}/?theme=light`, { colorScheme: 'dark' });
  const dark = await openPage(`${url}/?theme=dark`, { colorScheme: 'light' });
  const brightness = (page: typeof light): Promise<number> =>
    page.evaluate(() => {
      const colour = getComputedStyle(document.body).backgroundColor;
      const root = getComputedStyle(document.documentElement).backgroundColor;
      const parts = (colour === 'rgba(0, 0, 0, 0)' ? root : colour).match(/[\d.]+/g)?.map(Number) ?? [];
      return Math.max(...parts.slice(0, 3)) / (Math.max(...parts) <= 1 ? 1 : 255);
    });
  await waitForEqual(() => readTileValues(light), MAIN);
  await waitForEqual(() => readTileValues(dark), MAIN);
  expect(await brightness(light)).toBeGreaterThan(0.7);
  expect(await brightness(dark)).toBeLessThan(0.3);
});

it('kiosk mode shows numbers and freshness without controls', async () => {
  const { url, call } = await startTwoDashboards();
  const page = await openPage(`${url}/?kiosk#/shop`, { viewport: { width: 1_920, height: 1_080 } });
  await waitForEqual(() => readTileValues(page), SHOP);
  await waitForState(page, 'live');
  expect(await page.getByRole('button').count()).toBe(0);
  expect(await findTile(page, 'sales').locator('[data-value]').isVisible()).toBe(true);
  await call('POST /dashboards/shop/counters/sales/add');
  await waitForEqual(() => readTileValues(page), { sales: 8, visits: 0 });
});

it('range and period are in the URL and survive a reload', async () => {
  const { url } = await startTwoDashboards();
  const page = await openPage(`${url}/#/shop`);
  await waitForEqual(() => readTileValues(page), SHOP);
  await findChart(page).getByRole('radio', { name: '7 d' }).check();
  await page.getByRole('radio', { name: 'Week' }).check();
  await waitForEqual(() => page.url().includes('range=7d') && page.url().includes('period=week'), true);
  await page.reload();
  await waitForEqual(() => findChart(page).getByRole('radio', { name: '7 d' }).isChecked(), true);
  expect(await page.getByRole('radio', { name: 'Week' }).isChecked()).toBe(true);
});

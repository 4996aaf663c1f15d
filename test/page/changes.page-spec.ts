/** Changes made on the page: counted once, shown at once, and explained if they are refused. */
import { createCaller, startShop } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { UNREACHABLE_ERRORS, openPage } from '../support/browser.js';
import { findAlert, waitForEqual, waitForState, readTileValues } from '../support/dashboard-page.js';
import { startAppBehindProxy } from '../support/tcp-proxy.js';

it('the buttons of a tile add and remove one, once per press', async () => {
  const { url, dashboard } = await startApp();
  await createCaller(url)('POST /product');
  const page = await openPage(`${url}/`);
  await waitForState(page, 'live');
  const { counters } = await dashboard();
  const add = page.getByRole('button', { name: /^Add one to orders$/i });
  for (let press = 0; press < 20; press += 1) await add.click();
  await page.getByRole('button', { name: /^Remove one from orders$/i }).click();
  await waitForEqual(async () => (await dashboard()).counters['orders'], (counters['orders'] ?? 0) + 19);
  await waitForEqual(() => readTileValues(page), { orders: 19, customers: 0, products: 1 });
});

it('removing more than there is shows the reason and changes nothing', async () => {
  const { url } = await startApp();
  await createCaller(url)('POST /product');
  const page = await openPage(`${url}/`, { expectedErrors: [/status of 400/] });
  await waitForState(page, 'live');
  await page.getByRole('button', { name: /^Remove one from orders$/i }).click();
  await findAlert(page).getByText('Cannot remove 1 from orders: nothing remains.').waitFor();
  await waitForEqual(() => readTileValues(page), { orders: 0, customers: 0, products: 1 });
});

it.each([1_366, 390])('at %d px a refusal does not cover the strip that undoes the change before', async (width) => {
  const { url } = await startShop();
  const page = await openPage(`${url}/#/shop`, {
    viewport: { width, height: 800 },
    expectedErrors: [/status of 400/],
  });
  await waitForState(page, 'live');
  const press = async (name: string): Promise<void> => page.getByRole('button', { name }).press('Enter');
  await press('Add one to Sales');
  await page.getByText('Sales +1').waitFor();
  await press('Remove one from Sales');
  await waitForEqual(async () => (await readTileValues(page))['sales'], 0);
  await press('Remove one from Sales');
  await findAlert(page).getByText('Cannot remove 1 from Sales: nothing remains.').waitFor();
  const undo = page.getByRole('button', { name: 'Undo' });
  const [notice, strip] = await Promise.all(
    [findAlert(page).locator('.toast'), page.locator('.undo-strip')].map((one) => one.boundingBox()),
  );
  expect((notice?.y ?? 0) + (notice?.height ?? 0)).toBeLessThan(strip?.y ?? 0);
  await undo.click();
  await waitForEqual(() => undo.count(), 0);
});

it('a press without a response counts once', async () => {
  const { url, call, proxy } = await startShopBehindProxy();
  await call('POST /dashboards/shop/counters/sales/add');
  const page = await openPage(`${proxy.url}/#/shop`, {
    expectedErrors: UNREACHABLE_ERRORS,
  });
  await waitForState(page, 'live');
  let answers = 0;
  proxy.toClient = (bytes, pass, link) => {
    if (!link.sent.includes('POST ') || answers > 0) {
      pass(bytes);
      return;
    }
    answers += 1;
    link.client.destroy();
  };
  await page.getByRole('button', { name: 'Add one to Sales' }).click();
  await waitForEqual(async () => (await createCaller(url)('GET /dashboards/shop')).body.counters.sales, 2);
  await waitForEqual(() => readTileValues(page), { sales: 2, visits: 0 });
  expect(answers).toBe(1);
});

async function startShopBehindProxy() {
  const behind = await startAppBehindProxy();
  const call = createCaller(behind.url);
  await call('PUT /dashboards/shop', { title: 'Shop', counters: { sales: { title: 'Sales' }, visits: {} } });
  return { ...behind, call };
}

it('the change of one viewer is shown to every other', async () => {
  const { url } = await startShop();
  const [first, second] = [await openPage(`${url}/#/shop`), await openPage(`${url}/#/shop`)];
  await waitForState(first, 'live');
  await waitForState(second, 'live');
  await first.getByRole('button', { name: 'Add one to Sales' }).click();
  await waitForEqual(async () => (await readTileValues(second))['sales'], 1);
});

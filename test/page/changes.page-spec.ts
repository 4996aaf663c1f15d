/** Changes made on the page: counted once, shown at once, and told clearly when they are refused. */
import { callerOf, startShop } from '../support/api.js';
import { startApp } from '../support/app.js';
import { AWAY, openPage } from '../support/browser.js';
import { alertOf, untilEqual, untilState, valuesBy } from '../support/page.js';
import { startBehindProxy } from '../support/tcp-proxy.js';

it('the buttons of a tile count one up and one down, each press once', async () => {
  const { url, dashboard } = await startApp();
  await callerOf(url)('POST /product');
  const page = await openPage(`${url}/`);
  await untilState(page, 'live');
  const { counters } = await dashboard();
  const add = page.getByRole('button', { name: /^Add one to orders$/i });
  for (let press = 0; press < 20; press += 1) await add.click();
  await page.getByRole('button', { name: /^Remove one from orders$/i }).click();
  await untilEqual(async () => (await dashboard()).counters['orders'], (counters['orders'] ?? 0) + 19);
  await untilEqual(() => valuesBy(page), { orders: 19, customers: 0, products: 1 });
});

it('removing what is not there is refused in words, and the number stays', async () => {
  const { url } = await startApp();
  await callerOf(url)('POST /product');
  const page = await openPage(`${url}/`, { expectErrors: [/status of 400/] });
  await untilState(page, 'live');
  await page.getByRole('button', { name: /^Remove one from orders$/i }).click();
  await alertOf(page).getByText('no order remains to remove').waitFor();
  await untilEqual(() => valuesBy(page), { orders: 0, customers: 0, products: 1 });
});

it('a press whose answer is lost counts once', async () => {
  const { url, call, proxy } = await startShopBehindProxy();
  await call('POST /dashboards/shop/counters/sales/add');
  const page = await openPage(`${proxy.url}/#/shop`, {
    expectErrors: AWAY,
  });
  await untilState(page, 'live');
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
  await untilEqual(async () => (await callerOf(url)('GET /dashboards/shop')).body.counters.sales, 2);
  await untilEqual(() => valuesBy(page), { sales: 2, visits: 0 });
  expect(answers).toBe(1);
});

async function startShopBehindProxy() {
  const behind = await startBehindProxy();
  const call = callerOf(behind.url);
  await call('PUT /dashboards/shop', { title: 'Shop', counters: { sales: { title: 'Sales' }, visits: {} } });
  return { ...behind, call };
}

it('the step of one viewer is a change for every other', async () => {
  const { url } = await startShop();
  const [one, other] = [await openPage(`${url}/#/shop`), await openPage(`${url}/#/shop`)];
  await untilState(one, 'live');
  await untilState(other, 'live');
  await one.getByRole('button', { name: 'Add one to Sales' }).click();
  await untilEqual(async () => (await valuesBy(other))['sales'], 1);
});

/** Accessibility of the page: keyboard, screen readers, contrast and reduced motion. */
import type { Page } from 'playwright-core';
import { createCaller } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { UNREACHABLE_ERRORS, findAccessibilityFaults, openPage, type OpenPageOptions } from '../support/browser.js';
import {
  createShopDay,
  countChartRows,
  findChart,
  findSlider,
  openBoards,
  readTileValues,
  waitForEqual,
  waitForState,
  tabThroughPage,
} from '../support/dashboard-page.js';
import { startAppBehindProxy } from '../support/tcp-proxy.js';
import { createSeededDatabase } from '../support/seeded-history.js';

const COLOR_SCHEMES = ['light', 'dark'] as const;

async function openBusy(options: OpenPageOptions = {}, parameters = '') {
  const history = createShopDay(Date.now(), 120);
  const app = await startApp({ DATA_DIR: await createSeededDatabase(history, ['orders', 'customers', 'products']) });
  const call = createCaller(app.url);
  const counters = { orders: { title: 'Orders' }, customers: { title: 'Customers' }, products: { title: 'Products' } };
  await call('PUT /dashboards/shop', { title: 'Shop', counters });
  await call('POST /dashboards/shop/counters/orders/add');
  const page = await openPage(`${app.url}/${parameters}#/shop`, options);
  await waitForState(page, 'live');
  await waitForEqual(async () => Object.keys(await readTileValues(page)).length, 3);
  return { ...app, call, page };
}

/** True if the focused control has a visible focus indicator. */
function hasVisibleFocus(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const focused = document.activeElement;
    if (!focused) return false;
    // A hidden radio button or checkbox shows the ring on its label.
    const candidates = [focused, focused.nextElementSibling, focused.parentElement];
    return candidates.some((node) => {
      const { outlineStyle, outlineWidth, boxShadow } = node ? getComputedStyle(node) : getComputedStyle(document.body);
      return (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1) || boxShadow !== 'none';
    });
  });
}

it('Tab reaches every control in document order, and each has a visible focus indicator', async () => {
  const { page } = await openBusy();
  const reached = await tabThroughPage(page);
  const expectedNames = [
    /^button Shop/,
    /^input Total/,
    'button Search counters',
    /^article Orders/,
    'button Orders',
    'button Products',
    /^input Today/,
    /Time in the chart/,
  ];
  const places = expectedNames.map((expected) =>
    reached.findIndex((name) => (typeof expected === 'string' ? name === expected : expected.test(name))),
  );
  expect({ reached, places }).toEqual({ reached, places: places.toSorted((a, b) => a - b) });
  expect({ reached, missing: expectedNames.filter((_, index) => places[index] === -1) }).toEqual({
    reached,
    missing: [],
  });
  const withoutIndicator: string[] = [];
  for (const name of reached) {
    await page.keyboard.press('Tab');
    if (!(await hasVisibleFocus(page))) withoutIndicator.push(name);
  }
  expect(withoutIndicator).toEqual([]);
});

it('the keyboard alone can change counters, read the chart and select a dashboard', async () => {
  const { page, url, call } = await openBusy();
  await page.getByRole('button', { name: 'Add one to Orders' }).focus();
  const before = (await readTileValues(page))['orders'] ?? 0;
  await page.keyboard.press('Enter');
  await waitForEqual(async () => (await call('GET /dashboards/shop')).body.counters.orders, before + 1);
  await page.keyboard.press('Space');
  await waitForEqual(async () => (await call('GET /dashboards/shop')).body.counters.orders, before + 2);
  const spans = findChart(page).getByRole('group', { name: 'Span of the chart' });
  await spans.getByRole('radio', { name: 'Today' }).focus();
  await page.keyboard.press('ArrowLeft');
  expect(await spans.getByRole('radio', { name: '1 h' }).isChecked()).toBe(true);
  await waitForEqual(async () => (await countChartRows(page)) >= 60, true);
  await findSlider(page).focus();
  await page.keyboard.press('ArrowLeft');
  await waitForEqual(
    async () => /Orders [\d,]+/.test((await findSlider(page).getAttribute('aria-valuetext')) ?? ''),
    true,
  );
  await page.getByRole('heading', { level: 1 }).getByRole('button').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('searchbox').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('searchbox').waitFor({ state: 'hidden' });
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: /main/i }).waitFor();
  await page.keyboard.type('main');
  await page.keyboard.press('Enter');
  await waitForEqual(() => page.url(), `${url}/#/main?range=1h`);
});

describe.each(COLOR_SCHEMES)('in %s', (colorScheme) => {
  it('axe finds no violations on a busy board and in the list of boards', async () => {
    const { page } = await openBusy({ colorScheme });
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await (await openBoards(page)).getByRole('link', { name: /Shop/ }).waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
  });

  it('axe finds no violations before the first count, after a refusal and on a wall', async () => {
    const { url } = await startApp();
    const page = await openPage(`${url}/`, { colorScheme, expectedErrors: [/status of 400/] });
    await waitForState(page, 'live');
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: /^Remove one from orders$/i }).click();
    await page.getByRole('alert').getByText('nothing remains').waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await page.goto(`${url}/?kiosk`);
    await waitForState(page, 'live');
    expect(await findAccessibilityFaults(page)).toEqual([]);
  });

  it('axe finds no violations while the numbers are stale', async () => {
    const { proxy } = await startAppBehindProxy();
    const page = await openPage(`${proxy.url}/`, { colorScheme, prepare: ({ clock }) => clock.install() });
    await waitForState(page, 'live');
    proxy.dropBytes();
    await page.clock.fastForward(22_500);
    await waitForState(page, 'stale');
    expect(await findAccessibilityFaults(page)).toEqual([]);
  });
});

it('with reduced motion nothing is animated and the numbers still change', async () => {
  const { page, call } = await openBusy({ reducedMotion: 'reduce' });
  const before = (await readTileValues(page))['orders'] ?? 0;
  await page.evaluate(() => {
    const moved: string[] = [];
    Object.assign(globalThis, { moved });
    const look = (): void => {
      for (const animation of document.getAnimations()) moved.push(animation.playState);
      requestAnimationFrame(look);
    };
    look();
  });
  for (let press = 0; press < 5; press += 1) await call('POST /dashboards/shop/counters/orders/add');
  await waitForEqual(async () => (await readTileValues(page))['orders'], before + 5);
  expect(await page.evaluate('moved')).toEqual([]);
});

it('the freshness of the numbers is announced to screen readers', async () => {
  const { proxy } = await startAppBehindProxy();
  const page = await openPage(`${proxy.url}/`, { expectedErrors: UNREACHABLE_ERRORS });
  await waitForState(page, 'live');
  await page.getByRole('status').filter({ hasText: 'Live' }).first().waitFor({ state: 'attached' });
  proxy.port = 1;
  proxy.cutAll();
  await page
    .getByRole('status')
    .filter({ hasText: /^Not live since/ })
    .first()
    .waitFor({ state: 'attached' });
});

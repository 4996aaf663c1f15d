/** The page for everybody: menu, keys, phone, paper, forced colours, large text, and numbers that stand still. */
import type { Page } from 'playwright-core';
import { startApi } from '../support/api-client.js';
import { findAccessibilityFaults, openPage, type OpenPageOptions } from '../support/browser.js';
import { findTile, waitForEqual, waitForState } from '../support/dashboard-page.js';

const DEFINITION = {
  title: 'Shop',
  counters: {
    revenue: { title: 'Revenue', scale: 2, currency: 'EUR', headline: 'day', target: { value: 1_900_000, per: 'day' } },
    orders: { title: 'Orders', headline: 'day' },
    visits: { title: 'Visits', headline: 'day' },
    stock: {
      title: 'Blue mugs in stock',
      kind: 'gauge',
      thresholds: [
        { at: 0, level: 'bad' },
        { at: 40, level: 'good' },
      ],
    },
  },
  measures: { conversion: { title: 'Conversion', ratio: ['orders', 'visits'], percent: true, headline: 'day' } },
  layout: {
    groups: [
      {
        title: 'Today',
        tiles: [{ show: 'revenue', size: 'large' }, { show: 'orders' }, { show: 'visits' }, { show: 'conversion' }],
      },
      { title: 'Shop', tiles: [{ show: 'stock' }] },
    ],
  },
} as const;
const CHANGES = [
  { counter: 'revenue', by: 841_236 },
  { counter: 'orders', by: 9 },
  { counter: 'visits', by: 5_208 },
  { counter: 'stock', to: 38 },
];

async function openShop(query = '', options: OpenPageOptions = {}) {
  const api = await startApi({ STORE: 'memory' });
  await api.call('PUT /dashboards/shop', DEFINITION);
  await api.call('POST /dashboards/shop/changes', { changes: CHANGES });
  const page = await openPage(`${api.url}/#/shop${query}`, { viewport: { width: 1_366, height: 768 }, ...options });
  await waitForState(page, 'live');
  await findTile(page, 'orders').locator('[data-value]').waitFor();
  return { ...api, page };
}

const openMore = (page: Page) => page.getByRole('button', { name: 'More', exact: true }).click();
const isWide = (page: Page): Promise<boolean> => page.evaluate('document.documentElement.scrollWidth > innerWidth');

it('theme, language and form are chosen in the menu, stand in the address, and keep the rest of the view', async () => {
  const { page } = await openShop('?range=7d&chart=orders&period=week');
  await openMore(page);
  const menu = page.locator('#more');
  await menu.getByRole('radio', { name: 'Dark' }).check();
  await menu.getByLabel('Language').selectOption('Deutsch');
  await menu.getByRole('radio', { name: 'Liste' }).check();
  await page.locator('[data-theme=dark] .dense').waitFor();
  const readView = (): unknown => Object.fromEntries(new URLSearchParams(new URL(page.url()).hash.split('?')[1]));
  const view = { theme: 'dark', locale: 'de', period: 'week', form: 'list', range: '7d', chart: 'orders' };
  await waitForEqual(readView, view);
  await page.reload();
  await page.locator('[data-theme=dark] .dense').waitFor();
  expect(await page.locator('.periods input:checked + span').textContent()).toBe('Woche');
  expect(await page.locator('[data-counter=revenue] .value').textContent()).toMatch(/8\.412\s€/);
});

it('single keys choose, open and close, and rest once they are switched off', async () => {
  const { page } = await openShop();
  const press = (key: string) => page.keyboard.press(key);
  await page.evaluate(() => (globalThis.print = () => void (document.title = 'printed')));
  await press('5');
  await page.locator('.periods input:checked + span', { hasText: 'Total' }).waitFor();
  await press('a');
  await page.locator('.desk[data-beside]').waitFor();
  await press('a');
  await page.locator('.desk:not([data-beside])').waitFor();
  await page.locator('#chart').waitFor();
  await press('c');
  expect(await page.evaluate("document.activeElement.closest('#chart') !== null")).toBe(true);
  await press('p');
  expect(await page.title()).toBe('printed');
  await press('?');
  const sheet = page.getByRole('dialog', { name: 'Keys' });
  await sheet.getByText('Back to live').waitFor();
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await sheet.getByRole('switch').uncheck();
  await press('Escape');
  await sheet.waitFor({ state: 'hidden' });
  await page.reload();
  await waitForState(page, 'live');
  await findTile(page, 'orders').locator('[data-value]').waitFor();
  await press('1');
  await press('?');
  expect(await page.locator('.periods input:checked + span').textContent()).toBe('Total');
  expect(await sheet.isVisible()).toBe(false);
  await openMore(page);
  await page.getByRole('button', { name: 'Keys' }).click();
  await sheet.getByRole('switch').check();
  await press('Escape');
  await press('1');
  await page.locator('.periods input:checked + span', { hasText: 'Hour' }).waitFor();
});

it('a phone shows its parts in turn, scrolls in one direction, and its controls are 44 px high', async () => {
  const { page } = await openShop('', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const parts = page.getByRole('navigation', { name: 'Parts of the board' });
  const isShown = (selector: string): Promise<boolean> => page.locator(selector).first().isVisible();
  expect([await isShown('.numbers'), await isShown('.chart')]).toEqual([true, false]);
  const widths = await page
    .locator('article')
    .evaluateAll((tiles) => tiles.map(({ clientWidth }) => clientWidth > 300));
  expect(widths).toEqual([true, false, false, true, true]);
  for (const part of ['Numbers', 'Chart', 'Activity']) {
    await parts.getByRole('button', { name: part }).click();
    await parts.locator('[aria-current]', { hasText: part }).waitFor();
    for (const width of [390, 320]) {
      await page.setViewportSize({ width, height: 700 });
      expect({ part, width, isWide: await isWide(page) }).toEqual({ part, width, isWide: false });
    }
    const small = await page.locator('button, .segmented label, select').evaluateAll((controls) =>
      controls
        // Titles of lanes lie in the drawing, which a finger reads anywhere.
        .filter((control) => control.checkVisibility({ opacityProperty: true }) && !control.closest('.plot'))
        .filter((control) => control.getBoundingClientRect().height < 43.5)
        .map((control) => control.outerHTML.slice(0, 80)),
    );
    expect({ part, small }).toEqual({ part, small: [] });
  }
});

it('paper has one page of A4 with the time, and no controls', async () => {
  const { page } = await openShop();
  await page.locator('#chart').waitFor();
  const paper = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
  expect(paper.match(/\/Type\s*\/Page\b/g)?.length).toBe(1);
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator('.printed').textContent()).toMatch(/^As of .+, .+/);
  expect(await page.locator('.actions, .segmented, .steps, .tools').filter({ visible: true }).count()).toBe(0);
});

it('forced colours show what is chosen', async () => {
  const { page } = await openShop('', { forcedColors: 'active' });
  const readGround = (selector: string) =>
    page
      .locator(selector)
      .first()
      .evaluate((node) => getComputedStyle(node).backgroundColor);
  expect(await readGround('.periods input:checked + span')).not.toBe(
    await readGround('.periods input:not(:checked) + span'),
  );
});

it('the page fits at 200 % of a laptop, and grows on a large screen', async () => {
  const { page } = await openShop();
  const readSize = () => page.evaluate(() => Number.parseFloat(getComputedStyle(document.body).fontSize));
  await page.setViewportSize({ width: 683, height: 384 });
  expect([await isWide(page), await readSize()]).toEqual([false, 14]);
  await page.setViewportSize({ width: 3_840, height: 2_160 });
  expect([await isWide(page), (await readSize()) > 26]).toEqual([false, true]);
});

it('numbers of a row stand on one line and keep their place and size while they grow', async () => {
  const { page, call } = await openShop();
  const readPlaces = () =>
    page.locator('.tile[data-size=medium] .number').evaluateAll((numbers) =>
      numbers.slice(0, 3).map((number) => {
        const { left, top, height } = number.getBoundingClientRect();
        return [left, top, height].map(Math.round);
      }),
    );
  const places = await readPlaces();
  expect(new Set(places.map(([, top]) => top)).size).toBe(1);
  let total = 9;
  for (const by of [1, 90, 999_900, 9_007_199_000_000]) {
    total += by;
    await call('POST /dashboards/shop/changes', { changes: [{ counter: 'orders', by }] });
    await findTile(page, 'orders').locator(`[data-value="${total}"]`).waitFor();
    expect(await readPlaces()).toEqual(places);
  }
  const number = findTile(page, 'orders').locator('.number');
  expect(await number.getAttribute('title')).toBe('9,007,200,000,000');
  expect(await number.evaluate((node) => node.scrollWidth <= node.clientWidth)).toBe(true);
});

it('nothing moves while the page comes, and its headings are in order', async () => {
  const { page, url } = await openShop();
  const tab = await page.context().newPage();
  await tab.addInitScript(() => {
    const shifts: { value: number; of: string }[] = [];
    Object.assign(globalThis, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        hadRecentInput: boolean;
        sources: readonly { node?: Element }[];
      })[])
        if (!entry.hadRecentInput)
          shifts.push({ value: entry.value, of: entry.sources.map(({ node }) => node?.className ?? '').join(' ') });
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await tab.goto(`${url}/#/shop`);
  await waitForState(tab, 'live');
  await tab.locator('.chart canvas').first().waitFor();
  await tab.locator('.tile .spark *').first().waitFor({ state: 'attached' });
  const shifts = await tab.evaluate<{ value: number; of: string }[]>('shifts');
  const sum = shifts.reduce((all, { value }) => all + value, 0);
  expect({ shifts, isCalm: sum <= 0.05 }).toEqual({ shifts, isCalm: true });
  const levels = await tab.getByRole('heading').evaluateAll((headings) => headings.map(({ localName }) => localName));
  expect(levels.slice(0, 4)).toEqual(['h1', 'h2', 'h2', 'h3']);
  await waitForEqual(() => tab.locator('h1').count(), 1);
});

/** States of the page: a key that opens something, or another address, and what then shows. */
const STATES: readonly (readonly [name: string, query: string, key: string, shown: string])[] = [
  ['live', '/shop', '', '.tile .spark *'],
  ['searched', '/shop', '/', '.tools'],
  ['with activity', '/shop', 'a', '.activity .filters'],
  ['being edited', '/shop', 'e', '.editing'],
  ['as it was', '/shop?at=', '', '[data-state=past]'],
  ['with an unknown name', '/shop?counters=orders,nix', '', '.strip'],
  ['that does not exist', '/nowhere', '', '.ended'],
  ['on a wall', '/shop?kiosk', '', '.wall [data-value]'],
];

it.each(['light', 'dark'] as const)('axe finds nothing in %s on a board in any state', async (colorScheme) => {
  const { page, url } = await openShop('', { colorScheme, expectedErrors: [/status of 40[04]/, /response code: 404/] });
  for (const width of [1_366, 390]) {
    await page.setViewportSize({ width, height: 844 });
    for (const [state, address, key, shown] of STATES) {
      await page.goto('about:blank');
      await page.goto(`${url}/#${address.replace('at=', `at=${Date.now()}`)}`);
      if (key !== '') {
        await findTile(page, 'orders').locator('[data-value]').waitFor();
        await page.keyboard.press(key);
      }
      await page.locator(shown).filter({ visible: true }).first().waitFor();
      expect({ state, width, faults: await findAccessibilityFaults(page) }).toEqual({ state, width, faults: [] });
    }
  }
});

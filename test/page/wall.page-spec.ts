/** The wall: every number of counters on one screen, pages and boards in turn, and a day without a jump. */
import type { Page } from 'playwright-core';
import { startApi } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { findAccessibilityFaults, openPage, UNREACHABLE_ERRORS } from '../support/browser.js';
import { eventually } from '../support/cleanup.js';
import { findAlert, readTileValues, waitForEqual, waitForState } from '../support/dashboard-page.js';
import { simulateShop } from '../support/simulated-shop.js';
import { defineShop, SECRETS, TOKEN_CONFIG } from '../support/token-service.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../support/times.js';

const SCREENS = [
  [1_280, 720],
  [1_366, 768],
  [1_920, 1_080],
  [3_840, 2_160],
  [1_080, 1_920],
] as const;
const COUNTS = [1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 40, 300];
const TITLES = ['Orders', 'Blue mugs in stock', 'Revenue', 'المبيعات اليومية', 'Zwischensumme', 'Visitors'];
const FULL_HD = { viewport: { width: 1_920, height: 1_080 } };

/** Creates a dashboard for each number of counters: money, yen, gauges with levels, and targets. */
async function startWalls(counts: readonly number[]) {
  const api = await startApi({ STORE: 'memory' });
  for (const count of counts) {
    const names = Array.from({ length: count }, (_, index) => `c${index}`);
    const kinds = [
      { currency: 'EUR', scale: 2, headline: 'day', target: { per: 'day', value: 1_900_000 } },
      {
        kind: 'gauge',
        unit: 'pcs',
        thresholds: [
          { at: 0, level: 'bad' },
          { at: 4_000, level: 'good' },
        ],
      },
      { currency: 'JPY', headline: 'day' },
      { headline: 'total' },
    ];
    const counters = names.map((name, index) => [name, { title: TITLES[index % 6], ...kinds[index % 4] }]);
    await api.call(`PUT /dashboards/w${count}`, { title: 'Shop', counters: Object.fromEntries(counters) });
    const changes = names.map((counter, index) => ({ counter, to: (index * 7_919 + 12_345) % 98_765 }));
    for (let start = 0; start < count; start += 100) {
      await api.call(`POST /dashboards/w${count}/changes`, { changes: changes.slice(start, start + 100) });
    }
  }
  return api;
}

/** Returns what is cut, smaller than promised, or beyond the screen. */
const findFaults = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const { documentElement: root } = document;
    const faults: string[] = [];
    if (root.scrollHeight !== innerHeight) faults.push(`scrolls: ${root.scrollHeight} in ${innerHeight}`);
    if (root.scrollWidth !== innerWidth) faults.push(`scrolls sideways: ${root.scrollWidth} in ${innerWidth}`);
    const tiles = [...document.querySelectorAll('.sheet:not([data-leaving]) .tile')];
    if (tiles.length === 0 || tiles.length > 12) faults.push(`${tiles.length} tiles`);
    for (const tile of tiles) {
      const box = tile.getBoundingClientRect();
      const name = tile.getAttribute('aria-label') ?? '';
      if (box.bottom > innerHeight || box.right > innerWidth) faults.push(`beyond the screen: ${name}`);
      for (const part of tile.querySelectorAll('h3, .number, .number bdi, .versus, .goal, .band, .spark')) {
        const { left, top, right, bottom } = part.getBoundingClientRect();
        // Half a pixel for rounding.
        const isInside = left > box.left && right < box.right && top > box.top && bottom < box.bottom + 0.5;
        if (!isInside) faults.push(`beyond its tile: ${part.classList[0] ?? part.localName} of ${name}`);
      }
      const title = tile.querySelector('h3');
      if (title && title.scrollWidth > title.clientWidth + 1) faults.push(`cut: ${name}`);
      const sizeOf = (selector: string): number =>
        Number.parseFloat(getComputedStyle(tile.querySelector(selector) ?? tile).fontSize) / innerHeight;
      if (sizeOf('h3') < 0.035) faults.push(`small label: ${name}`);
      if (tiles.length <= 4 && sizeOf('.number') < 0.12) faults.push(`small number: ${name}`);
    }
    return faults;
  });

/** Returns the faults that are still there once the layout has come to rest. */
async function findLastingFaults(page: Page): Promise<string[]> {
  let faults: string[] = [];
  for (let look = 0; look < 10; look += 1) {
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    faults = await findFaults(page);
    if (faults.length === 0) break;
  }
  return faults;
}

it('1 to 300 counters fit every screen: nothing scrolls, is cut, or is smaller than promised', async () => {
  const { url } = await startWalls(COUNTS);
  const page = await openPage(`${url}/?kiosk#/w1`, FULL_HD);
  // Laid out but not painted: painting sixty screens takes minutes.
  await page.evaluate(() => (document.documentElement.style.visibility = 'hidden'));
  const faults: Record<string, string[]> = {};
  for (const count of COUNTS) {
    await page.setViewportSize(FULL_HD.viewport);
    await page.evaluate((hash) => (location.hash = hash), `#/w${count}?kiosk`);
    const last = page.locator('.fit .tile').nth(Math.min(count, 12) - (count > 12 ? 6 : 1));
    await last.waitFor({ state: 'attached' });
    for (const [width, height] of SCREENS) {
      await page.setViewportSize({ width, height });
      const found = await findLastingFaults(page);
      if (found.length > 0) faults[`${count} on ${width} x ${height}`] = found;
    }
  }
  expect(faults).toEqual({});
});

it('all tiles stand on one screen with ?all', async () => {
  const { url } = await startWalls([40, 300]);
  const page = await openPage(`${url}/?kiosk&all#/w40`, FULL_HD);
  for (const count of [40, 300]) {
    await page.evaluate((hash) => (location.hash = hash), `#/w${count}?kiosk&all`);
    await waitForEqual(() => page.locator('.fit .tile').count(), count);
    expect(await page.evaluate('[document.documentElement.scrollHeight, innerHeight]')).toEqual([1_080, 1_080]);
    const outside = await page.evaluate(() =>
      [...document.querySelectorAll('.fit .tile')].filter(
        (tile) => tile.getBoundingClientRect().bottom > innerHeight || tile.scrollHeight > tile.clientHeight + 1,
      ),
    );
    expect(outside).toHaveLength(0);
  }
});

const START = Date.parse('2026-06-10T14:03:20Z');

/** Opens a wall whose dashboards follow its faked clock. */
async function openSimulated(parameters: string, dashboards: readonly string[]) {
  const { url } = await startApp({ STORE: 'memory' });
  let shop: Awaited<ReturnType<typeof simulateShop>> | undefined;
  const page = await openPage(`${url}/?kiosk${parameters}#/shop`, {
    ...FULL_HD,
    prepare: async (opened) => {
      await opened.clock.install({ time: START });
      shop = await simulateShop(opened, dashboards);
    },
  });
  await eventually(async () => {
    await page.clock.runFor(100);
    return (await page.locator('.fit .tile').count()) > 0;
  });
  const listConnected = async (): Promise<readonly string[]> => (await shop?.listConnected()) ?? [];
  return { page, listConnected, pass: (ms: number) => page.clock.runFor(ms), cut: () => shop?.setSending(false) };
}

/** Returns the places of all that stands on a page, and what the header shows. */
const readPlaces = (page: Page): Promise<string> =>
  page.evaluate(() =>
    [...document.querySelectorAll('.head, .clock, .fit, .tile, .tile > *, .tile h3, .foot > *')]
      .map((part) => {
        const { x, y, width, height } = part.getBoundingClientRect();
        const place = [x, y, width, height].map((length) => length.toFixed(1)).join(' ');
        return `${part.localName}.${part.classList[0] ?? ''} ${place}`;
      })
      .join('\n'),
  );

/** Returns the nodes of the page and the bytes of its heap, after a collection. */
async function measureMemory(page: Page): Promise<{ nodes: number; heap: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  await session.detach();
  const read = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? 0;
  return { nodes: read('Nodes'), heap: read('JSHeapUsedSize') };
}

/** Far more than garbage and caches of formatted times, and far less than one node or page for each change or turn. */
const MAX_GROWTH = 1.5;

it('nothing moves or grows in a day of changes, over midnight, and while the numbers are not live', async () => {
  const { page, pass, cut } = await openSimulated('', ['shop']);
  await pass(10 * MINUTE_MS);
  const places = await readPlaces(page);
  const memory = await measureMemory(page);
  const texts = new Set<string>();
  for (let quarter = 0; quarter < 4 * 24; quarter += 1) {
    await pass(15 * MINUTE_MS);
    texts.add(await page.locator('[data-counter="revenue"] .number').innerText());
    expect(await readPlaces(page)).toBe(places);
  }
  expect(texts.size).toBeGreaterThan(12);
  const grown = await measureMemory(page);
  expect(grown.nodes).toBeLessThanOrEqual(memory.nodes * MAX_GROWTH);
  expect(grown.heap).toBeLessThanOrEqual(memory.heap * MAX_GROWTH);
  // Nothing comes any more: the band takes the place of the header.
  await cut();
  await pass(MINUTE_MS);
  await findAlert(page)
    .getByText(/^NOT LIVE since \d{1,2}:\d\d$/)
    .waitFor();
  expect(await readPlaces(page)).toBe(places);
}, 600_000);

it('boards are shown in turn once they are connected, what cannot be read is skipped, and nothing grows', async () => {
  const { page, listConnected, pass } = await openSimulated('&rotate=shop,gone,ops&every=30s', ['shop', 'ops']);
  const readBoard = (): Promise<string[]> =>
    page.locator('[data-board]').evaluateAll((nodes) => nodes.map((node) => node.getAttribute('data-board') ?? ''));
  expect(await readBoard()).toEqual(['shop']);
  const shown: string[] = [];
  for (let step = 0; step < 12; step += 1) {
    await pass(10 * SECOND_MS);
    expect(await page.locator('.fit .tile').count()).toBeGreaterThanOrEqual(9);
    const [board = ''] = await readBoard();
    if (board !== shown.at(-1)) shown.push(board);
  }
  expect(shown.slice(0, 4)).toEqual(['shop', 'ops', 'shop', 'ops']);
  await page.getByText('gone cannot be shown').waitFor();
  const memory = await measureMemory(page);
  await pass(2 * HOUR_MS);
  const grown = await measureMemory(page);
  expect(grown.nodes).toBeLessThanOrEqual(memory.nodes * MAX_GROWTH);
  expect(grown.heap).toBeLessThanOrEqual(memory.heap * MAX_GROWTH);
  expect((await listConnected()).length).toBeLessThanOrEqual(3);
}, 600_000);

it('a wall has no controls: they come with the pointer, Escape and W lead to the desk and back', async () => {
  const { url, call } = await startWalls([3]);
  const page = await openPage(`${url}/?kiosk#/w3`, { ...FULL_HD, expectedErrors: UNREACHABLE_ERRORS });
  await waitForState(page, 'live');
  await page.locator('.fit .tile').first().waitFor();
  const readCursor = (): Promise<string> => page.evaluate('getComputedStyle(document.documentElement).cursor');
  expect([await page.getByRole('button').count(), await readCursor()]).toEqual([0, 'none']);
  expect(await page.locator('.clock').innerText()).toMatch(/^\d{1,2}:\d\d$/);
  await call('POST /dashboards/w3/counters/c2/add');
  await waitForEqual(async () => (await readTileValues(page))['c2'], 1 + ((2 * 7_919 + 12_345) % 98_765));
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await findAccessibilityFaults(page)).toEqual([]);
  }

  await page.mouse.move(200, 200);
  await page.mouse.move(240, 240);
  await page.getByRole('button', { name: 'Leave the wall' }).waitFor();
  expect([await page.getByRole('button', { name: 'Full screen' }).count(), await readCursor()]).toEqual([1, 'auto']);
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await waitForEqual(() => page.getByRole('button').count(), 0);
  expect(await readCursor()).toBe('none');

  const places = await readPlaces(page);
  await page.context().setOffline(true);
  await findAlert(page)
    .getByText(/^NOT LIVE since/)
    .waitFor();
  expect(await readPlaces(page)).toBe(places);
  expect(await page.locator('.tile[data-stale]').count()).toBe(3);
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await page.context().setOffline(false);
  await waitForState(page, 'live');

  await page.keyboard.press('Escape');
  await page.locator('.desk').waitFor();
  await waitForEqual(() => page.url().includes('kiosk'), false);
  expect(await page.locator('html').getAttribute('data-wall')).toBeNull();
  await page.keyboard.press('w');
  await page.locator('.fit .tile').first().waitFor();
  await waitForEqual(() => page.url().includes('#/w3?kiosk'), true);
});

it('pages of even size turn, with a dot for each, and an unknown name is said', async () => {
  const { url } = await startWalls([13, 300]);
  const page = await openPage(`${url}/?kiosk&every=5#/w13`, FULL_HD);
  const countTiles = (): Promise<number> => page.locator('.sheet:not([data-leaving]) .tile').count();
  await page.getByRole('img', { name: 'Page 1 of 2' }).waitFor();
  expect([await countTiles(), await page.locator('.turns > *').count()]).toEqual([7, 2]);
  await page.getByRole('img', { name: 'Page 2 of 2' }).waitFor();
  await waitForEqual(countTiles, 6);
  await page.getByRole('img', { name: 'Page 1 of 2' }).waitFor();
  await waitForEqual(countTiles, 7);
  await page.evaluate(() => (location.hash = '#/w300?kiosk'));
  await page.getByText('1 of 25').waitFor();
  await page.evaluate(() => (location.hash = '#/w13?kiosk&counters=c1,c99'));
  await page.getByText('There is no counter c99.').waitFor();
  await waitForEqual(countTiles, 1);
});

it('groups keep their order, hidden tiles are left out, and an empty wall speaks to everybody', async () => {
  const { url, call } = await startApi({ STORE: 'memory' });
  const counters = { a: { title: 'A' }, b: { title: 'B' }, c: { title: 'C' }, d: { title: 'D' } };
  const groups = [
    { title: 'Last first', tiles: [{ show: 'd' }, { show: 'b', hidden: true }] },
    { tiles: [{ show: 'c' }] },
  ];
  await call('PUT /dashboards/shop', { title: 'Shop', counters, layout: { groups } });
  await call('PUT /dashboards/empty', { title: 'Warehouse', counters: {} });
  const page = await openPage(`${url}/?kiosk#/shop`, FULL_HD);
  const listTitles = (): Promise<string[]> => page.locator('.fit h3').allInnerTexts();
  await waitForEqual(listTitles, ['D', 'C', 'A']);
  expect(await page.locator('.tile .versus').first().innerText()).toBe('Nothing counted yet');
  await page.evaluate(() => (location.hash = '#/empty?kiosk'));
  await page.getByRole('heading', { name: 'Warehouse has no numbers yet' }).waitFor();
  expect(await page.locator('main').innerText()).not.toContain('curl');
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await call('PUT /dashboards/empty', { title: 'Warehouse', counters: { parcels: { title: 'Parcels' } } });
  await waitForEqual(listTitles, ['Parcels']);
  await page.evaluate(() => (location.hash = '#/shop?kiosk&rotate=shop,empty&every=5'));
  for (const title of ['Shop', 'Warehouse', 'Shop']) {
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    await waitForEqual(() => page.title(), `${title} · Tallyboard`);
  }
});

it('a wall without a token says what to do, large enough to be read, and shows the numbers after sign-in', async () => {
  const { url } = await startApi({ STORE: 'memory', ...TOKEN_CONFIG });
  await defineShop(url);
  const page = await openPage(`${url}/?kiosk#/shop`, { ...FULL_HD, expectedErrors: [/status of 401/, /WebSocket/] });
  await page.getByText('Connect a keyboard to this screen').waitFor();
  const sizes = await page
    .locator('.obstacle :is(h2, label, button, p:not(:empty))')
    .evaluateAll((nodes) => nodes.map((node) => Number.parseFloat(getComputedStyle(node).fontSize) / innerHeight));
  expect(Math.min(...sizes)).toBeGreaterThan(0.02);
  expect(await page.evaluate('getComputedStyle(document.documentElement).cursor')).toBe('auto');
  expect(await findAccessibilityFaults(page)).toEqual([]);
  await page.getByRole('textbox', { name: 'Token' }).fill(SECRETS.reader);
  await page.keyboard.press('Enter');
  await waitForEqual(() => page.locator('.fit .tile').count(), 1);
});

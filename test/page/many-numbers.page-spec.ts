/** Many numbers: the list and the top 20, their order, search and keys, and what they cost. */
import type { Page } from 'playwright-core';
import { startApi } from '../support/api-client.js';
import { findAccessibilityFaults, openPage, type OpenPageOptions, UNREACHABLE_ERRORS } from '../support/browser.js';
import { eventually } from '../support/cleanup.js';
import { waitForEqual, waitForState } from '../support/dashboard-page.js';
import { createStores, STORES } from '../support/stores.js';

let api: Awaited<ReturnType<typeof startApi>>;

/** Opens the board of 300 counters. @param query of the page, for example `?form=top` */
async function openStores(query = '', options: OpenPageOptions = {}): Promise<Page> {
  api = await startApi({ STORE: 'memory' });
  await createStores(api.call);
  const page = await openPage(`${api.url}/#/stores${query}`, { viewport: { width: 1_366, height: 768 }, ...options });
  await waitForState(page, 'live');
  await page.locator('[data-counter] [data-value]').first().waitFor();
  return page;
}

const readNames = (page: Page): Promise<string[]> =>
  page.locator('[data-counter]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-counter') ?? ''));
const readFocused = (page: Page): Promise<string | null> =>
  page.evaluate(() => document.activeElement?.getAttribute('data-counter') ?? null);
const findSearch = (page: Page) => page.getByRole('searchbox', { name: 'Search counters' });

/** Returns what is wider than its place, and whether the page scrolls sideways. */
const findCut = (page: Page): Promise<string[]> =>
  page.evaluate(() => [
    ...[...document.querySelectorAll('.name, .tile h3')]
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map(({ textContent }) => textContent ?? ''),
    ...(document.documentElement.scrollWidth > innerWidth
      ? [`the page is ${document.documentElement.scrollWidth}`]
      : []),
  ]);

it('300 counters open as a list with whole titles, in groups, what is bad first, and their sum', async () => {
  const page = await openStores();
  expect(await findCut(page)).toEqual([]);
  const names = await readNames(page);
  expect(names.length).toBe(300);
  expect(names.slice(0, 11)).toEqual([...STORES.filter((_, index) => index % 30 === 29), 's001']);
  expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual([
    'Numbers',
    'Needs attention',
    'North',
    'East',
    'South',
    'West',
    ...(await page.locator('.chart h2').allTextContents()),
  ]);
  await waitForEqual(() => page.locator('.sum .value').getAttribute('data-value'), String(45_150 * 10_000));
  await page.setViewportSize({ width: 320, height: 640 });
  await eventually(async () => (await findCut(page)).length === 0);
});

it('the search finds, keeps the focus and the list, and Escape clears it', async () => {
  const page = await openStores();
  await page.keyboard.press('/');
  await page.keyboard.type('koln mes');
  await waitForEqual(() => readNames(page), ['s240']);
  await api.call('POST /dashboards/stores/changes', { changes: [{ counter: 's240', by: 10_000 }] });
  await page.locator('[data-counter=s240] [data-value="2410000"]').waitFor();
  expect(await findSearch(page).evaluate((input) => input === document.activeElement)).toBe(true);
  await page.keyboard.type('nowhere');
  await page.getByText('No counter matches').waitFor();
  await page.keyboard.press('Escape');
  await waitForEqual(async () => (await readNames(page)).length, 300);
  await page.keyboard.press('Escape');
  expect(await findSearch(page).evaluate((input) => input === document.activeElement)).toBe(false);
});

it('tiles are searched with the same key, and keep their form; no key is lost while the search is loaded', async () => {
  const page = await openStores(`?form=tiles&counters=${STORES.slice(-30).join()}`);
  const tools = { load: (): void => undefined };
  const isReleased = new Promise<void>((resolve) => (tools.load = resolve));
  const request = page.waitForRequest(/\/assets\/many-/);
  await page.route(/\/assets\/many-[^/]*\.js/, async (route) => {
    await isReleased;
    await route.continue();
  });
  await page.keyboard.type('/mexx');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Backspace');
  await request;
  await page.keyboard.type('s');
  tools.load();
  await findSearch(page).waitFor();
  await page.keyboard.type('se');
  await waitForEqual(() => findSearch(page).inputValue(), 'messe');
  await waitForEqual(() => readNames(page), ['s285', 's300']);
  expect(await page.locator('article[data-counter]').count()).toBe(2);
  await findSearch(page).blur();
  await page.keyboard.press('/');
  expect(await findSearch(page).evaluate((input) => input === document.activeElement)).toBe(true);
});

it('lists are sorted by number and by name, and the top 20 begin with the largest', async () => {
  const page = await openStores('?sort=number&group=none');
  await waitForEqual(async () => (await readNames(page)).slice(0, 2), ['s300', 's299']);
  await page.getByLabel('Sort:').selectOption('name');
  await waitForEqual(async () => (await readNames(page)).slice(0, 2), ['s272', 's284']);
  await waitForEqual(() => page.url().includes('sort=name'), true);
  await page.locator('.tools').getByRole('radio', { name: 'Top 20' }).check();
  await waitForEqual(() => readNames(page), STORES.toReversed().slice(0, 20));
  await api.call('POST /dashboards/stores/changes', { changes: [{ counter: 's001', by: 90_000_000 }] });
  await waitForEqual(async () => (await readNames(page))[0], 's001');
});

it('the chart is at most ten tab stops away, and rows and tiles are read and changed by keys', async () => {
  const page = await openStores();
  await page.locator('#chart').waitFor();
  const stops: string[] = [];
  while (!(await page.evaluate(() => document.activeElement?.closest('.chart') !== null)) || stops.length === 0) {
    await page.keyboard.press('Tab');
    stops.push(await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 60) ?? ''));
    if (stops.length > 20) break;
  }
  expect({ stops, isNear: stops.length <= 10 }).toEqual({ stops, isNear: true });
  await page.locator('[data-counter=s030]').focus();
  const walk = async (key: string) => {
    await page.keyboard.press(key);
    return readFocused(page);
  };
  expect(await walk('ArrowDown')).toBe('s060');
  expect(await walk('ArrowUp')).toBe('s030');
  expect(await walk('End')).toBe('s299');
  expect(await walk('Home')).toBe('s030');
  expect(await walk('ArrowRight')).not.toBe('s030');
  expect(await walk('ArrowLeft')).toBe('s030');
  await page.keyboard.press('+');
  await waitForEqual(async () => (await api.call('GET /dashboards/stores')).body.counters.s030, 300_100);
  await page.keyboard.press('-');
  await waitForEqual(async () => (await api.call('GET /dashboards/stores')).body.counters.s030, 300_000);
  await page.keyboard.press('Enter');
  await page
    .getByRole('dialog')
    .filter({ hasText: 'Kiel' })
    .or(page.getByRole('dialog').filter({ hasText: 'Bremen' }))
    .waitFor();
});

it.each(['light', 'dark'] as const)('axe finds nothing in %s, at a desk and on a phone', async (colorScheme) => {
  const page = await openStores('', { colorScheme });
  for (const width of [1_366, 390]) {
    await page.setViewportSize({ width, height: 844 });
    for (const form of ['list', 'top', 'tiles']) {
      await page.evaluate(
        (query) => (location.hash = query),
        `#/stores?form=${form}&counters=${STORES.slice(0, 45).join()}`,
      );
      await waitForState(page, 'live');
      await page.locator('[data-counter=s030] [data-value]').first().waitFor();
      expect({ width, form, faults: await findAccessibilityFaults(page) }).toEqual({ width, form, faults: [] });
    }
  }
});

it('without a connection the numbers are grey, nothing needs attention, and the rate is not known', async () => {
  const page = await openStores('', {
    viewport: { width: 2_400, height: 1_000 },
    expectedErrors: [...UNREACHABLE_ERRORS, /ERR_INTERNET_DISCONNECTED/],
  });
  await page.locator('.rate', { hasText: /\d/ }).first().waitFor();
  await page.context().setOffline(true);
  await page.locator('.dense[data-stale]').waitFor();
  await waitForEqual(() => page.locator('.rate').first().textContent(), '–');
  await waitForEqual(() => page.getByRole('heading', { name: 'Needs attention' }).count(), 0);
});

it('the heap does not grow with the changes', async () => {
  const page = await openStores();
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  /** Changes counters, each after the page has shown the change before. @returns bytes of the heap afterwards */
  const change = async (counters: readonly string[]): Promise<number> => {
    for (const counter of counters) {
      await api.call('POST /dashboards/stores/changes', { changes: [{ counter, to: 7 }] });
      await page.locator(`[data-counter=${counter}] [data-value="7"]`).waitFor();
    }
    await session.send('HeapProfiler.collectGarbage');
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN;
  };
  await page.locator('#chart').waitFor();
  const before = await change(STORES.slice(0, 20));
  expect((await change(STORES.slice(20, 80))) - before).toBeLessThan(1_000_000);
});

it('other units have ranks and a scale of their own, and numbers with a unit keep to their column', async () => {
  const { url, call } = await startApi({ STORE: 'memory' });
  await call('PUT /dashboards/units', {
    counters: {
      revenue: { title: 'Revenue', currency: 'EUR', scale: 2 },
      stock: { title: 'Stock', unit: 'pieces', kind: 'gauge' },
      costs: { title: 'Costs', currency: 'EUR', scale: 2 },
      visits: { title: 'Visits' },
    },
    measures: { share: { title: 'Share', ratio: ['costs', 'revenue'], percent: true } },
  });
  const changes = Object.entries({ revenue: 200_000, stock: 384, costs: 100_000, visits: 7 });
  await call('POST /dashboards/units/changes', { changes: changes.map(([counter, to]) => ({ counter, to })) });
  const page = await openPage(`${url}/#/units?form=top&period=total`);
  const readBars = (): Promise<unknown> =>
    page
      .locator('.top [data-counter]')
      .evaluateAll((rows) =>
        rows.map((row) => [
          row.getAttribute('data-counter'),
          row.querySelector('.rank')?.textContent,
          row.querySelector<HTMLElement>('.track span')?.style.inlineSize,
        ]),
      );
  await waitForEqual(readBars, [
    ['revenue', '1', '100%'],
    ['costs', '2', '50%'],
    ['stock', '1', undefined],
    ['visits', '1', undefined],
    ['share', '1', undefined],
  ]);
  await page.locator('.tools').getByRole('radio', { name: 'List' }).check();
  const value = page.locator('.dense [data-counter="stock"] .value');
  await value.filter({ hasText: /^384\spieces$/ }).waitFor();
  expect(await value.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBeLessThanOrEqual(0);
});

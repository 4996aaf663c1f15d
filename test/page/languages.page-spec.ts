/** The page in all of its languages: its words are shown, none of them is cut, and nothing is wider than the screen. */
import type { Page } from 'playwright-core';
import { createCaller } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { findAccessibilityFaults, openPage } from '../support/browser.js';
import { waitForEqual, waitForState } from '../support/dashboard-page.js';
import { MEASURED_COUNTERS } from '../support/measured-shop.js';

const DEFINITION = {
  title: 'Shop',
  counters: {
    ...MEASURED_COUNTERS,
    visits: { title: 'Visits' },
    refunds: { title: 'Refunds', thresholds: [{ at: 3, level: 'warn' }] },
  },
  measures: { basket: { title: 'Average basket', ratio: ['revenue', 'orders'], currency: 'EUR', headline: 'day' } },
};
const CHANGES = [
  { counter: 'orders', by: 147 },
  { counter: 'revenue', by: 1_248_050 },
  { counter: 'returns', by: 7 },
  { counter: 'visits', by: 12_345 },
  { counter: 'refunds', by: 4 },
  { counter: 'stock', to: 375 },
];

/** Screens of a laptop and of a phone, CSS pixels. */
const SCREENS = [
  { width: 1_366, height: 768 },
  { width: 390, height: 844 },
];

/** Parts of the page whose words must not be cut. */
const PARTS = [
  '.bar',
  '.tile',
  '.chart > header',
  '.tabs',
  '.tools',
  '.menu:popover-open',
  'dialog[open]',
  '[data-part] .periods',
].join();

/**
 * Finds texts that do not fit, in the parts that are shown, and whether the page is wider than the screen. Titles that
 * end in an ellipsis by design may be cut, and texts for assistive tools alone have no size.
 */
function findCuts(page: Page): Promise<string[]> {
  return page.evaluate((parts) => {
    const isCuttable = (element: Element): boolean => {
      const { textOverflow, display } = getComputedStyle(element);
      return textOverflow === 'ellipsis' || display === 'inline';
    };
    const cut = [...document.querySelectorAll<HTMLElement>(`:is(${parts}), :is(${parts}) *`)]
      .filter(({ childNodes }) => [...childNodes].some((node) => node.nodeType === 3 && node.nodeValue?.trim()))
      .filter((element) => element.checkVisibility() && !element.closest('.unseen, select'))
      .filter((element) => element.scrollWidth > element.clientWidth + 1 && !isCuttable(element))
      .map(({ className, localName, textContent, scrollWidth, clientWidth }) =>
        [`${localName}.${className}`, textContent.trim(), `${scrollWidth} > ${clientWidth}`].join(' '),
      );
    const outside = [...document.querySelectorAll<HTMLElement>(`:is(${parts}) :is(button, label, input)`)]
      .filter((element) => element.checkVisibility() && !element.closest('.unseen, .legend'))
      .filter((element) => {
        const { left, right, width } = element.getBoundingClientRect();
        return width > 1 && (left < -1 || right > innerWidth + 1);
      })
      .map(({ className, textContent, ariaLabel }) => `outside ${className} ${ariaLabel ?? textContent}`);
    const { scrollWidth } = document.documentElement;
    if (scrollWidth <= innerWidth) return [...cut, ...outside];
    const wide = [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
      .map(({ localName, className }) => `${localName}.${className}`);
    return [...cut, ...outside, `page ${scrollWidth} > ${innerWidth}: ${wide.slice(0, 8).join(' ')}`];
  }, PARTS);
}

interface LanguageCase {
  readonly language: string;
  readonly direction: 'ltr' | 'rtl';
  readonly live: string;
  readonly today: string;
  readonly chart: string;
}

const CASES: readonly LanguageCase[] = [
  { language: 'en', direction: 'ltr', live: 'Live', today: 'Today', chart: 'Chart' },
  { language: 'de', direction: 'ltr', live: 'Live', today: 'Heute', chart: 'Diagramm' },
  { language: 'fr', direction: 'ltr', live: 'En direct', today: 'Jour', chart: 'Graphique' },
  { language: 'es', direction: 'ltr', live: 'En directo', today: 'Hoy', chart: 'Gráfico' },
  { language: 'ar', direction: 'rtl', live: 'مباشر', today: 'اليوم', chart: 'المخطط' },
];

/** Opens what stands above the board, one after the other. @returns the cuts of each */
async function findCutsOfAll(page: Page): Promise<string[]> {
  const cuts: string[] = [];
  const collect = async (place: string): Promise<void> => {
    cuts.push(...(await findCuts(page)).map((cut) => `${place}: ${cut}`));
  };
  await collect('board');
  const tabs = page.locator('.tabs button');
  if (await tabs.first().isVisible()) {
    await tabs.nth(1).click();
    await page.locator('.chart').waitFor();
    await collect('chart');
    await tabs.nth(0).click();
  }
  await page.evaluate(() => document.querySelector<HTMLElement>('#more')?.showPopover());
  await collect('menu');
  await page.evaluate(() => document.querySelector<HTMLElement>('#more')?.hidePopover());
  for (const [key, shown] of [
    ['?', '.key-sheet[open]'],
    ['e', '.editing-bar'],
  ] as const) {
    await page.keyboard.press(key);
    await page.locator(shown).waitFor();
    await collect(shown);
    await page.keyboard.press('Escape');
    await page.locator(shown).waitFor({ state: 'detached' });
  }
  await page.locator('.tile[data-counter="orders"]').focus();
  await page.keyboard.press('Enter');
  await page.locator('.sheet[open]').waitFor();
  await collect('.sheet');
  await page.keyboard.press('Escape');
  await page.locator('.sheet[open]').waitFor({ state: 'detached' });
  return cuts;
}

it('the page shows each of its languages, and cuts no word on a laptop or a phone', async () => {
  const { url } = await startApp({ STORE: 'memory' });
  const call = createCaller(url);
  await call('PUT /dashboards/shop', DEFINITION);
  await call('POST /dashboards/shop/changes', { changes: CHANGES });
  const page = await openPage(`${url}/#/shop`);
  await waitForState(page, 'live');
  const cuts: string[] = [];
  for (const { language, direction, live, today, chart } of CASES) {
    await page.evaluate((locale) => (location.hash = `#/shop?locale=${locale}`), language);
    const html = page.locator('html');
    await waitForEqual(
      async () => [await html.getAttribute('lang'), await html.getAttribute('dir')],
      [language, direction],
    );
    for (const screen of SCREENS) {
      await page.setViewportSize(screen);
      // On a phone the chart stands behind a tab of its own.
      if (screen === SCREENS[0]) await page.getByRole('region', { name: chart }).waitFor();
      await page.getByRole('status').getByText(live, { exact: true }).waitFor();
      await page.getByRole('radio', { name: today, exact: true }).first().waitFor();
      await page.evaluate(() => new Promise(requestAnimationFrame));
      cuts.push(...(await findCutsOfAll(page)).map((cut) => `${language} ${screen.width} ${cut}`));
    }
    expect([language, await findAccessibilityFaults(page)]).toEqual([language, []]);
  }
  expect(cuts).toEqual([]);
});

/** Reads and operates the dashboard page as a user sees it: tiles, status, chart and alerts. */
import { setTimeout } from 'node:timers/promises';
import type { Locator, Page } from 'playwright-core';
import { createCaller } from './api-client.js';
import type { SeededChanges } from './seeded-history.js';
import { MINUTE_MS } from './times.js';

const POLL_INTERVAL_MS = 20;
/** Shorter than the time limit of a test, so that the error shows the difference. */
const WAIT_TIMEOUT_MS = 90_000;

export const findTile = (page: Page, counter: string): Locator => page.locator(`article[data-counter="${counter}"]`);
export const findChart = (page: Page): Locator => page.getByRole('region', { name: 'Chart' });
export const findAlert = (page: Page): Locator => page.getByRole('alert');
/** Finds the chart's slider, which the keyboard moves through time. */
export const findSlider = (page: Page): Locator => findChart(page).getByRole('slider', { name: 'Time in the chart' });

/** Returns the number of points in the chart. */
export async function countChartRows(page: Page): Promise<number> {
  return Number(await findChart(page).locator('[data-points]').getAttribute('data-points'));
}

/** Polls until `read` returns the expected value. @throws the assertion error with the difference after 90 s */
export async function waitForEqual<T>(read: () => T | Promise<T>, expected: Awaited<T>): Promise<void> {
  const deadline = Date.now() + WAIT_TIMEOUT_MS;
  let last = await read();
  while (!isEqual(last, expected) && Date.now() < deadline) {
    await setTimeout(POLL_INTERVAL_MS);
    last = await read();
  }
  expect(last).toEqual(expected);
}

function isEqual(actual: unknown, expected: unknown): boolean {
  try {
    expect(actual).toEqual(expected);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when the page shows this connection state, such as `live` or `stale`. */
export async function waitForState(page: Page, state: string): Promise<void> {
  await page.locator(`[data-state="${state}"]`).first().waitFor({ state: 'attached' });
}

/** Reads the large numbers of all tiles, in the smallest unit, by counter and in the order of the tiles. */
export async function readTileValues(page: Page): Promise<Record<string, number>> {
  return page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll('article[data-counter]')].map((tile) => [
        tile.getAttribute('data-counter') ?? '',
        Number(tile.querySelector('[data-value]')?.getAttribute('data-value') ?? Number.NaN),
      ]),
    ),
  );
}

/** Asks the service for the values that the tiles of a dashboard without headlines must show. */
export async function readExpectedValues(url: string, dashboard = 'main'): Promise<Record<string, number>> {
  const { body } = await createCaller(url)(`GET /dashboards/${dashboard}`);
  return (body as { counters: Record<string, number> }).counters;
}

/** Opens the list of boards. @returns it */
export async function openBoards(page: Page): Promise<Locator> {
  await page.getByRole('heading', { level: 1 }).getByRole('button').click();
  return page.getByRole('navigation', { name: 'Boards' });
}

/** Records every connection state that the page shows from now on. @returns a function that reads them */
export async function recordStates(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const states: string[] = [];
    Object.assign(globalThis, { states });
    const record = (): void => {
      const state = document.querySelector('[data-state]')?.getAttribute('data-state') ?? '';
      if (state !== states.at(-1)) states.push(state);
    };
    record();
    const observed = { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] };
    new MutationObserver(record).observe(document.body, observed);
  });
  return () => page.evaluate<string[]>('states');
}

/**
 * Presses Tab until the focus returns to the start.
 * @returns the focused elements, each as tag name and label or text
 */
export async function tabThroughPage(page: Page): Promise<string[]> {
  const focused: string[] = [];
  for (let press = 0; press < 100; press += 1) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(() => {
      const { activeElement } = document;
      if (!activeElement || activeElement === document.body) return '';
      const label = activeElement.closest('label')?.textContent ?? activeElement.textContent;
      return `${activeElement.localName} ${activeElement.getAttribute('aria-label') ?? label}`.trim();
    });
    if (name === '' || name === focused[0]) break;
    focused.push(name);
  }
  return focused;
}

/**
 * Creates a day of a shop, always the same: orders, customers and products per minute, quiet at night, busiest at noon
 * and in the evening.
 * @param now end of the day, in milliseconds since the Unix epoch
 */
export function createShopDay(now: number, minutes = 1_440): SeededChanges {
  let seed = 7;
  // Linear congruential generator from Numerical Recipes, 7.1: random enough for a picture.
  const random = (): number => (seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
  const peak = (hour: number, center: number, width: number): number => Math.exp(-(((hour - center) / width) ** 2));
  const changes: [string, number, number][] = [];
  let products = 400;
  const openingAt = now - (minutes + 1_440) * MINUTE_MS;
  changes.push(['customers', openingAt, 1_180], ['products', openingAt, products]);
  for (let minute = minutes; minute > 0; minute -= 1) {
    const at = now - minute * MINUTE_MS;
    const hour = new Date(at).getUTCHours() + new Date(at).getUTCMinutes() / 60;
    const activity = 0.06 + peak(hour, 12.5, 1.8) + 1.2 * peak(hour, 19, 2.4);
    const orders = Math.floor(3.2 * activity * random() + random() * 0.6);
    if (orders > 0) changes.push(['orders', at, orders]);
    if (orders > 0 && products > orders) {
      products -= orders;
      changes.push(['products', at + 1_000, -orders]);
    }
    if (random() < 0.16 * activity) changes.push(['customers', at, 1]);
    if (random() < 0.02) changes.push(['customers', at + 2_000, -1]);
    if (orders > 2 && random() < 0.2) changes.push(['orders', at + 3_000, -1]);
    if (products < 120) {
      products += 360;
      changes.push(['products', at + 4_000, 360]);
    }
  }
  return changes;
}

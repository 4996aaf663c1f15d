/** The page as a person finds it: tiles with numbers, how fresh they are, the chart, the list of dashboards. */
import { setTimeout } from 'node:timers/promises';
import type { Locator, Page } from 'playwright-core';
import { createCaller } from './api-client.js';
import type { SeededChanges } from './seeded-history.js';
import { MINUTE_MS } from './times.js';

const POLL_INTERVAL_MS = 20;
/** Less than a test has, so that the difference is told. */
const WAIT_TIMEOUT_MS = 20_000;

/** What a tile shows, as numbers. */
interface TileValues {
  readonly value: number;
  readonly added: number;
  readonly removed: number;
}

export const findTile = (page: Page, counter: string): Locator => page.locator(`article[data-counter="${counter}"]`);
export const findChart = (page: Page): Locator => page.getByRole('region', { name: 'Chart' });
export const findAlert = (page: Page): Locator => page.getByRole('alert');
/** The chart as something that the keyboard moves through time. */
export const findSlider = (page: Page): Locator => findChart(page).getByRole('slider');

/** How many rows the chart has. */
export async function countChartRows(page: Page): Promise<number> {
  return Number(await findChart(page).locator('[data-points]').getAttribute('data-points'));
}

/** Resolves when what is read equals what is expected. @throws Error with the difference when it never does */
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

/** Resolves when the page says how fresh its numbers are: `live`, `stale` and so on. */
export async function waitForState(page: Page, state: string): Promise<void> {
  await page.locator(`[data-state="${state}"]`).first().waitFor({ state: 'attached' });
}

/** Every number on the board, by counter, in the order of the tiles. */
export async function readTiles(page: Page): Promise<Record<string, TileValues>> {
  return page.evaluate(() => {
    const number = (tile: Element, name: string): number =>
      Number(tile.querySelector(`[${name}]`)?.getAttribute(name) ?? Number.NaN);
    const tiles = [...document.querySelectorAll('article[data-counter]')];
    return Object.fromEntries(
      tiles.map((tile) => {
        const [value, added] = [number(tile, 'data-value'), number(tile, 'data-added')];
        return [tile.getAttribute('data-counter') ?? '', { value, added, removed: number(tile, 'data-removed') }];
      }),
    );
  });
}

/** The values on the board, by counter. */
export async function readTileValues(page: Page): Promise<Record<string, number>> {
  return Object.fromEntries(Object.entries(await readTiles(page)).map(([name, { value }]) => [name, value]));
}

/** What the service says the board of a viewer in UTC has to show: values, and what today's rows of the history come to. */
export async function readExpectedTiles(url: string, dashboard = 'main'): Promise<Record<string, TileValues>> {
  const call = createCaller(url);
  const midnight = new Date().setUTCHours(0, 0, 0, 0);
  const { counters } = (await call(`GET /dashboards/${dashboard}`)).body as { counters: Record<string, number> };
  const { body } = await call(`GET /dashboards/${dashboard}/history?from=${midnight}&step=1h`);
  const history = (body as { counters: Record<string, { added: number[]; removed: number[] }> }).counters;
  const sum = (numbers: readonly number[] = []): number => numbers.reduce((total, value) => total + value, 0);
  return Object.fromEntries(
    Object.entries(counters).map(([name, value]) => {
      const { added, removed } = history[name] ?? {};
      return [name, { value, added: sum(added), removed: sum(removed) }];
    }),
  );
}

/** Keeps every state that the page has said, from now on. @returns what reads them */
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

/** Presses Tab until the focus has gone all the way round. @returns what had it, by role and name or text */
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
 * A day in a shop: orders, customers and products by the minute, quiet at night and busiest at noon and in the evening. The same every time.
 * @param now where the day ends, milliseconds since the Unix epoch
 */
export function createShopDay(now: number, minutes = 1_440): SeededChanges {
  let seed = 7;
  // Numerical Recipes, 7.1: enough for a picture.
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

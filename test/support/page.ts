/** The page as a person finds it: tiles with numbers, how fresh they are, the chart, the list of dashboards. */
import { setTimeout } from 'node:timers/promises';
import type { Locator, Page } from 'playwright-core';
import { callerOf } from './api.js';
import type { Past } from './seeded-history.js';

const LOOK_AGAIN_MS = 20;
/** Less than a test has, so that the difference is told. */
const PATIENCE_MS = 20_000;
const MINUTE_MS = 60_000;

/** What a tile shows, as numbers. */
export interface Shown {
  readonly value: number;
  readonly added: number;
  readonly removed: number;
}

export const tileOf = (page: Page, counter: string): Locator => page.locator(`article[data-counter="${counter}"]`);
export const chartOf = (page: Page): Locator => page.getByRole('region', { name: 'Chart' });
export const alertOf = (page: Page): Locator => page.getByRole('alert');
/** The chart as something that the keyboard moves through time. */
export const sliderOf = (page: Page): Locator => chartOf(page).getByRole('slider');

/** How many rows the chart has. */
export async function pointsOf(page: Page): Promise<number> {
  return Number(await chartOf(page).locator('[data-points]').getAttribute('data-points'));
}

/** Resolves when what is read equals what is expected. @throws Error with the difference when it never does */
export async function untilEqual<T>(read: () => T | Promise<T>, expected: Awaited<T>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  let last = await read();
  while (!isEqual(last, expected) && Date.now() < deadline) {
    await setTimeout(LOOK_AGAIN_MS);
    last = await read();
  }
  expect(last).toEqual(expected);
}

function isEqual(one: unknown, other: unknown): boolean {
  try {
    expect(one).toEqual(other);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when the page says how fresh its numbers are: `live`, `stale` and so on. */
export async function untilState(page: Page, state: string): Promise<void> {
  await page.locator(`[data-state="${state}"]`).first().waitFor({ state: 'attached' });
}

/** Every number on the board, by counter, in the order of the tiles. */
export async function shownBy(page: Page): Promise<Record<string, Shown>> {
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
export async function valuesBy(page: Page): Promise<Record<string, number>> {
  return Object.fromEntries(Object.entries(await shownBy(page)).map(([name, { value }]) => [name, value]));
}

/** What the service says the board of a viewer in UTC has to show: values, and what today's rows of the history come to. */
export async function expectedBy(url: string, dashboard = 'main'): Promise<Record<string, Shown>> {
  const call = callerOf(url);
  const midnight = new Date().setUTCHours(0, 0, 0, 0);
  const { counters } = (await call(`GET /dashboards/${dashboard}`)).body as { counters: Record<string, number> };
  const { body } = await call(`GET /dashboards/${dashboard}/history?from=${midnight}&step=1h`);
  const history = (body as { counters: Record<string, { added: number[]; removed: number[] }> }).counters;
  const sum = (numbers: readonly number[] = []): number => numbers.reduce((total, one) => total + one, 0);
  return Object.fromEntries(
    Object.entries(counters).map(([name, value]) => {
      const { added, removed } = history[name] ?? {};
      return [name, { value, added: sum(added), removed: sum(removed) }];
    }),
  );
}

/** Keeps every state that the page has said, from now on. @returns what reads them */
export async function keepStates(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const states: string[] = [];
    Object.assign(globalThis, { states });
    const keep = (): void => {
      const state = document.querySelector('[data-state]')?.getAttribute('data-state') ?? '';
      if (state !== states.at(-1)) states.push(state);
    };
    keep();
    const everything = { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] };
    new MutationObserver(keep).observe(document.body, everything);
  });
  return () => page.evaluate<string[]>('states');
}

/** Presses Tab until the focus has gone all the way round. @returns what had it, by role and name or text */
export async function walk(page: Page): Promise<string[]> {
  const seen: string[] = [];
  for (let press = 0; press < 100; press += 1) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(() => {
      const { activeElement } = document;
      if (!activeElement || activeElement === document.body) return '';
      const label = activeElement.closest('label')?.textContent ?? activeElement.textContent;
      return `${activeElement.localName} ${activeElement.getAttribute('aria-label') ?? label}`.trim();
    });
    if (name === '' || name === seen[0]) break;
    seen.push(name);
  }
  return seen;
}

/**
 * A day in a shop: orders, customers and products by the minute, quiet at night and busiest at noon and in the evening. The same every time.
 * @param now where the day ends, milliseconds since the Unix epoch
 */
export function makeDay(now: number, minutes = 1_440): Past {
  let seed = 7;
  // Numerical Recipes, 7.1: enough for a picture.
  const random = (): number => (seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
  const peak = (hour: number, at: number, width: number): number => Math.exp(-(((hour - at) / width) ** 2));
  const past: [string, number, number][] = [];
  let products = 400;
  const before = now - (minutes + 1_440) * MINUTE_MS;
  past.push(['customers', before, 1_180], ['products', before, products]);
  for (let minute = minutes; minute > 0; minute -= 1) {
    const at = now - minute * MINUTE_MS;
    const hour = new Date(at).getUTCHours() + new Date(at).getUTCMinutes() / 60;
    const busy = 0.06 + peak(hour, 12.5, 1.8) + 1.2 * peak(hour, 19, 2.4);
    const orders = Math.floor(3.2 * busy * random() + random() * 0.6);
    if (orders > 0) past.push(['orders', at, orders]);
    if (orders > 0 && products > orders) {
      products -= orders;
      past.push(['products', at + 1_000, -orders]);
    }
    if (random() < 0.16 * busy) past.push(['customers', at, 1]);
    if (random() < 0.02) past.push(['customers', at + 2_000, -1]);
    if (orders > 2 && random() < 0.2) past.push(['orders', at + 3_000, -1]);
    if (products < 120) {
      products += 360;
      past.push(['products', at + 4_000, 360]);
    }
  }
  return past;
}

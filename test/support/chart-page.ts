/** Reads the chart of the page: what its canvases draw, and the past of a shop to draw. */
import type { Page } from 'playwright-core';
import type { ApiCall } from './api-client.js';
import { findChart, findSlider } from './dashboard-page.js';
import { HOUR_MS } from './times.js';

/** Texts that have been drawn, with their fonts, and how often each canvas has been cleared. */
interface DrawnTexts {
  readonly texts: readonly { readonly text: string; readonly font: string; readonly colour: string }[];
  readonly clears: number;
}

/** Records what canvases draw. For `prepare` of a page. */
export async function recordCanvases(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const drawn = { texts: [] as { text: string; font: string; colour: string }[], clears: 0 };
    Object.assign(globalThis, { drawn });
    const { prototype } = CanvasRenderingContext2D;
    const fillText = Reflect.get(prototype, 'fillText');
    const clearRect = Reflect.get(prototype, 'clearRect');
    prototype.fillText = function record(text, ...rest) {
      const colour = typeof this.fillStyle === 'string' ? this.fillStyle : '';
      drawn.texts.push({ text, font: this.font, colour });
      fillText.call(this, text, ...rest);
    };
    prototype.clearRect = function record(...box) {
      drawn.clears += 1;
      clearRect.call(this, ...box);
    };
  });
}

export const readDrawn = (page: Page): Promise<DrawnTexts> => page.evaluate<DrawnTexts>('drawn');

/** Forgets what has been drawn. */
export const forgetDrawn = (page: Page): Promise<void> =>
  page.evaluate('drawn.texts.length = 0; drawn.clears = 0').then(() => undefined);

/** Returns the titles of the lanes, from above. */
export const readLanes = (page: Page): Promise<string[]> =>
  findChart(page)
    .locator('.lane-title')
    .evaluateAll((titles) =>
      titles.map((title) =>
        [...title.querySelectorAll('.series-title, .lane-text')].map(({ textContent }) => textContent).join(' '),
      ),
    );

/** Returns the text of the cursor. */
export const readCursor = async (page: Page): Promise<string> =>
  (await findSlider(page).getAttribute('aria-valuetext')) ?? '';

/** Returns the texts of the newest buckets that have begun, latest first. */
export async function readNewest(page: Page, count: number): Promise<string[]> {
  const slider = findSlider(page);
  await slider.press('Escape');
  const texts: string[] = [];
  for (let bucket = 0; bucket < count; bucket += 1) {
    await slider.press('ArrowLeft');
    texts.push(await readCursor(page));
  }
  return texts;
}

/** Hourly amounts of the past shop: of three magnitudes. */
export const PAST_AMOUNTS = { visits: 9_000, orders: 2_000, returns: 300 } as const;

/** Books hours of the same amounts into a new dashboard `shop`, up to the present hour. */
export async function bookPast(call: ApiCall, url: string, hours: number, definition: object = {}): Promise<void> {
  const counters = {
    visits: { title: 'Visits' },
    orders: { title: 'Orders', target: { value: 60_000, per: 'day' } },
    returns: { title: 'Returns' },
  };
  await call('PUT /dashboards/shop', { title: 'Shop', counters, ...definition });
  const hour = Date.now() - (Date.now() % HOUR_MS);
  const lines = Array.from({ length: hours }, (_, index) => {
    const at = new Date(hour - (hours - index) * HOUR_MS).toISOString();
    const added = Object.entries(PAST_AMOUNTS).map(([name, amount]) => [name, { added: amount }]);
    return JSON.stringify({ at, counters: Object.fromEntries(added) });
  });
  const response = await fetch(`${url}/dashboards/shop/history`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-ndjson' },
    body: lines.join('\n'),
  });
  if (!response.ok) throw new Error(await response.text());
}

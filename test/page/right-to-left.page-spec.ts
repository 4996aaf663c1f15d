/** Reading order where scripts of both directions meet: signs, names and times, as they stand on the screen. */
import type { Locator, Page } from 'playwright-core';
import { waitForEqual } from '../support/dashboard-page.js';
import { startStaffedShop } from '../support/staffed-shop.js';
import { authorizeWith, SECRETS } from '../support/token-service.js';

const SALES = 'مبيعات';
const COUNTERS = {
  sales: { title: SALES },
  revenue: { title: 'Revenue', currency: 'EUR', scale: 2 },
  stock: { title: 'Mugs in stock', kind: 'gauge', unit: 'pcs' },
};

/** A piece of text and its edges on the screen, CSS pixels. */
interface PlacedText {
  readonly text: string;
  readonly left: number;
  readonly right: number;
}

/** Returns the characters of an element from left to right, as they stand on the screen. */
function readFromLeft(locator: Locator): Promise<string> {
  return locator.evaluate((element) => {
    const placed: { readonly letter: string; readonly left: number }[] = [];
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent ?? '';
      for (let index = 0; index < text.length; index += 1) {
        const letter = text.charAt(index);
        const range = document.createRange();
        range.setStart(node, index);
        range.setEnd(node, index + 1);
        const { left, width } = range.getBoundingClientRect();
        if (width > 0 && !/\s/.test(letter)) placed.push({ letter, left });
      }
    }
    return placed
      .toSorted((one, other) => one.left - other.left)
      .map(({ letter }) => letter)
      .join('');
  });
}

/** Returns where the texts of elements stand, not their boxes. */
function placeTexts(locator: Locator): Promise<PlacedText[]> {
  return locator.evaluateAll((elements) =>
    elements.map((element) => {
      const range = document.createRange();
      range.selectNodeContents(element);
      const { left, right } = range.getBoundingClientRect();
      return { text: element.textContent, left, right };
    }),
  );
}

/** Returns the texts of a row of the activity in reading order, each by where it begins on the screen. */
async function readRow(page: Page, title: string): Promise<string[]> {
  const row = page.locator('.entry .change', { hasText: title }).first();
  const [mark] = await row.locator('.mark').evaluateAll((marks) => marks.map((one) => one.getBoundingClientRect()));
  const [what] = await placeTexts(row.locator('.what'));
  const [by] = await placeTexts(row.locator('.by'));
  if (!mark || !what || !by) throw new Error(`the activity has no row of ${title}`);
  const gap = mark.x > what.left ? mark.x - what.right : what.left - mark.x - mark.width;
  const texts = [what, by].toSorted((one, other) => one.left - other.left).map(({ text }) => text);
  return [...texts, gap < 24 ? 'beside its mark' : `${gap} px from its mark`];
}

it('added and removed keep their signs and their names in Arabic, and with an Arabic title in English', async () => {
  const { call, change, openAs } = await startStaffedShop();
  await call('PUT /dashboards/shop', { title: 'Shop', counters: COUNTERS }, authorizeWith(SECRETS.admin));
  await change('admin', [{ counter: 'sales', by: 5 }]);
  await change('admin', [{ counter: 'sales', by: -2 }]);
  await change('admin', [{ counter: 'revenue', by: 150 }]);

  const [arabic, english] = await Promise.all([openAs('clerk', { query: '?locale=ar' }), openAs('clerk')]);
  expect(await arabic.locator('html').getAttribute('dir')).toBe('rtl');
  for (const page of [arabic, english]) {
    await page.keyboard.press('a');
    await page.locator('.entry').first().waitFor();
  }
  const readAmounts = async (page: Page): Promise<string[]> =>
    Promise.all((await page.locator('.entry .by').all()).map(readFromLeft));
  expect(await readAmounts(english)).toEqual(['+€1.50', '−2', '+5']);
  expect(await readAmounts(arabic)).toEqual(['€+1.50', '−2', '+5']);

  // The amount stands at the end of the row, the name beside its mark, in both directions.
  const removed = { arabic: await readRow(arabic, SALES), english: await readRow(english, SALES) };
  expect(removed.english).toEqual([SALES, '−2', 'beside its mark']);
  expect(removed.arabic.map((text) => text.replaceAll('\u200e', ''))).toEqual(['−2', SALES, 'beside its mark']);

  // The name comes first in the title of a lane: at its right.
  const lane = arabic.locator('.lane-title', { hasText: 'Revenue' }).first();
  await lane.waitFor();
  await waitForEqual(async () => (await readFromLeft(lane)).endsWith('Revenue'), true);
});

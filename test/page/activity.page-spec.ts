/** Who, when and why: the activity beside the board, undo from it and from the strip, and what is read aloud. */
import type { Page } from 'playwright-core';
import { findAccessibilityFaults } from '../support/browser.js';
import { findAlert, findTile, readTileValues, waitForEqual } from '../support/dashboard-page.js';
import { DAY_MS } from '../support/times.js';
import { startStaffedShop } from '../support/staffed-shop.js';

const findActivity = (page: Page) => page.getByRole('complementary', { name: 'Activity' });
const findStrip = (page: Page) => page.locator('.undo-strip');

async function openActivity(page: Page): Promise<void> {
  await page.keyboard.press('a');
  await findActivity(page).locator('.entry').first().waitFor();
}

/** Reads the rows without their times, each as one line. Undone ones begin with `Undone`. */
function readRows(page: Page): Promise<string[]> {
  return findActivity(page)
    .locator('.entries > .entry')
    .evaluateAll((rows) =>
      rows.map((row) =>
        [...row.querySelectorAll(':scope > .change, :scope > .facts > .who')]
          .map((part) => part.textContent.trim())
          .join(' ')
          .replaceAll(/[\s\u00a0]+/g, ' '),
      ),
    );
}

const waitForRows = (page: Page, expected: readonly string[]) => waitForEqual(() => readRows(page), [...expected]);

it('shows who changed what and why, follows live, folds like changes, and filters', async () => {
  const { change, openAs } = await startStaffedShop();
  const sale = [
    { counter: 'sales', by: 1 },
    { counter: 'revenue', by: 6_490 },
  ];
  for (let time = 0; time < 3; time += 1) await change('clerk', sale);
  await change('admin', [{ counter: 'stock', to: 38 }], 'stocktaking');
  const page = await openAs('reader');
  await openActivity(page);
  const first = ['Mugs in stock+38 admin · set to 38 · stocktaking', 'Sales+3 Revenue+€194.70 clerk · 3 changes'];
  await waitForRows(page, first);
  // A reader looks on.
  expect(await findActivity(page).getByRole('button', { name: /^Undo/ }).count()).toBe(0);

  await change('admin', [{ counter: 'stock', by: -2 }]);
  await waitForRows(page, ['Mugs in stock−2 admin', ...first]);

  await findActivity(page).getByRole('button', { name: '3 changes' }).click();
  await waitForEqual(() => findActivity(page).locator('.unfolded .entry').count(), 3);

  const person = findActivity(page).getByLabel('Person or program');
  await person.selectOption('clerk');
  await waitForRows(page, first.slice(1));
  await person.selectOption('');
  await findActivity(page).getByLabel('Counter').selectOption('Mugs in stock');
  await waitForRows(page, ['Mugs in stock−2 admin', ...first.slice(0, 1)]);
  await change('clerk', [{ counter: 'stock', by: -1 }]);
  await waitForRows(page, ['Mugs in stock−1 clerk', 'Mugs in stock−2 admin', ...first.slice(0, 1)]);
});

it('what was today is yesterday after midnight, and Escape closes the activity from its filters', async () => {
  const { change, openAs } = await startStaffedShop();
  await change('clerk', [{ counter: 'sales', by: 1 }]);
  const page = await openAs('reader', {
    prepare: (opened) => opened.clock.install(),
    // The clock of the service stays behind.
    expectedErrors: [/status of 400.*\/history/],
  });
  await openActivity(page);
  const readDays = (): Promise<string[]> => findActivity(page).getByRole('heading', { level: 3 }).allTextContents();
  expect(await readDays()).toEqual(['Today']);
  await page.clock.fastForward(DAY_MS);
  await waitForEqual(readDays, ['Yesterday']);
  await findActivity(page).getByLabel('Counter').press('Escape');
  await findActivity(page).waitFor({ state: 'detached' });
});

it('older entries come by scrolling, and one Tab stop leads through all rows', async () => {
  const { change, openAs } = await startStaffedShop();
  for (let count = 1; count <= 260; count += 1) await change('clerk', [{ counter: 'sales', by: 1 }], `sale ${count}`);
  const page = await openAs('clerk');
  await openActivity(page);
  const rows = findActivity(page).locator('.entry');
  await waitForEqual(() => rows.count(), 100);
  await rows.first().focus();
  await page.keyboard.press('ArrowDown');
  await waitForEqual(async () => {
    await page.keyboard.press('End');
    return rows.count();
  }, 260);
  await page.keyboard.press('End');
  await waitForEqual(() => page.evaluate(() => document.activeElement?.querySelector('q')?.textContent), 'sale 1');
  expect(await findActivity(page).locator('.entry[tabindex="0"]').count()).toBe(1);
  await page.keyboard.press('Escape');
  expect(await findActivity(page).count()).toBe(0);
});

it('an own change can be undone from the strip, once, and everybody sees it', async () => {
  const { change, openAs, readValues } = await startStaffedShop();
  await change('admin', [{ counter: 'sales', by: 10 }]);
  const [mine, other] = [await openAs('clerk'), await openAs('admin')];
  await openActivity(other);
  await findTile(mine, 'sales').focus();
  for (const key of ['+', '+', '-', '+']) await mine.keyboard.press(key);
  await findStrip(mine).getByText('Sales +2').waitFor();
  await waitForEqual(readValues, { sales: 12, revenue: 0, stock: 0 });
  await mine.keyboard.press('z');
  await findStrip(mine).waitFor({ state: 'detached' });
  await waitForEqual(async () => (await readTileValues(other))['sales'], 10);
  await waitForEqual(async () => (await readRows(other)).filter((row) => row.includes('Undone')).length, 4);
  expect(await readValues()).toMatchObject({ sales: 10 });

  // Somebody else has undone the change before the strip is used.
  await mine.keyboard.press('+');
  const undo = findActivity(other).getByRole('button', { name: 'Undo Sales +1' }).first();
  await waitForEqual(async () => (await readRows(other))[0], 'Sales+1 clerk');
  await findActivity(other).locator('.entry').first().focus();
  await undo.click();
  await waitForEqual(
    async () => (await readRows(other)).slice(0, 2),
    [expect.stringMatching(/^Sales−1 admin · undo of \d\d:\d\d$/), 'Sales+1 Undone: clerk'],
  );
  expect(await findActivity(other).locator('.entry').nth(1).getByRole('button').count()).toBe(0);
});

it('a second undo is refused in words', async () => {
  const { undo, openAs, call } = await startStaffedShop();
  const page = await openAs('clerk', { expectedErrors: [/status of 409/] });
  await findTile(page, 'sales').hover();
  await page.getByRole('button', { name: 'Add one to Sales' }).click();
  const strip = findStrip(page).getByRole('button', { name: /^Undo/ });
  await strip.waitFor();
  const { body } = await call('GET /dashboards/shop');
  await page.route('**/changes', async (route) => {
    if (route.request().method() === 'POST') await undo('admin', body.revision);
    await route.continue();
  });
  await strip.click();
  await findAlert(page).getByText('This change has been undone already.').waitFor();
});

it('the strip waits while it is hovered, and goes after ten seconds', async () => {
  const { openAs } = await startStaffedShop();
  const page = await openAs('clerk', { prepare: (opened) => opened.clock.install() });
  await findTile(page, 'sales').hover();
  await page.getByRole('button', { name: 'Add one to Sales' }).click();
  await findStrip(page).hover();
  await page.clock.fastForward(60_000);
  expect(await findStrip(page).isVisible()).toBe(true);
  await findTile(page, 'sales').hover();
  await page.clock.fastForward(8_000);
  expect(await findStrip(page).isVisible()).toBe(true);
  await page.clock.fastForward(3_000);
  await findStrip(page).waitFor({ state: 'detached' });
});

it('changes are read aloud where the reader wants it, and levels always', async () => {
  const { change, openAs } = await startStaffedShop();
  await change('clerk', [{ counter: 'stock', to: 41 }]);
  const page = await openAs('reader', { prepare: (opened) => opened.clock.install() });
  const said = page.locator('p.unseen[role=status]');
  await said.waitFor({ state: 'attached' });
  await change('clerk', [{ counter: 'stock', by: -2 }]);
  await waitForEqual(async () => (await readTileValues(page))['stock'], 39);
  await page.clock.runFor(2_000);
  await waitForEqual(() => said.textContent(), 'Mugs in stock 39\u00a0pcs. Bad: Below 40');

  await change('clerk', [{ counter: 'sales', by: 2 }]);
  await waitForEqual(async () => (await readTileValues(page))['sales'], 2);
  await page.clock.runFor(30_000);
  expect(await said.textContent()).toContain('Mugs in stock');
  await openActivity(page);
  await findActivity(page).getByRole('switch', { name: 'Read changes aloud' }).check();
  await change('clerk', [{ counter: 'sales', by: 3 }]);
  await waitForEqual(async () => (await readTileValues(page))['sales'], 5);
  await page.clock.runFor(30_000);
  await waitForEqual(() => said.textContent(), 'Sales 5, 3 more');
});

it('of the board as it was, it shows what had happened by then, and nothing can be undone', async () => {
  const { change, undo, call, openAs } = await startStaffedShop();
  await change('clerk', [{ counter: 'sales', by: 5 }]);
  const at = Number((await call('GET /dashboards/shop')).body.at);
  await waitForEqual(() => Date.now() > at + 1, true);
  await undo('admin', 1);
  // There is nothing of a week before to compare with.
  const page = await openAs('clerk', { query: `?at=${at}`, state: 'past', expectedErrors: [/status of 400/] });
  await openActivity(page);
  await waitForRows(page, ['Sales+5 clerk']);
  await waitForEqual(() => findActivity(page).getByRole('button', { name: /^Undo/ }).count(), 0);
  await page.keyboard.press('l');
  await waitForEqual(async () => (await readRows(page)).at(-1), 'Sales+5 Undone: clerk');
});

it('in Arabic, signs stay with their numbers, and the number before stands where reading begins', async () => {
  const { change, openAs } = await startStaffedShop();
  await change('clerk', [{ counter: 'sales', by: 5 }]);
  await change('clerk', [{ counter: 'sales', by: -3 }]);
  const page = await openAs('clerk', { query: '?locale=ar-EG' });
  await page.keyboard.press('a');
  await page.locator('.entry').first().waitFor();
  /** Returns true if the sign of an amount is painted at the side where Arabic reading begins. */
  const signs = await page.locator('.entry .by').evaluateAll((amounts) =>
    amounts.map((amount) => {
      const text = amount.firstChild as Text;
      const getLeft = (at: number): number => {
        const range = document.createRange();
        range.setStart(text, at);
        range.setEnd(text, at + 1);
        return range.getBoundingClientRect().left;
      };
      const [sign, digit] = [text.data.search(/[+\u2212-]/), text.data.search(/\p{Nd}/u)];
      return `${text.data[sign]} ${getLeft(sign) > getLeft(digit) ? 'right' : 'left'}`;
    }),
  );
  expect(signs).toEqual(['− right', '+ right']);
  await findTile(page, 'sales').focus();
  await page.keyboard.press('Enter');
  await page.locator('.preview bdi').nth(1).waitFor();
  const lefts = await page
    .locator('.preview bdi')
    .evaluateAll((numbers) => numbers.map((number) => number.getBoundingClientRect().left));
  expect(lefts[0]).toBeGreaterThan(lefts[1] ?? Infinity);
});

it.each(['light', 'dark'] as const)('activity and strip are accessible in the %s scheme', async (colorScheme) => {
  const { change, openAs } = await startStaffedShop();
  for (const by of [1, 2]) await change('admin', [{ counter: 'sales', by }]);
  await change('admin', [{ counter: 'stock', to: 50 }], 'delivery');
  const page = await openAs('clerk', { colorScheme });
  await openActivity(page);
  await findActivity(page).getByRole('button', { name: 'Undo Mugs in stock +50' }).focus();
  await page.keyboard.press('Enter');
  await waitForEqual(async () => (await readRows(page)).filter((row) => row.includes('Undone')).length, 1);
  await findActivity(page).getByRole('button', { name: '2 changes' }).click();
  await findTile(page, 'sales').focus();
  await page.keyboard.press('+');
  await findStrip(page).waitFor();
  expect(await findAccessibilityFaults(page)).toEqual([]);
});

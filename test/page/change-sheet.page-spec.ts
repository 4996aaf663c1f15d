/** The sheet that changes a counter: by mouse, keyboard and touch, refused, and not there for readers. */
import type { Page } from 'playwright-core';
import { findAccessibilityFaults } from '../support/browser.js';
import { findTile, waitForEqual, waitForState } from '../support/dashboard-page.js';
import { startStaffedShop } from '../support/staffed-shop.js';
import { authorizeWith, SECRETS } from '../support/token-service.js';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

const findSheet = (page: Page) => page.getByRole('dialog');
const findButton = (page: Page, name: string | RegExp) => findSheet(page).getByRole('button', { name, exact: true });
const readPreview = async (page: Page): Promise<string> =>
  (await findSheet(page).locator('.preview .number').innerText()).replaceAll(/\s+/g, ' ');
const waitForPreview = (page: Page, expected: string) => waitForEqual(() => readPreview(page), expected);

async function openSheet(page: Page, counter: string): Promise<void> {
  await findTile(page, counter).focus();
  await page.keyboard.press('Enter');
  await findSheet(page).waitFor();
}

/** Resolves when the sheet is closed. */
const waitUntilClosed = (page: Page) => findSheet(page).waitFor({ state: 'detached' });

it('by mouse: the result is shown before it is sent, and counted with its reason', async () => {
  const { call, change, openAs, readValues } = await startStaffedShop();
  await change('clerk', [{ counter: 'sales', by: 143 }]);
  const page = await openAs('clerk');
  await findTile(page, 'sales').hover();
  await page.getByRole('button', { name: /^Other amount.*Sales$/ }).click();
  await waitForPreview(page, '143 becomes 144');
  await findButton(page, 'More').click();
  await findButton(page, 'More').click();
  await findButton(page, 'Less').click();
  await waitForPreview(page, '143 becomes 145');
  await findSheet(page).getByLabel('Reason').fill(' phone order ');
  await findButton(page, 'Add 2').click();
  await waitUntilClosed(page);
  expect(await readValues()).toMatchObject({ sales: 145 });
  const { body } = await call('GET /dashboards/shop/changes?after=1', undefined, authorizeWith(SECRETS.reader));
  expect(body.entries).toMatchObject([{ changes: [{ counter: 'sales', by: 2 }], who: 'clerk', reason: 'phone order' }]);
});

it('by keyboard: numbers are typed as the locale writes them, and the focus comes back to the tile', async () => {
  const { change, openAs, readValues } = await startStaffedShop();
  await change('clerk', [{ counter: 'revenue', by: 100 }]);
  const page = await openAs('clerk', { locale: 'de-DE' });
  await openSheet(page, 'revenue');
  await page.keyboard.type('1.248,50');
  await waitForPreview(page, '1,00 € wird zu 1.249,50 €');
  await page.keyboard.press('Enter');
  await waitUntilClosed(page);
  expect(await readValues()).toMatchObject({ revenue: 124_950 });
  expect(await findTile(page, 'revenue').evaluate((tile) => tile === document.activeElement)).toBe(true);

  // A gauge is set first, and one key changes it by one.
  await openSheet(page, 'stock');
  await page.keyboard.type('٤٢');
  await page.keyboard.press('ArrowDown');
  await waitForPreview(page, '0 pcs wird zu 41 pcs');
  await findSheet(page).getByLabel('Grund').press('Enter');
  await waitUntilClosed(page);
  await page.keyboard.press('-');
  await waitForEqual(async () => (await readValues())['stock'], 40);
  await page.keyboard.press('Enter');
  await findSheet(page).waitFor();
  await page.keyboard.press('Escape');
  await waitUntilClosed(page);
});

it('by touch: a tap on a tile opens a sheet from below, whose controls are 44 px and more', async () => {
  const { openAs, readValues } = await startStaffedShop();
  const page = await openAs('clerk', PHONE);
  await findTile(page, 'sales').tap();
  await findSheet(page).waitFor();
  await findSheet(page).evaluate((sheet) => Promise.all(sheet.getAnimations().map(({ finished }) => finished)));
  const box = await findSheet(page).boundingBox();
  expect(box).toMatchObject({ x: 0, width: 390 });
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBe(844);
  const heights = await findSheet(page)
    .locator('button, input:not([type=radio])')
    .evaluateAll((controls) => controls.map((control) => control.getBoundingClientRect().height));
  expect(Math.min(...heights)).toBeGreaterThanOrEqual(44);
  await findButton(page, 'More').tap();
  await findButton(page, 'Add 2').tap();
  await waitUntilClosed(page);
  expect(await readValues()).toMatchObject({ sales: 2 });
});

it('wrong input and refusals say what is wrong, and change nothing', async () => {
  const { change, openAs, readValues } = await startStaffedShop();
  await change('clerk', [{ counter: 'sales', by: 2 }]);
  const page = await openAs('clerk', { expectedErrors: [/status of 400/] });
  await openSheet(page, 'sales');
  const fault = findSheet(page).getByRole('alert');
  const type = (text: string) => findSheet(page).getByLabel('Amount to').fill(text);
  for (const [text, expected] of [
    ['two', 'two is not a number. Write it like 1,249.'],
    ['1.5', 'Enter a whole number.'],
    ['0', 'Enter an amount above 0.'],
    ['9007199254740992', 'At most 9,007,199,254,740,991.'],
  ] as const) {
    await type(text);
    await waitForEqual(() => fault.innerText(), expected);
  }
  await findSheet(page).getByRole('radio', { name: 'Remove' }).check();
  await type('3');
  await waitForEqual(() => fault.innerText(), 'Cannot remove 3 from Sales: only 2 remain.');
  await findButton(page, 'Remove').click();
  expect(await findSheet(page).isVisible()).toBe(true);

  // Somebody else is faster: the service refuses.
  await page.route('**/changes', async (route) => {
    if (route.request().method() === 'POST') await change('admin', [{ counter: 'sales', by: -1 }]);
    await route.continue();
  });
  await type('2');
  await findButton(page, 'Remove 2').click();
  await waitForEqual(() => fault.innerText(), 'Cannot remove 2 from Sales: only 1 remains.');
  expect(await readValues()).toMatchObject({ sales: 1 });
});

it('without a connection the sheet says why nothing can be counted', async () => {
  const { openAs } = await startStaffedShop();
  const page = await openAs('clerk', { expectedErrors: [/ERR_INTERNET_DISCONNECTED/, /WebSocket/] });
  await openSheet(page, 'sales');
  await page.context().setOffline(true);
  await waitForState(page, 'reconnecting');
  await findSheet(page)
    .getByRole('alert')
    .getByText(/^Not live since \d\d:\d\d\. This device is offline$/)
    .waitFor();
  await page.keyboard.press('Enter');
  expect(await findButton(page, /^Add/).getAttribute('aria-disabled')).toBe('true');
  expect(await findSheet(page).isVisible()).toBe(true);
});

it('a reader has nothing to press', async () => {
  const { openAs, readValues } = await startStaffedShop();
  const page = await openAs('reader', PHONE);
  await waitForEqual(() => page.locator('.steps').count(), 0);
  await findTile(page, 'sales').tap();
  await findTile(page, 'sales').focus();
  for (const key of ['Enter', '+', '-']) await page.keyboard.press(key);
  expect(await findSheet(page).count()).toBe(0);
  expect(await readValues()).toMatchObject({ sales: 0 });
});

it.each(['light', 'dark'] as const)('the sheet is accessible in the %s scheme', async (colorScheme) => {
  const { openAs } = await startStaffedShop();
  const page = await openAs('clerk', { colorScheme });
  await openSheet(page, 'sales');
  await findSheet(page).getByLabel('Amount to').fill('two');
  await findSheet(page).getByRole('alert').getByText('two is not').waitFor();
  expect(await findAccessibilityFaults(page)).toEqual([]);
});

/** Work that is not saved: nothing that a viewer does or presses by mistake loses it without a question. */
import type { Page } from 'playwright-core';
import { findAccessibilityFaults, openPage, saveScreenshot } from '../support/browser.js';
import { findTile, waitForEqual } from '../support/dashboard-page.js';
import { findButton, findGrip, openSettings, startEditing, startStore } from '../support/editor-page.js';

const findQuestion = (page: Page) => page.getByRole('alertdialog', { name: 'Leave without saving?' });
const answer = async (page: Page, name: 'Stay' | 'Discard' | 'Save'): Promise<void> => {
  await findQuestion(page).getByRole('button', { name }).click();
  await findQuestion(page).waitFor({ state: 'detached' });
};

async function openStore(options: Parameters<typeof openPage>[1] = {}) {
  const { url, call } = await startStore();
  await call('PUT /dashboards/empty', {});
  const page = await openPage(`${url}/#/main`, options);
  await findTile(page, 'orders').waitFor();
  await page.evaluate(() => void (location.hash = '#/store'));
  await findTile(page, 'revenue').waitFor();
  const readSize = async () => (await call('GET /dashboards/store/definition')).body.layout.groups[1].tiles[0].size;
  return { url, call, page, readSize };
}

const changeStock = async (page: Page): Promise<void> => {
  await startEditing(page);
  await findGrip(page, 'Stock').focus();
  await page.keyboard.press('3');
};

it('an arrangement is asked for by Back, by another board, by a key and by closing the tab', async () => {
  const { page, url, readSize } = await openStore();
  await changeStock(page);
  await page.goBack();
  await findQuestion(page).waitFor();
  expect(await findAccessibilityFaults(page, { include: '.leave-question' })).toEqual([]);
  await saveScreenshot(page, 'unsaved-question');
  await waitForEqual(() => page.url(), `${url}/#/store`);
  await answer(page, 'Stay');
  await page.getByText('1 change, not saved').waitFor();

  // Keys that would leave: Esc on the question stays.
  await page.locator('body').press('e');
  await findQuestion(page).waitFor();
  await page.keyboard.press('Escape');
  await findQuestion(page).waitFor({ state: 'detached' });
  await page.getByText('1 change, not saved').waitFor();

  let isAsked = false;
  page.once('dialog', (dialog) => {
    isAsked = dialog.type() === 'beforeunload';
    void dialog.dismiss();
  });
  await page.close({ runBeforeUnload: true });
  await waitForEqual(() => isAsked, true);
  await page.getByText('1 change, not saved').waitFor();

  await page.evaluate(() => void (location.hash = '#/main'));
  await answer(page, 'Save');
  await findTile(page, 'orders').waitFor();
  await waitForEqual(() => page.url(), `${url}/#/main`);
  expect(await readSize()).toBe('large');

  await page.evaluate(() => void (location.hash = '#/store'));
  await findTile(page, 'revenue').waitFor();
  await startEditing(page);
  await findGrip(page, 'Stock').focus();
  await page.keyboard.press('1');
  await page.goBack();
  await answer(page, 'Discard');
  await waitForEqual(() => page.url(), `${url}/#/main`);
  expect(await readSize()).toBe('large');
});

it('typed settings are asked for by Esc, by the close button and by Back, and are saved or dropped as answered', async () => {
  const { page, call } = await openStore({ expectedErrors: [/status of 409/] });
  const readTitle = async () => (await call('GET /dashboards/store/definition')).body.counters.revenue.title;
  await startEditing(page);
  const dialog = await openSettings(page, 'Revenue');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await openSettings(page, 'Revenue');
  await dialog.getByRole('textbox', { name: 'Title' }).fill('Turnover');
  for (let press = 0; press < 3; press += 1) {
    await page.keyboard.press('Escape');
    await findQuestion(page).waitFor();
    await page.keyboard.press('Escape');
    await findQuestion(page).waitFor({ state: 'detached' });
  }
  // However fast: each press opens or closes the question.
  for (let press = 0; press < 31; press += 1) await page.keyboard.press('Escape');
  await findQuestion(page).waitFor();
  await page.keyboard.press('Escape');
  await findQuestion(page).waitFor({ state: 'detached' });
  expect(
    await dialog.getByRole('textbox', { name: 'Title' }).evaluate((input) => input === document.activeElement),
  ).toBe(true);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await answer(page, 'Stay');
  expect(await dialog.getByRole('textbox', { name: 'Title' }).inputValue()).toBe('Turnover');
  // A refusal of the service leaves the focus on the button: Esc there must not end edit mode either.
  await dialog.getByRole('textbox', { name: /^Lowest value/ }).fill('6000');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('1 field needs a look').waitFor();
  await page.keyboard.press('Escape');
  await answer(page, 'Stay');
  await findButton(page, 'Done').waitFor({ state: 'attached' });
  await dialog.getByRole('textbox', { name: /^Lowest value/ }).fill('0');
  await page.keyboard.press('Escape');
  await answer(page, 'Save');
  await dialog.waitFor({ state: 'detached' });
  expect(await readTitle()).toBe('Turnover');
  await openSettings(page, 'Turnover');
  const again = page.getByRole('dialog', { name: 'Turnover' });
  await again.getByRole('textbox', { name: 'Title' }).fill('Sales');
  await page.goBack();
  await answer(page, 'Save');
  await findTile(page, 'orders').waitFor();
  await waitForEqual(() => page.url().endsWith('#/main'), true);
  expect(await readTitle()).toBe('Sales');
  await page.evaluate(() => void (location.hash = '#/store'));
  await findTile(page, 'revenue').waitFor();
  await startEditing(page);
  const last = await openSettings(page, 'Sales');
  await last.getByRole('textbox', { name: 'Title' }).fill('Lost');
  await page.goBack();
  await answer(page, 'Discard');
  await findTile(page, 'orders').waitFor();
  await waitForEqual(() => page.url().endsWith('#/main'), true);
  expect(await readTitle()).toBe('Sales');
});

it('Esc in a dialog that was not changed ends that dialog alone', async () => {
  const { page } = await openStore();
  await startEditing(page);
  const dialog = await openSettings(page, 'Revenue');
  await dialog.getByRole('button', { name: 'Cancel' }).focus();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await findButton(page, 'Done').waitFor();
  await page.keyboard.press('Escape');
  await findButton(page, 'Edit').waitFor();
});

it('a typed reason and the form of a first counter are kept or asked for', async () => {
  const { page, url } = await openStore();
  await findTile(page, 'orders').focus();
  await page.keyboard.press('Enter');
  const sheet = page.getByRole('dialog', { name: /Orders/ });
  await sheet.getByLabel('Reason').fill('counted twice');
  await page.mouse.click(5, 5);
  await answer(page, 'Stay');
  await page.keyboard.press('Escape');
  await answer(page, 'Discard');
  await sheet.waitFor({ state: 'detached' });

  await page.evaluate(() => void (location.hash = '#/empty'));
  const title = page.getByRole('textbox', { name: 'Title' });
  await title.fill('Loaves');
  await title.blur();
  await page.keyboard.press('w');
  await page.locator('.wall').waitFor();
  // The controls come with the pointer.
  await page.mouse.move(200, 200);
  await page.mouse.move(400, 300);
  await page.getByRole('button', { name: 'Leave the wall' }).click();
  expect(await title.inputValue()).toBe('Loaves');
  await page.goBack();
  await answer(page, 'Stay');
  expect(await title.inputValue()).toBe('Loaves');
  await waitForEqual(() => page.url(), `${url}/#/empty`);
  // Nothing is left to ask for once it is stored.
  await page.getByRole('button', { name: 'Create counter' }).click();
  await findTile(page, 'loaves').waitFor();
  await page.evaluate(() => void (location.hash = '#/main'));
  await findTile(page, 'orders').waitFor();
});

/** Targets, thresholds and lowest values: typed in one way, refused where they mean nothing, written exactly. */
import type { Locator, Page } from 'playwright-core';
import { openPage } from '../support/browser.js';
import { findTile } from '../support/dashboard-page.js';
import { findButton, openSettings, startEditing, startStore } from '../support/editor-page.js';

async function openRevenue(): Promise<{ readonly page: Page; readonly dialog: Locator; readonly call: StoreCall }> {
  const { url, call } = await startStore();
  const page = await openPage(`${url}/#/store`, { expectedErrors: [/status of 40[09]/] });
  await startEditing(page);
  return { page, dialog: await openSettings(page, 'Revenue'), call };
}
type StoreCall = Awaited<ReturnType<typeof startStore>>['call'];

async function fill(dialog: Locator, name: string | RegExp, text: string): Promise<void> {
  const field = dialog.getByRole('textbox', { name });
  await field.fill(text);
  await field.press('Tab');
}

it('a target and a threshold with decimals are written with them, in the preview and on the tile', async () => {
  const { page, dialog } = await openRevenue();
  await fill(dialog, /^Value/, '12.50');
  await dialog.getByText('of €12.50').waitFor();
  await dialog.getByRole('button', { name: 'Add “Bad”' }).click();
  await fill(dialog, 'Bad from', '4.25');
  await dialog.locator('.said', { hasText: 'From €4.25' }).waitFor({ state: 'attached' });
  await fill(dialog, /^Value/, '1,000');
  await dialog.getByText(/of €1,000$/).waitFor();
  await fill(dialog, /^Value/, '1,000.05');
  await findButton(page, 'Save').last().click();
  await dialog.waitFor({ state: 'detached' });
  await findButton(page, 'Done').click();
  await findTile(page, 'revenue').getByText('of €1,000.05').waitFor();
  await findTile(page, 'revenue').locator('.said', { hasText: 'From €4.25' }).waitFor({ state: 'attached' });
});

it('a comma that groups nothing is refused with an example, wherever a number is typed', async () => {
  const { page, dialog } = await openRevenue();
  for (const name of [/^Value/, /^Lowest value/]) {
    await fill(dialog, name, '12,5');
    await dialog.getByText('12,5 is not a number. Write it like 1,248.50.').waitFor();
    await fill(dialog, name, '');
  }
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await findButton(page, 'Done').click();
  await findTile(page, 'revenue').focus();
  await page.keyboard.press('Enter');
  const sheet = page.getByRole('dialog');
  await sheet.getByLabel('Amount to add').fill('12,5');
  await sheet.getByText('12,5 is not a number. Write it like 1,248.50.').waitFor();
});

it('targets and thresholds below the lowest value are refused beside their fields, and by the service', async () => {
  const { dialog, call } = await openRevenue();
  await fill(dialog, /^Value/, '-3');
  await dialog.getByText('Must be at least €0.00: the counter never goes below that.').waitFor();
  await fill(dialog, /^Value/, '0');
  await dialog.getByText('Must not be 0. Leave it empty for no target.').waitFor();
  await fill(dialog, /^Value/, '4');
  await dialog.getByRole('button', { name: 'Add “Bad”' }).click();
  await fill(dialog, 'Bad from', '3');
  await fill(dialog, /^Lowest value/, '5');
  const atLeast = dialog.getByText('Must be at least €5.00: the counter never goes below that.');
  await atLeast.nth(1).waitFor();
  const { status, body } = await call('PATCH /dashboards/store', {
    counters: { revenue: { target: { value: -300 } } },
  });
  expect([status, body.code, body.errors]).toEqual([
    400,
    'invalid-request',
    [
      {
        pointer: '/counters/revenue/target/value',
        detail: 'must be at least 0, since the counter never goes below it: raise it, or lower min',
      },
    ],
  ]);
});

it('an empty title is refused in every form that has one', async () => {
  const { page, dialog } = await openRevenue();
  const check = async (form: Locator, button: string): Promise<void> => {
    await fill(form, 'Title', ' ');
    await form.getByRole('button', { name: button }).click();
    await form.getByText('Enter a title.').waitFor();
    await form.getByRole('button', { name: 'Cancel' }).click();
    await form.waitFor({ state: 'detached' });
  };
  await check(dialog, 'Save');
  await check(await openSettings(page, 'Average basket'), 'Save');
  await findButton(page, 'Board settings').click();
  await check(page.getByRole('dialog', { name: 'Board settings' }), 'Save');
});

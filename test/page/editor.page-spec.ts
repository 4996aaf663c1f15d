/** Boards made and arranged in the page: from nothing to a target, by drag and keys, by two editors. */
import type { Locator, Page } from 'playwright-core';
import type { ApiCall } from '../support/api-client.js';
import { findAccessibilityFaults, openPage, saveScreenshot } from '../support/browser.js';
import { findAlert, findTile, readTileValues, waitForEqual, waitForState } from '../support/dashboard-page.js';
import { startApp } from '../support/app.js';
import {
  DEFINITION,
  findButton,
  findGrip,
  GROUPS,
  openSettings,
  startEditing,
  startStore,
} from '../support/editor-page.js';
import { createCaller } from '../support/api-client.js';
import { defineShop, SECRETS, TOKEN_CONFIG } from '../support/token-service.js';

const findBar = (page: Page) => page.getByRole('banner');

/** Reads the progress towards the target of a tile. */
const readTarget = async (tile: Locator): Promise<string> =>
  (await tile.getByRole('progressbar').getAttribute('aria-valuetext')) ?? '';

/** Reads the tiles of the editor, by group. */
const readArrangement = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll('[data-group-section]')].map((group) =>
      [...group.querySelectorAll('[data-arranged]')].map((tile) => tile.getAttribute('data-arranged')).join(' '),
    ),
  );

/** Reads the tiles of a board that is not edited, in their order. */
const readOrder = async (page: Page): Promise<string> => Object.keys(await readTileValues(page)).join(' ');

const readLayout = async (call: ApiCall): Promise<unknown> =>
  (await call('GET /dashboards/store/definition')).body.layout.groups;

async function dragTile(page: Page, from: string, to: string): Promise<void> {
  const [start, end] = await Promise.all(
    [from, to].map((name) => page.locator(`[data-arranged="${name}"]`).boundingBox()),
  );
  if (!start || !end) throw new Error('a tile is not there');
  await page.mouse.move(start.x + start.width / 2, start.y + 60);
  await page.mouse.down();
  await page.mouse.move(start.x + start.width / 2 + 30, start.y + 90, { steps: 4 });
  await page.mouse.move(end.x + 20, end.y + end.height / 2, { steps: 8 });
  await page.mouse.up();
}

it('from an empty service to a board with a counter and its target takes nine steps and no terminal', async () => {
  const { url } = await startApp();
  let steps = 0;
  const page = await openPage(`${url}/`);
  const step = async (act: Promise<unknown>): Promise<void> => {
    await act;
    steps += 1;
  };
  await step(findButton(page, 'Main').click());
  await step(findButton(page, 'New board').click());
  const dialog = page.getByRole('dialog', { name: 'New board' });
  await step(dialog.getByRole('textbox', { name: 'Title' }).fill('Corner shop'));
  await step(dialog.getByRole('button', { name: 'Create board' }).click());
  // The first board is empty too, and asks the same.
  await page.getByRole('heading', { level: 1, name: 'Corner shop' }).waitFor();
  await page.getByRole('heading', { name: 'What do you want to see live?' }).waitFor();
  await waitForEqual(() => page.url(), `${url}/#/corner-shop`);
  await step(page.getByRole('radio', { name: /^Money/ }).check());
  await step(page.getByRole('textbox', { name: 'Title' }).fill('Revenue'));
  await step(page.getByRole('textbox', { name: /^Target/ }).fill('1,900.50'));
  const target = /of €1,900\.50|of €1,90[01]/;
  await waitForEqual(async () => target.test(await readTarget(page.getByRole('complementary'))), true);
  await saveScreenshot(page, 'editor-first-counter');
  await step(findButton(page, 'Create counter').click());
  const tile = findTile(page, 'revenue').first();
  await tile.getByRole('progressbar', { name: 'Target' }).waitFor();
  await tile.hover();
  await step(findButton(page, 'Add one to Revenue').click());
  await waitForEqual(() => readTileValues(page), { revenue: 100 });
  expect(await readTarget(tile)).toMatch(target);
  expect(steps).toBe(9);
});

it('an empty service offers a demo with a past of 14 days, and the command that keeps it moving', async () => {
  const { url } = await startApp();
  const page = await openPage(`${url}/`);
  await page.getByText(`tallyboard demo ${url}/ --from now --speed 1`).waitFor();
  await findButton(page, 'Fill with a demo shop of 14 days').click();
  await page.getByRole('heading', { level: 1, name: 'Demo shop' }).waitFor();
  await findTile(page, 'visits').waitFor();
  const { body } = await createCaller(url)('GET /dashboards/demo');
  expect(body.revision).toBe(1);
  expect(body.counters.visits).toBeGreaterThan(50_000);
});

it('a board arranged by drag and by keys is stored, and followed live by an open board and a wall', async () => {
  const { url, call } = await startStore();
  const [page, board, wall] = await Promise.all(
    ['#/store', '#/store', '?kiosk#/store'].map((path) => openPage(`${url}/${path}`)),
  );
  if (!page || !board || !wall) throw new Error('a page is not open');
  await waitForState(board, 'live');
  await startEditing(page);
  await findGrip(page, 'Orders').focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Escape');
  await waitForEqual(() => readArrangement(page), ['revenue orders visits', 'stock', 'basket']);
  for (const key of ['Space', 'ArrowRight', 'ArrowRight', 'Space', '1']) await page.keyboard.press(key);
  await waitForEqual(() => readArrangement(page), ['revenue visits', 'orders stock', 'basket']);
  expect(await findGrip(page, 'Orders').evaluate((grip) => grip === document.activeElement)).toBe(true);
  await dragTile(page, 'basket', 'visits');
  await waitForEqual(() => readArrangement(page), ['revenue basket visits', 'orders stock', '']);
  await findButton(page, 'Show Refunds').click();
  await findGrip(page, 'Visits').focus();
  await page.keyboard.press('h');
  await page.getByRole('textbox', { name: 'Name of the group' }).first().fill('Today');
  await page.keyboard.press('Enter');
  await findButton(page, 'Move the group Warehouse').press('ArrowUp');
  await waitForEqual(() => readArrangement(page), ['orders stock refunds', 'revenue basket', '']);
  await findButton(page, 'Undo the last change').click();
  await findBar(page).getByText('6 changes, not saved').waitFor();
  await findButton(page, 'Undo the last change').click();
  await findBar(page).getByText('5 changes, not saved').waitFor();
  expect(await readLayout(call)).toEqual(GROUPS);
  await findButton(page, 'Save').click();
  await findButton(page, 'Edit').waitFor();
  const groups = [
    {
      title: 'Sales',
      tiles: [{ show: 'revenue', size: 'large' }, { show: 'basket' }, { show: 'visits', hidden: true }],
    },
    { title: 'Warehouse', tiles: [{ show: 'orders', size: 'small' }, { show: 'stock' }, { show: 'refunds' }] },
  ];
  expect(await readLayout(call)).toEqual(groups);
  for (const one of [page, board]) await waitForEqual(() => readOrder(one), 'revenue basket orders stock refunds');
  await waitForEqual(async () => (await readOrder(wall)).includes('visits'), false);
});

it('a second editor is told and keeps both, or what both have changed', async () => {
  const { url, call } = await startStore();
  const page = await openPage(`${url}/#/store`, { expectedErrors: [/status of 412/] });
  await startEditing(page);
  await findGrip(page, 'Stock').focus();
  await page.keyboard.press('3');
  const [sales, warehouse] = GROUPS;
  const theirs = [{ ...sales, tiles: [{ show: 'orders' }, { show: 'revenue', size: 'large' }, { show: 'visits' }] }];
  await call('PATCH /dashboards/store', { layout: { groups: [...theirs, warehouse] } });
  await page.getByText('Somebody else saved this board').waitFor();
  await page.getByText(/was moved\. Your changes touch other tiles, so both can be kept\./).waitFor();
  await findButton(page, 'Keep both').click();
  await waitForEqual(() => readArrangement(page), ['orders revenue visits', 'stock', 'basket']);
  // Other parts of the definition do not matter to the layout.
  await call('PATCH /dashboards/store', { counters: { visits: { title: 'Visitors' } } });
  await findGrip(page, 'Visitors').waitFor();
  await findButton(page, 'Save').click();
  await findButton(page, 'Edit').waitFor();
  expect(await readLayout(call)).toMatchObject([...theirs, { tiles: [{ show: 'stock', size: 'large' }, {}] }, {}]);

  await startEditing(page);
  await findGrip(page, 'Stock').focus();
  await page.keyboard.press('1');
  await call('PATCH /dashboards/store', { layout: { groups: GROUPS } });
  await page.getByText('You have changed Stock too: keeping both keeps yours.').waitFor();
  await findButton(page, 'Discard mine').click();
  await findBar(page).getByText('No changes yet').waitFor();
  await waitForEqual(() => readArrangement(page), ['revenue orders visits', 'stock', 'basket']);
});

it('the settings of a tile are checked as they are typed, stored, and refused at their field', async () => {
  const { url, call } = await startStore();
  const page = await openPage(`${url}/#/store`, { locale: 'en-AT', expectedErrors: [/status of 4(00|09)/] });
  await startEditing(page);
  const dialog = await openSettings(page, 'Revenue');
  const fill = async (name: string | RegExp, text: string): Promise<void> => {
    await dialog.getByRole('textbox', { name }).fill(text);
    await page.keyboard.press('Tab');
  };
  await fill('Title', 'Turnover');
  await dialog.getByRole('article', { name: 'Turnover' }).waitFor();
  await fill(/^Value/, '19000,5');
  expect(await dialog.getByRole('textbox', { name: /^Value/ }).inputValue()).toBe('19.000,50');
  for (const level of ['Bad', 'Warning', 'Good']) await dialog.getByRole('button', { name: `Add “${level}”` }).click();
  await fill('Bad from', '0');
  await fill('Warning from', '4.000');
  await fill('Good from', '3500');
  await dialog.getByText('Must be above the one before: more than € 4.000,00.').waitFor();
  await dialog.getByText('1 field needs a look').waitFor();
  await saveScreenshot(page, 'editor-settings');
  await fill('Good from', '6000');
  await dialog.getByRole('combobox', { name: 'Shows' }).selectOption('This week');
  // The service refuses it: the counter holds 5,000.
  await fill(/^Lowest value/, '6000');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('is at € 5.000,00: choose a lowest value').waitFor();
  await fill(/^Lowest value/, '');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  const { body } = await call('GET /dashboards/store/definition');
  expect(body.counters.revenue).toEqual({
    title: 'Turnover',
    currency: 'EUR',
    scale: 2,
    headline: 'week',
    min: null,
    target: { value: 1_900_050 },
    thresholds: [
      { at: 0, level: 'bad' },
      { at: 400_000, level: 'warn' },
      { at: 600_000, level: 'good' },
    ],
  });
  expect(body.measures).toEqual(DEFINITION.measures);
});

it('measures are made in the page, and deleted with the name typed before the counter that they need', async () => {
  const { url, call } = await startStore();
  const page = await openPage(`${url}/#/store`, { expectedErrors: [/status of 409/] });
  await startEditing(page);
  await findBar(page).getByRole('button', { name: 'Measure' }).click();
  const created = page.getByRole('dialog', { name: 'New measure' });
  await created.getByRole('radio', { name: /^A sum/ }).check();
  await created.getByRole('combobox', { name: 'Counter 1', exact: true }).selectOption('Orders');
  await created.getByRole('combobox', { name: 'Counter 2', exact: true }).selectOption('Visits');
  await created.getByRole('textbox', { name: 'Title' }).fill('Contacts');
  await created.getByRole('button', { name: 'Create measure' }).click();
  await created.waitFor({ state: 'detached' });
  expect((await call('GET /dashboards/store/definition')).body.measures).toMatchObject({
    basket: {},
    contacts: { title: 'Contacts', sum: ['orders', 'visits'], headline: 'day' },
  });

  const remove = async (title: string, name: string, button: string): Promise<void> => {
    const dialog = await openSettings(page, title);
    await dialog.getByRole('textbox', { name: `Type ${name} to delete it` }).fill(name);
    await dialog.getByRole('button', { name: button }).click();
    await dialog.waitFor({ state: 'detached' });
    await findGrip(page, title).waitFor({ state: 'detached' });
  };
  const visits = await openSettings(page, 'Visits');
  await visits.getByText('Contacts needs this counter: delete that first.').waitFor();
  expect(await visits.getByRole('textbox', { name: 'Type visits to delete it' }).isDisabled()).toBe(true);
  await visits.getByRole('button', { name: 'Cancel' }).click();
  await remove('Contacts', 'contacts', 'Delete measure');
  await remove('Visits', 'visits', 'Delete counter');
  const { body } = await call('GET /dashboards/store/definition');
  expect(Object.keys(body.counters)).toEqual(['revenue', 'orders', 'stock', 'refunds']);
});

it('the settings of a board are stored, and a board is deleted with its name typed', async () => {
  const { url, call } = await startStore();
  const page = await openPage(`${url}/#/store`, { expectedErrors: [/status of 40[04]/] });
  await startEditing(page);
  await findButton(page, 'Board settings').click();
  const dialog = page.getByRole('dialog', { name: 'Board settings' });
  await dialog.getByRole('combobox', { name: 'Time zone' }).fill('Mars/Olympus');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText(/not a known time zone/).waitFor();
  await dialog.getByRole('combobox', { name: 'Time zone' }).fill('Europe/Berlin');
  await dialog.getByRole('combobox', { name: 'Week begins on' }).selectOption('Sunday');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  const settings = { title: 'Store', timeZone: 'Europe/Berlin', weekStartsOn: 'sunday', layout: { groups: GROUPS } };
  expect((await call('GET /dashboards/store/definition')).body).toMatchObject(settings);
  await findButton(page, 'Board settings').click();
  const typed = dialog.getByRole('textbox', { name: 'Type store to delete it' });
  await typed.fill('store');
  await typed.press('Enter');
  await waitForEqual(() => page.url(), `${url}/#/main`);
  expect((await call('GET /dashboards/store')).status).toBe(404);
});

it('a reader and a clerk see no way to edit', async () => {
  const { url } = await startApp(TOKEN_CONFIG);
  await defineShop(url);
  const page = await openPage(`${url}/#/shop`, { expectedErrors: [/status of 401/, /Authentication failed/] });
  for (const token of [SECRETS.reader, SECRETS.clerk]) {
    await page.evaluate((text) => sessionStorage.setItem('tallyboard token of /', text), token);
    await page.reload();
    await waitForState(page, 'live');
    const isClerk = token === SECRETS.clerk;
    if (isClerk) await findTile(page, 'sales').locator('.steps').waitFor({ state: 'attached' });
    await page.keyboard.press('e');
    await page.locator('.brand h1 button').click();
    await page.getByRole('navigation', { name: 'Boards' }).getByRole('link').first().waitFor();
    expect(await page.getByRole('button', { name: /^(Edit|New board)$/ }).count()).toBe(0);
    expect(await page.locator('.editing').count()).toBe(0);
    expect(await findAlert(page).filter({ hasText: /\S/ }).count()).toBe(0);
  }
});

it.each(['light', 'dark'] as const)(
  'edit mode and its dialogs have no accessibility faults in %s',
  async (colorScheme) => {
    const { url, call } = await startStore();
    await call('PUT /dashboards/empty', {});
    const page = await openPage(`${url}/#/store`, { colorScheme });
    await startEditing(page);
    await findGrip(page, 'Orders').click();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await saveScreenshot(page, `editor-arrange-${colorScheme}`);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Orders' }).waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await findBar(page).getByRole('button', { name: 'Counter' }).click();
    await page.getByRole('dialog', { name: 'New counter' }).waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await findButton(page, 'Board settings').click();
    await page.getByRole('dialog', { name: 'Board settings' }).waitFor();
    expect(await findAccessibilityFaults(page)).toEqual([]);
    const empty = await openPage(`${url}/#/empty`, { colorScheme });
    await empty.getByRole('heading', { name: 'What do you want to see live?' }).waitFor();
    expect(await findAccessibilityFaults(empty)).toEqual([]);
  },
);

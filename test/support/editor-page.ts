/** A board to edit, and how its editor is operated. */
import type { Locator, Page } from 'playwright-core';
import { startShop } from './api-client.js';

export const GROUPS = [
  { title: 'Sales', tiles: [{ show: 'revenue', size: 'large' }, { show: 'orders' }, { show: 'visits' }] },
  { title: 'Warehouse', tiles: [{ show: 'stock' }, { show: 'refunds', hidden: true }] },
];
export const DEFINITION = {
  title: 'Store',
  counters: {
    revenue: { title: 'Revenue', currency: 'EUR' },
    orders: { title: 'Orders' },
    visits: { title: 'Visits' },
    stock: { title: 'Stock', kind: 'gauge' },
    refunds: { title: 'Refunds' },
  },
  measures: { basket: { title: 'Average basket', ratio: ['revenue', 'orders'], currency: 'EUR' } },
  layout: { groups: GROUPS },
};

/** Starts a service with the board `store`. */
export async function startStore() {
  const { url, call } = await startShop();
  await call('PUT /dashboards/store', DEFINITION);
  await call('POST /dashboards/store/changes', {
    changes: [
      { counter: 'revenue', by: 500_000 },
      { counter: 'orders', by: 100 },
    ],
  });
  return { url, call };
}

export const findGrip = (page: Page, title: string) => page.getByRole('button', { name: `Move ${title}`, exact: true });
export const findButton = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });

export async function startEditing(page: Page): Promise<void> {
  await findButton(page, 'Edit').click();
  await findButton(page, 'Done').waitFor();
}

/** Opens the settings of a tile of the editor. @returns their dialog */
export async function openSettings(page: Page, title: string): Promise<Locator> {
  await findGrip(page, title).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: title });
  await dialog.waitFor();
  return dialog;
}

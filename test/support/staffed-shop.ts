/** A shop whose numbers people with tokens change and everybody may see, and the page as each of them sees it. */
import type { Page } from 'playwright-core';
import type { ApiResponse } from './api-client.js';
import { createCaller } from './api-client.js';
import { startApp } from './app.js';
import { openPage, type OpenPageOptions } from './browser.js';
import { waitForState } from './dashboard-page.js';
import { authorizeWith, SECRETS, TOKEN_CONFIG } from './token-service.js';

/** `reader`: may look. `clerk`: may change. `admin`: may do all. */
export type Staff = 'reader' | 'clerk' | 'admin';

const COUNTERS = {
  sales: { title: 'Sales', singular: 'sale' },
  revenue: { title: 'Revenue', currency: 'EUR', scale: 2 },
  stock: {
    title: 'Mugs in stock',
    kind: 'gauge',
    unit: 'pcs',
    thresholds: [
      { at: 0, level: 'bad' },
      { at: 40, level: 'good' },
    ],
  },
};

interface StaffPageOptions extends OpenPageOptions {
  readonly query?: string;
  /** Connection state to wait for. */
  readonly state?: string;
}

/** Starts the service with the counters `sales`, `revenue` and `stock` of the dashboard `shop`. */
export async function startStaffedShop() {
  const app = await startApp({ ...TOKEN_CONFIG, ALLOW_ANONYMOUS: 'read' });
  const call = createCaller(app.url);
  await call('PUT /dashboards/shop', { title: 'Shop', counters: COUNTERS }, authorizeWith(SECRETS.admin));
  const change = async (who: Staff, changes: readonly object[], reason?: string): Promise<ApiResponse> =>
    call('POST /dashboards/shop/changes', { changes, reason }, authorizeWith(SECRETS[who]));
  const undo = (who: Staff, revision: number): Promise<ApiResponse> =>
    call('POST /dashboards/shop/changes', { undoes: revision }, authorizeWith(SECRETS[who]));
  const openAs = async (who: Staff, options: StaffPageOptions = {}): Promise<Page> => {
    const { query = '', state = 'live', prepare, ...rest } = options;
    const page = await openPage(`${app.url}/${query}#/shop`, {
      ...rest,
      prepare: async (opened) => {
        await opened.addInitScript((token) => sessionStorage.setItem('tallyboard token of /', token), SECRETS[who]);
        await prepare?.(opened);
      },
    });
    await waitForState(page, state);
    return page;
  };
  const readValues = async (): Promise<Record<string, number>> =>
    (await call('GET /dashboards/shop')).body.counters as Record<string, number>;
  return { ...app, call, change, undo, openAs, readValues };
}

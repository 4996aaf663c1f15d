/** The dashboards of a run. */
import type { DashboardDefinition } from '../../src/store/store.js';

export interface DashboardPlan {
  readonly name: string;
  readonly counters: readonly string[];
  readonly gauges: readonly string[];
  /** Absent for the dashboard that every service has. */
  readonly definition?: DashboardDefinition;
}

export const MAIN_PLAN: DashboardPlan = { name: 'main', counters: ['orders', 'customers', 'products'], gauges: [] };

export const SHOP_PLAN: DashboardPlan = {
  name: 'shop',
  counters: ['sold', 'returned'],
  gauges: ['stock'],
  definition: { title: 'Shop', counters: { sold: {}, returned: {}, stock: { kind: 'gauge' } } },
};

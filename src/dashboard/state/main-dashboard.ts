/** The dashboard of the short routes. It exists from the first start and cannot be deleted. */
import type { CounterDefinition } from '../../counters/counters.js';
import type { DashboardDefinition } from '../../store/store.js';

export const MAIN_DASHBOARD = 'main';
export const MAIN_DEFINITION = {
  title: 'Main',
  counters: {
    orders: { title: 'Orders', unit: 'order' },
    customers: { title: 'Customers', unit: 'customer' },
    products: { title: 'Products', unit: 'product' },
  } satisfies Record<string, CounterDefinition>,
} satisfies DashboardDefinition;

/** The dashboard of the short routes. It exists from the first start and cannot be deleted. */
import type { CounterDefinition } from '../../counters/definition.js';
import type { DashboardDefinition } from '../../store/store.js';

export const MAIN_DASHBOARD = 'main';
export const MAIN_DEFINITION = {
  title: 'Main',
  counters: {
    orders: { title: 'Orders', singular: 'order' },
    customers: { title: 'Customers', singular: 'customer' },
    products: { title: 'Products', singular: 'product' },
  } satisfies Record<string, CounterDefinition>,
} satisfies DashboardDefinition;

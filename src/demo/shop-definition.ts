/** The definition of the demo's dashboard: what the simulated shop counts, its targets, and how the numbers read. */
import type { CounterDefinition, DashboardSettings } from '../counters/definition.js';
import type { ShopCounter } from './shop-day.js';

/** The shop's time zone: its days begin at midnight there, and `--from now` is the time of day there. */
export const SHOP_TIME_ZONE = 'Europe/Berlin';

/** Targets of a day. The shop takes some 200 orders of 45 euros: a busy day reaches both, and a quiet one none. */
const [ORDERS_TARGET, REVENUE_TARGET_CENTS] = [200, 900_000];

export const SHOP_DEFINITION: DashboardSettings & {
  readonly counters: Readonly<Record<ShopCounter, CounterDefinition>>;
} = {
  title: 'Demo shop',
  timeZone: SHOP_TIME_ZONE,
  counters: {
    revenue: {
      title: 'Revenue',
      currency: 'EUR',
      headline: 'day',
      target: { value: REVENUE_TARGET_CENTS, per: 'day' },
    },
    orders: {
      title: 'Orders',
      singular: 'order',
      headline: 'day',
      target: { value: ORDERS_TARGET, per: 'day' },
      thresholds: [
        { at: 0.75 * ORDERS_TARGET, level: 'warn' },
        { at: ORDERS_TARGET, level: 'good' },
      ],
    },
    visits: { title: 'Visits', singular: 'visit', headline: 'day' },
    customers: { title: 'Customers', singular: 'customer' },
    stock: {
      title: 'Stock',
      kind: 'gauge',
      unit: 'pieces',
      singular: 'piece',
      goodWhen: 'up',
      thresholds: [
        { at: 0, level: 'bad' },
        { at: 100, level: 'warn' },
        { at: 200, level: 'good' },
      ],
    },
  },
  measures: {
    conversion: { title: 'Conversion', ratio: ['orders', 'visits'], percent: true, headline: 'day' },
    basket: { title: 'Average basket', ratio: ['revenue', 'orders'], currency: 'EUR', headline: 'day' },
  },
  layout: {
    groups: [
      {
        title: 'Today',
        tiles: [{ show: 'revenue', size: 'large' }, { show: 'orders' }, { show: 'conversion' }],
      },
      { title: 'Shop', tiles: [{ show: 'visits' }, { show: 'basket' }, { show: 'stock' }, { show: 'customers' }] },
    ],
  },
};

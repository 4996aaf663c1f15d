/** Counters of a shop with money, targets and a gauge with levels, for tests of what tiles show. */

export const MEASURED_COUNTERS = {
  orders: { title: 'Orders', headline: 'day', target: { value: 300, per: 'day' } },
  revenue: { title: 'Revenue', currency: 'EUR', headline: 'day', target: { value: 500_000, per: 'month' } },
  returns: { title: 'Returns', unit: 'parcels', goodWhen: 'down', target: { value: 5, per: 'day' } },
  stock: {
    title: 'Stock',
    kind: 'gauge',
    scale: 1,
    unit: 'kg',
    thresholds: [
      { at: 0, level: 'bad' },
      { at: 400, level: 'warn' },
      { at: 800, level: 'good' },
    ],
  },
} as const;

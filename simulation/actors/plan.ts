/** The dashboards of a run. */
import type { RuleCondition } from '../../src/rules/rule.js';
import type { DashboardDefinition } from '../../src/store/store.js';

export interface RulePlan {
  readonly name: string;
  readonly when: RuleCondition;
  readonly clearsAt?: number;
}

export interface DashboardPlan {
  readonly name: string;
  readonly counters: readonly string[];
  readonly gauges: readonly string[];
  /** Counters that come and go. */
  readonly passing: readonly string[];
  /** Absent for the dashboard that every service has. */
  readonly definition?: DashboardDefinition;
  readonly rules: readonly RulePlan[];
  /** Time after full hours of UTC at which its hours begin, milliseconds. Its days begin at midnight, UTC. */
  readonly hourOffsetMs: number;
}

export const MAIN_PLAN: DashboardPlan = {
  name: 'main',
  counters: ['orders', 'customers', 'products'],
  gauges: [],
  passing: ['tips', 'visits'],
  rules: [
    { name: 'busy', when: { of: 'orders', above: 12 }, clearsAt: 6 },
    { name: 'nobody', when: { of: 'customers', below: 3 } },
    { name: 'rush', when: { of: 'orders', in: 'hour', above: 8 }, clearsAt: 5 },
    { name: 'quiet', when: { of: 'products', silentFor: 'PT2M' } },
  ],
  hourOffsetMs: 0,
};

export const SHOP_PLAN: DashboardPlan = {
  name: 'shop',
  counters: ['sold', 'returned'],
  gauges: ['stock'],
  passing: ['broken'],
  rules: [
    { name: 'low', when: { of: 'stock', below: 30 }, clearsAt: 60 },
    { name: 'full', when: { of: 'stock', above: 80 } },
  ],
  definition: {
    title: 'Shop',
    timeZone: 'Asia/Kathmandu',
    dayStartsAt: '05:45',
    counters: { sold: { scale: 2 }, returned: { scale: 2 }, stock: { kind: 'gauge' } },
    measures: {
      net: { sum: ['sold', '-returned'], scale: 1 },
      share: { ratio: ['returned', 'sold'], percent: true },
    },
  },
  hourOffsetMs: 15 * 60_000,
};

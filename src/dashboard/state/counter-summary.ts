/** Summarizes counters for metrics, which show a bounded number of them. */
import type { CounterStore } from '../../store/store.js';
import { DashboardState } from './dashboard-state.js';
import { MAIN_DASHBOARD } from './main-dashboard.js';
import { readIfExists } from './read-if-exists.js';

export interface CounterSummary {
  /** States that hold the first counters: at least as many counters as requested, if they exist. */
  readonly states: readonly DashboardState[];
  readonly dashboardCount: number;
  readonly counterCount: number;
}

export function summarizeStates(states: ReadonlyMap<string, DashboardState>): CounterSummary {
  let total = 0;
  for (const { counterCount } of states.values()) total += counterCount;
  return { states: [...states.values()], dashboardCount: states.size, counterCount: total };
}

/**
 * Summarizes a shared store: `main` first, then the others by name. Looks at no more than `maxCounters` dashboards, so
 * the counts leave out those that come after.
 * @throws TallyError `store-unavailable`
 */
export async function readCounterSummary(store: CounterStore, maxCounters: number): Promise<CounterSummary> {
  const summaries = await store.listDashboards('', maxCounters);
  const [main, others] = [
    summaries.filter(({ name }) => name === MAIN_DASHBOARD),
    summaries.filter(({ name }) => name !== MAIN_DASHBOARD),
  ];
  const names: string[] = [];
  let total = 0;
  for (const { name, counterCount } of [...main, ...others]) {
    if (total < maxCounters) names.push(name);
    total += counterCount;
  }
  const dashboards = await Promise.all(names.map((name) => readIfExists(store, name)));
  const states = dashboards.flatMap((dashboard) => (dashboard ? [new DashboardState(dashboard)] : []));
  return { states, dashboardCount: summaries.length, counterCount: total };
}

/** The counters that come first, and how many there are: for metrics, which are bounded however many that is. */
import type { CounterStore } from '../../store/store.js';
import { DashboardState } from './dashboard-state.js';
import { MAIN_DASHBOARD } from './main-dashboard.js';
import { readIfExists } from './read-if-exists.js';

export interface CounterSummary {
  /** Those with the first counters: enough for as many as were wanted, where there are so many. */
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
 * Of a store whose dashboards have to be asked for: `main`, then the others in the order of their names. Of so many dashboards as
 * counters are wanted, all are counted; what comes after them is left out.
 * @param maxCounters counters
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

/** The counters that come first, and how many there are: for metrics, which are bounded however many that is. */
import { TallyError } from '../../counters/errors.js';
import type { CounterStore } from '../../store/store.js';
import { DashboardState } from './dashboard-state.js';
import { MAIN_DASHBOARD } from './main-dashboard.js';

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
  const briefs = await store.listDashboards('', maxCounters);
  const [main, others] = [
    briefs.filter(({ name }) => name === MAIN_DASHBOARD),
    briefs.filter(({ name }) => name !== MAIN_DASHBOARD),
  ];
  const wanted: string[] = [];
  let total = 0;
  for (const { name, counterCount } of [...main, ...others]) {
    if (total < maxCounters) wanted.push(name);
    total += counterCount;
  }
  const states = await Promise.all(wanted.map((name) => readStateIfExists(store, name)));
  return { states: states.filter((state) => state !== undefined), dashboardCount: briefs.length, counterCount: total };
}

/** It may have been removed a moment ago. */
async function readStateIfExists(store: CounterStore, name: string): Promise<DashboardState | undefined> {
  try {
    return new DashboardState(await store.readDashboard(name));
  } catch (error) {
    if (error instanceof TallyError && error.code === 'unknown-dashboard') return undefined;
    throw error;
  }
}

/** The counters that come first, and how many there are: for metrics, which are bounded however many that is. */
import { TallyError } from '../../counters/errors.js';
import type { CounterStore } from '../../store/store.js';
import { LivingState } from './dashboard-state.js';
import { MAIN } from './main-dashboard.js';

export interface Census {
  /** Those with the first counters: enough for as many as were wanted, where there are so many. */
  readonly states: readonly LivingState[];
  readonly dashboards: number;
  readonly counters: number;
}

export function censusOf(states: ReadonlyMap<string, LivingState>): Census {
  let counters = 0;
  for (const { counterCount } of states.values()) counters += counterCount;
  return { states: [...states.values()], dashboards: states.size, counters };
}

/**
 * Of a store whose dashboards have to be asked for: `main`, then the others in the order of their names. Of so many dashboards as
 * counters are wanted, all are counted; what comes after them is left out.
 * @param most counters
 * @throws TallyError `store-unavailable`
 */
export async function takeCensus(store: CounterStore, most: number): Promise<Census> {
  const briefs = await store.listDashboards('', most);
  const [main, others] = [briefs.filter(({ name }) => name === MAIN), briefs.filter(({ name }) => name !== MAIN)];
  const wanted: string[] = [];
  let counters = 0;
  for (const { name, counterCount } of [...main, ...others]) {
    if (counters < most) wanted.push(name);
    counters += counterCount;
  }
  const states = await Promise.all(wanted.map((name) => readIfThere(store, name)));
  return { states: states.filter((state) => state !== undefined), dashboards: briefs.length, counters };
}

/** It may have been removed a moment ago. */
async function readIfThere(store: CounterStore, name: string): Promise<LivingState | undefined> {
  try {
    return new LivingState(await store.readDashboard(name));
  } catch (error) {
    if (error instanceof TallyError && error.code === 'unknown-dashboard') return undefined;
    throw error;
  }
}

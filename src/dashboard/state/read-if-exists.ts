/** Reads dashboards that may have been removed a moment ago. */
import type { Dashboard } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import type { CounterStore } from '../../store/store.js';

/** @throws TallyError `store-unavailable` */
export async function readIfExists(store: CounterStore, dashboard: string): Promise<Dashboard | undefined> {
  try {
    return await store.readDashboard(dashboard);
  } catch (error) {
    if (isUnknownDashboard(error)) return undefined;
    throw error;
  }
}

export function isUnknownDashboard(error: unknown): boolean {
  return error instanceof TallyError && error.code === 'unknown-dashboard';
}

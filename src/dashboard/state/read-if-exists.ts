/** Reads dashboards that may have been removed since they were listed. */
import type { Dashboard } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import type { CounterStore } from '../../store/store.js';

/** Resolves with undefined if the dashboard does not exist. @throws TallyError `store-unavailable` */
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

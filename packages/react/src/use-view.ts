/** Reads a dashboard in a component, which renders again when what it reads has changed. */
import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { Period } from '@tallyboard/client';
import type { DashboardView } from './dashboard-view.js';
import { useService } from './provider.js';
import type { DashboardHandle } from './service.js';

export interface ViewSource {
  /** Name of the dashboard. Default: that of the Provider. */
  readonly dashboard: string | undefined;
  /** Present periods to read. */
  readonly periods: readonly Period[];
  /** True to read the definition. */
  readonly definition: boolean;
}

/** Returns the dashboard of this name, or of the Provider: the same object in each render. */
export function useDashboardHandle(name: string | undefined): DashboardHandle {
  return useService().getDashboard(name);
}

/**
 * Subscribes a component to a dashboard.
 * @param select picks what the component shows, and returns the same object as long as that is the same. It must be the
 *   same function in each render, unless it picks something else
 */
export function useView<T>({ dashboard, periods, definition }: ViewSource, select: (view: DashboardView) => T): T {
  const handle = useDashboardHandle(dashboard);
  const periodList = periods.join();
  const subscribe = useCallback(
    (notify: () => void) => {
      const needs = { periods: periodList === '' ? [] : (periodList.split(',') as Period[]), definition };
      return handle.subscribe(notify, needs);
    },
    [handle, periodList, definition],
  );
  const read = useCallback(() => select(handle.view), [handle, select]);
  const initial = useMemo(() => select(handle.initialView), [handle, select]);
  return useSyncExternalStore(subscribe, read, () => initial);
}

/** `useDashboard`: all numbers of a dashboard, and how to read them. */
import { useMemo } from 'react';
import type { Period } from '@tallyboard/client';
import type { DashboardView } from './dashboard-view.js';
import { useDashboardHandle, useView } from './use-view.js';

export interface UseDashboardOptions {
  /** Default: the dashboard of the Provider. */
  readonly dashboard?: string | undefined;
  /** Present periods whose numbers to read too. */
  readonly periods?: readonly Period[] | undefined;
  /** True to read the definition too, now and whenever it changes: titles, units, scales, targets. Default: false. */
  readonly definition?: boolean | undefined;
}

/** A dashboard, and a way to connect again. */
export interface WatchedDashboard extends DashboardView {
  /** Watches again after the status `closed`, for example once the dashboard exists. Does nothing otherwise. */
  readonly reconnect: () => void;
}

/**
 * Shows a dashboard, live. The component renders again with each change of it.
 * @throws Error if there is no Provider above
 * @example const { snapshot, status } = useDashboard({ dashboard: 'shop', periods: ['day'] });
 */
export function useDashboard(options: UseDashboardOptions = {}): WatchedDashboard {
  const { dashboard, periods = [], definition = false } = options;
  const handle = useDashboardHandle(dashboard);
  const view = useView({ dashboard, periods, definition }, readWhole);
  return useMemo(() => ({ ...view, reconnect: () => handle.reconnect() }), [view, handle]);
}

const readWhole = (view: DashboardView): DashboardView => view;

/** `useCounter`: one number of a dashboard. */
import { useMemo } from 'react';
import type { Period, WatchStatus } from '@tallyboard/client';
import { findNumber } from '../../../src/measures/shown-number.js';
import type { DashboardView } from './dashboard-view.js';
import { useView } from './use-view.js';

export interface UseCounterOptions {
  /** Default: the dashboard of the Provider. */
  readonly dashboard?: string | undefined;
  /** The number of the present period, in the time zone of the dashboard, in place of the value. */
  readonly period?: Period | undefined;
}

/** A number, and how far it can be trusted. */
export interface CounterView {
  /**
   * An integer of the smallest unit, or the decimals of a measure, with own changes that are not confirmed yet. Null if
   * there is none: a ratio whose divisor is 0, the period of a gauge. Undefined until it is known, and if the dashboard
   * has no counter of this name.
   */
  readonly value: number | null | undefined;
  /** Freshness of the number. */
  readonly status: WatchStatus;
  /** True while an own change of this counter has no response. */
  readonly isPending: boolean;
}

/**
 * Shows a counter or a measure, live. The component renders again when the number or its status changes, and not when
 * other counters do.
 * @param name name of the counter or measure
 * @throws Error if there is no Provider above
 * @example const { value = 0 } = useCounter('orders', { period: 'day' });
 */
export function useCounter(name: string, { dashboard, period }: UseCounterOptions = {}): CounterView {
  const select = useMemo(() => createCounterReader(name, period), [name, period]);
  return useView({ dashboard, periods: period === undefined ? [] : [period], definition: false }, select);
}

/** Returns a function that reads a number, and returns the same object as long as nothing about it changes. */
function createCounterReader(name: string, period: Period | undefined): (view: DashboardView) => CounterView {
  let latest: CounterView | undefined;
  return ({ snapshot, status, pendingCounters }) => {
    const value = snapshot && findNumber(snapshot, name, period);
    const isPending = pendingCounters.has(name);
    if (latest?.value !== value || latest?.status !== status || latest.isPending !== isPending)
      latest = { value, status, isPending };
    return latest;
  };
}

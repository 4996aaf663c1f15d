/** What the resource routes answer with: dashboards, counters and the ledger as they are shown over HTTP. */
import type { CounterDefinition } from '../../counters/counters.js';
import type { DashboardSummary } from '../../store/store-events.js';
import type { LedgerEntry } from '../../store/store.js';
import type { DashboardState } from '../state/dashboard-state.js';

/** A page of the list of dashboards. */
export interface DashboardList {
  readonly dashboards: readonly DashboardSummary[];
  /** Name to go on after; absent on the last page. */
  readonly next?: string;
}

/** A counter: how it is declared, and its value. */
export interface CounterResponse extends CounterDefinition {
  readonly name: string;
  readonly value: number;
}

/** A dashboard: how it and its counters are declared, and where it stands. */
export interface DefinitionResponse {
  readonly dashboard: string;
  readonly title?: string;
  readonly epoch: string;
  readonly revision: number;
  /** Milliseconds since the Unix epoch of the last change set. */
  readonly at: number;
  readonly counters: Readonly<Record<string, CounterDefinition & { readonly value: number }>>;
}

/** A page of the ledger, oldest entry first. */
export interface LedgerPage {
  readonly dashboard: string;
  readonly epoch: string;
  readonly entries: readonly LedgerEntry[];
  /** Revision to go on after; absent on the last page. */
  readonly next?: number;
}

export function toCounterResponse(state: DashboardState, counter: string): CounterResponse {
  return { name: counter, ...state.getDefinition(counter), value: state.getValue(counter) ?? 0 };
}

export function toDefinitionResponse(state: DashboardState): DefinitionResponse {
  const { dashboard, title, epoch, revision, at } = state;
  const counters = [...state.counterNames].map((name) => {
    const { name: _, ...counter } = toCounterResponse(state, name);
    return [name, counter] as const;
  });
  return {
    dashboard,
    ...(title !== undefined && { title }),
    epoch,
    revision,
    at,
    counters: Object.fromEntries(counters),
  };
}

/** What the resource routes answer with: dashboards, counters and the ledger as they are shown over HTTP. */
import type { CounterDefinition } from '../../counters/counters.js';
import type { DashboardSummary } from '../../store/store-events.js';
import type { LedgerEntry } from '../../store/store.js';
import type { LivingState } from '../state/dashboard-state.js';

/** A page of the list of dashboards. */
export interface DashboardList {
  readonly dashboards: readonly DashboardSummary[];
  /** Name to go on after; absent on the last page. */
  readonly next?: string;
}

/** A counter: how it is declared, and its value. */
export interface CounterView extends CounterDefinition {
  readonly name: string;
  readonly value: number;
}

/** A dashboard: how it and its counters are declared, and where it stands. */
export interface DefinitionView {
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

export function counterViewOf(state: LivingState, counter: string): CounterView {
  return { name: counter, ...state.definitionOf(counter), value: state.valueOf(counter) ?? 0 };
}

export function definitionViewOf(state: LivingState): DefinitionView {
  const { dashboard, title, epoch, revision, at } = state;
  const counters = [...state.names].map((name) => {
    const { name: _, ...view } = counterViewOf(state, name);
    return [name, view] as const;
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

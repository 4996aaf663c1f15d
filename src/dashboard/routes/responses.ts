/** Response bodies of the resource routes. Field names are part of the HTTP API. `next` is absent on the last page. */
import type { CounterDefinition } from '../../counters/counters.js';
import type { DashboardSummary } from '../../store/store-events.js';
import type { LedgerEntry } from '../../store/store.js';
import type { DashboardState } from '../state/dashboard-state.js';

export interface DashboardList {
  readonly dashboards: readonly DashboardSummary[];
  readonly next?: string;
}

export interface CounterResponse extends CounterDefinition {
  readonly name: string;
  readonly value: number;
}

export interface DefinitionResponse {
  readonly dashboard: string;
  readonly title?: string;
  readonly epoch: string;
  readonly revision: number;
  /** Time of the last change set, milliseconds since the Unix epoch. */
  readonly at: number;
  readonly counters: Readonly<Record<string, CounterDefinition & { readonly value: number }>>;
}

export interface LedgerPage {
  readonly dashboard: string;
  readonly epoch: string;
  /** Oldest first. */
  readonly entries: readonly LedgerEntry[];
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

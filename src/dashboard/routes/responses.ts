/** Response bodies of the resource routes. Field names are part of the HTTP API. `next` is absent on the last page. */
import type { CounterDefinition, DashboardSettings, MeasureDefinition, Reckoning } from '../../counters/definition.js';
import type { DashboardSummary } from '../../store/store-events.js';
import type { LedgerEntry } from '../../counters/ledger-entry.js';
import type { DashboardState } from '../state/dashboard-state.js';

export interface DashboardList {
  readonly dashboards: readonly DashboardSummary[];
  readonly next?: string;
}

export interface CounterResponse extends CounterDefinition {
  readonly name: string;
  readonly value: number;
}

/** A derived measure. Null where the divisor is 0. */
export type MeasureResponse = MeasureDefinition & { readonly name: string; readonly value: number | null };

/** The definition as a resource. */
export interface DefinitionResource extends DashboardSettings {
  readonly dashboard: string;
  readonly version: number;
  readonly counters: Readonly<Record<string, CounterDefinition>>;
  /** Time zone, day start and week start, defaults included. */
  readonly resolved: Reckoning;
}

export interface DefinitionResponse extends DashboardSettings {
  readonly dashboard: string;
  /** Number of the definition: one more for each change of it. */
  readonly version: number;
  readonly epoch: string;
  readonly revision: number;
  /** Time of the last change set, milliseconds since the Unix epoch. */
  readonly at: number;
  readonly counters: Readonly<Record<string, CounterDefinition & { readonly value: number }>>;
}

export interface LedgerPage {
  readonly dashboard: string;
  readonly epoch: string;
  readonly entries: readonly LedgerEntry[];
  /** Revision of the last entry that was examined. */
  readonly next?: number;
}

export function toCounterResponse(state: DashboardState, counter: string): CounterResponse {
  return { name: counter, ...state.getDefinition(counter), value: state.getValue(counter) ?? 0 };
}

/** @returns undefined if the dashboard has no such measure */
export function toMeasureResponse(state: DashboardState, measure: string): MeasureResponse | undefined {
  const definitions = state.settings.measures ?? {};
  // A counter may be named `constructor`.
  const definition = Object.hasOwn(definitions, measure) ? definitions[measure] : undefined;
  if (!definition) return undefined;
  const { measures } = state.toSnapshot({ filter: new Set([measure]) });
  return { name: measure, ...definition, value: measures?.[measure] ?? null };
}

export function toDefinitionResponse(state: DashboardState): DefinitionResponse {
  const { dashboard, settings, version, epoch, revision, at } = state;
  const counters = [...state.counterNames].map((name) => {
    const { name: _, ...counter } = toCounterResponse(state, name);
    return [name, counter] as const;
  });
  return {
    dashboard,
    ...settings,
    version,
    epoch,
    revision,
    at,
    counters: Object.fromEntries(counters),
  };
}

export function toDefinitionResource(state: DashboardState, resolved: Reckoning): DefinitionResource {
  const { dashboard, version, settings } = state;
  return { dashboard, version, ...settings, counters: state.getDefinitions(), resolved };
}

/** Decides definitions and removals for the stores that decide in this process. Nothing is changed in place. */
import {
  advance,
  type AppliedChangeSet,
  applyChanges,
  type ChangeSet,
  type CounterDefinition,
  isRefusal,
} from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { createTallyError, type MutableDashboard } from './decide.js';
import type { DashboardDefinition, Limits } from '../store.js';

/** Reasons in the ledger entries of bookings. Part of the public API. */
const DEFINED_REASON = 'defined';
const DELETED_REASON = 'deleted';

/** The change set that records a definition or a removal in the ledger. */
export interface LedgerBooking {
  readonly changeSet: ChangeSet;
  readonly applied: AppliedChangeSet;
}

interface DefineResult {
  /** State after the definition and its booking. */
  readonly dashboard: MutableDashboard;
  /** Present if an existing dashboard gained counters. */
  readonly ledgerBooking?: LedgerBooking;
}

interface DefineContext {
  readonly existing: MutableDashboard | undefined;
  /** Number of existing dashboards. */
  readonly dashboardCount: number;
  readonly limits: Limits;
  /** Used if the dashboard is new. */
  readonly epoch: string;
  readonly nowMs: number;
  /** Actor for the ledger. */
  readonly who: string | undefined;
}

/**
 * Returns the dashboard as defined, with the values and totals of the existing one.
 * @throws TallyError `too-many-dashboards`, `too-many-counters`
 */
export function applyDefinition(name: string, definition: DashboardDefinition, context: DefineContext): DefineResult {
  const { existing, limits, nowMs } = context;
  const addedCounters = Object.keys(definition.counters).filter((counter) => !existing?.counters.has(counter));
  const counterCount = (existing?.counters.size ?? 0) + addedCounters.length;
  if (!existing && context.dashboardCount >= limits.maxDashboards) {
    throw createTooManyDashboardsError(context.dashboardCount);
  }
  if (addedCounters.length > 0 && counterCount > limits.maxCounters) {
    throw createTooManyCountersError(name, counterCount, limits);
  }
  const counters = new Map(existing?.counters);
  for (const [counter, { title, unit }] of Object.entries(definition.counters)) {
    const { value, added, removed } = counters.get(counter) ?? { value: 0, added: 0n, removed: 0n };
    const counterDefinition: CounterDefinition = {
      ...(title !== undefined && { title }),
      ...(unit !== undefined && { unit }),
    };
    counters.set(counter, { ...counterDefinition, value, added, removed });
  }
  const dashboard: MutableDashboard = {
    name,
    ...(definition.title !== undefined && { title: definition.title }),
    epoch: existing?.epoch ?? context.epoch,
    revision: existing?.revision ?? 0,
    at: existing?.at ?? nowMs,
    counters,
  };
  if (!existing || addedCounters.length === 0) return { dashboard };
  const ledgerBooking = createBooking(dashboard, addedCounters, { reason: DEFINED_REASON, who: context.who }, nowMs);
  advance(dashboard, ledgerBooking.applied);
  return { dashboard, ledgerBooking };
}

/**
 * Books the removal of a counter as a change to 0.
 * @throws TallyError `unknown-counter`
 */
export function createRemovalBooking(
  dashboard: MutableDashboard,
  counter: string,
  who: string | undefined,
  nowMs: number,
): LedgerBooking {
  return createBooking(dashboard, [counter], { reason: DELETED_REASON, who }, nowMs);
}

function createBooking(
  dashboard: MutableDashboard,
  counters: readonly string[],
  { reason, who }: { readonly reason: string; readonly who: string | undefined },
  nowMs: number,
): LedgerBooking {
  const changes = counters.map((counter) => ({ counter, to: 0 }));
  const applied = applyChanges(dashboard, changes, nowMs);
  if (isRefusal(applied)) throw createTallyError(applied);
  return { changeSet: { dashboard: dashboard.name, changes, reason, ...(who !== undefined && { who }) }, applied };
}

export function createTooManyDashboardsError(dashboardCount: number): TallyError {
  return new TallyError('too-many-dashboards', `cannot create another dashboard: there are ${dashboardCount} already`);
}

export function createTooManyCountersError(name: string, counterCount: number, { maxCounters }: Limits): TallyError {
  return new TallyError(
    'too-many-counters',
    `${name} would have ${counterCount} counters: at most ${maxCounters} are allowed`,
  );
}

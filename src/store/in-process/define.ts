/** Decides definitions and removals for the stores that decide in this process. Nothing is changed in place. */
import {
  advance,
  type AppliedChangeSet,
  applyChanges,
  type ChangeSet,
  type Counter,
  isRefusal,
  refuseUnknownCounter,
  type TimeSpan,
} from '../../counters/counters.js';
import type { DashboardSettings } from '../../counters/definition.js';
import { haveSameDays, resolveReckoning } from '../../measures/reckoning.js';
import {
  assertAboveMinimum,
  createTooManyDashboardsError,
  planDefinition,
  removeFromSettings,
} from '../definition-plan.js';
import { DEFINED_REASON, DELETED_REASON } from '../ledger-reasons.js';
import { endDay } from '../open-day.js';
import type { DashboardDefinition, DefineOptions, Limits } from '../store.js';
import { createTallyError, type MutableDashboard } from './decide.js';

/** The change set that records a definition or a removal in the ledger. */
export interface LedgerBooking {
  readonly changeSet: ChangeSet;
  readonly applied: AppliedChangeSet;
}

interface DefineResult {
  /** State after the definition and its booking. */
  readonly dashboard: MutableDashboard;
  /** False if the dashboard was defined like this already. */
  readonly isChanged: boolean;
  /** Present if an existing dashboard gained counters. */
  readonly ledgerBooking?: LedgerBooking;
}

interface DefineContext extends DefineOptions {
  readonly existing: MutableDashboard | undefined;
  /** Number of existing dashboards. */
  readonly dashboardCount: number;
  readonly limits: Limits;
  /** Zone of dashboards that name none. */
  readonly timeZone: string;
  /** Used if the dashboard is new. */
  readonly epoch: string;
  readonly nowMs: number;
}

/**
 * Returns the dashboard as defined, with the values and totals of the existing one.
 * @throws TallyError as `CounterStore.define`
 */
export function applyDefinition(name: string, definition: DashboardDefinition, context: DefineContext): DefineResult {
  const { existing, limits, nowMs } = context;
  const plan = planDefinition(name, definition, existing, limits, context.expected);
  if (!existing && context.dashboardCount >= limits.maxDashboards) {
    throw createTooManyDashboardsError(context.dashboardCount);
  }
  const counters = new Map<string, Counter>(existing?.counters);
  for (const [counter, counterDefinition] of plan.counters) {
    const { value, added, removed } = counters.get(counter) ?? { value: 0, added: 0n, removed: 0n };
    assertAboveMinimum(counter, value, counterDefinition);
    counters.set(counter, { definition: counterDefinition, value, added, removed });
  }
  if (existing && !plan.isChanged) return { dashboard: existing, isChanged: false };
  const { settings } = plan;
  const day = existing && findNextDay(existing, settings, context);
  const dashboard: MutableDashboard = {
    name,
    settings,
    version: (existing?.version ?? 0) + 1,
    epoch: existing?.epoch ?? context.epoch,
    revision: existing?.revision ?? 0,
    at: existing?.at ?? nowMs,
    ...(day && { day }),
    counters,
  };
  if (!existing || plan.addedCounters.length === 0) return { dashboard, isChanged: true };
  const ledgerBooking = createBooking(
    dashboard,
    plan.addedCounters,
    { reason: DEFINED_REASON, who: context.who },
    nowMs,
  );
  advance(dashboard, ledgerBooking.applied);
  return { dashboard, isChanged: true, ledgerBooking };
}

/** Returns the open day of a dashboard after its settings have changed. */
function findNextDay(
  existing: MutableDashboard,
  settings: DashboardSettings,
  { timeZone, nowMs }: DefineContext,
): TimeSpan | undefined {
  const next = resolveReckoning(settings, timeZone);
  const hasSameDays = haveSameDays(resolveReckoning(existing.settings, timeZone), next);
  return hasSameDays ? existing.day : endDay(existing, next, Math.max(nowMs, existing.at));
}

/**
 * Returns the dashboard after the removal of a counter, and its booking as a change to 0, whatever its `min`.
 * @throws TallyError `unknown-counter`, `needed-by-measure`
 */
export function applyRemoval(
  existing: MutableDashboard,
  counter: string,
  who: string | undefined,
  nowMs: number,
): { readonly dashboard: MutableDashboard; readonly booking: LedgerBooking } {
  if (!existing.counters.has(counter)) throw createTallyError(refuseUnknownCounter(existing.name, counter));
  const settings = removeFromSettings(existing.settings, counter);
  const booking = createBooking(existing, [counter], { reason: DELETED_REASON, who }, nowMs);
  const dashboard = { ...existing, settings, version: existing.version + 1, counters: new Map(existing.counters) };
  advance(dashboard, booking.applied);
  dashboard.counters.delete(counter);
  return { dashboard, booking };
}

function createBooking(
  dashboard: MutableDashboard,
  counters: readonly string[],
  { reason, who }: { readonly reason: string; readonly who: string | undefined },
  nowMs: number,
): LedgerBooking {
  const changes = counters.map((counter) => ({ counter, to: 0 }));
  const applied = applyChanges(dashboard, changes, nowMs, true);
  if (isRefusal(applied)) throw createTallyError(applied);
  return { changeSet: { dashboard: dashboard.name, changes, reason, ...(who !== undefined && { who }) }, applied };
}

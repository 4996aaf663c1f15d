/** Decides definitions and removals: what every in-process store has in common. Nothing is changed in place. */
import {
  advance,
  type Applied,
  applyChanges,
  type ChangeSet,
  type CounterDefinition,
  isRefusal,
} from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { errorOf, type LivingDashboard } from './decide.js';
import type { DashboardDefinition, Limits } from '../store.js';

/** Why a change set is in the ledger that nobody sent. */
const DEFINED = 'defined';
const DELETED = 'deleted';

/** A change set that a definition or a removal is booked as. */
export interface Booking {
  readonly changeSet: ChangeSet;
  readonly applied: Applied;
}

export interface Declared {
  /** The dashboard as it is after the definition, and after its booking. */
  readonly dashboard: LivingDashboard;
  /** Present when a dashboard that was there gained counters. */
  readonly booking?: Booking;
}

/** What a definition meets. */
export interface Ground {
  readonly earlier: LivingDashboard | undefined;
  /** How many dashboards there are. */
  readonly dashboards: number;
  readonly limits: Limits;
  /** For a dashboard that is new. */
  readonly epoch: string;
  readonly nowMs: number;
  /** Who defines it, for the ledger. */
  readonly who: string | undefined;
}

/**
 * A dashboard as `definition` declares it, with the state of the earlier one where there is one.
 * @throws TallyError `too-many-dashboards`, `too-many-counters`
 */
export function declare(name: string, definition: DashboardDefinition, ground: Ground): Declared {
  const { earlier, limits, nowMs } = ground;
  const newborn = Object.keys(definition.counters).filter((counter) => !earlier?.counters.has(counter));
  const size = (earlier?.counters.size ?? 0) + newborn.length;
  if (!earlier && ground.dashboards >= limits.dashboards) {
    throw tooManyDashboards(ground.dashboards);
  }
  if (newborn.length > 0 && size > limits.counters) {
    throw tooManyCounters(name, size, limits);
  }
  const counters = new Map(earlier?.counters);
  for (const [counter, { title, unit }] of Object.entries(definition.counters)) {
    const { value, added, removed } = counters.get(counter) ?? { value: 0, added: 0n, removed: 0n };
    const declared: CounterDefinition = { ...(title !== undefined && { title }), ...(unit !== undefined && { unit }) };
    counters.set(counter, { ...declared, value, added, removed });
  }
  const dashboard: LivingDashboard = {
    name,
    ...(definition.title !== undefined && { title: definition.title }),
    epoch: earlier?.epoch ?? ground.epoch,
    revision: earlier?.revision ?? 0,
    at: earlier?.at ?? nowMs,
    counters,
  };
  if (!earlier || newborn.length === 0) return { dashboard };
  const booking = book(dashboard, newborn, { reason: DEFINED, who: ground.who }, nowMs);
  advance(dashboard, booking.applied);
  return { dashboard, booking };
}

/**
 * The removal of a counter, as a recount to nothing.
 * @throws TallyError `unknown-counter`
 */
export function bookRemoval(
  dashboard: LivingDashboard,
  counter: string,
  who: string | undefined,
  nowMs: number,
): Booking {
  return book(dashboard, [counter], { reason: DELETED, who }, nowMs);
}

function book(
  dashboard: LivingDashboard,
  counters: readonly string[],
  { reason, who }: { readonly reason: string; readonly who: string | undefined },
  nowMs: number,
): Booking {
  const changes = counters.map((counter) => ({ counter, to: 0 }));
  const applied = applyChanges(dashboard, changes, nowMs);
  if (isRefusal(applied)) throw errorOf(applied);
  return { changeSet: { dashboard: dashboard.name, changes, reason, ...(who !== undefined && { who }) }, applied };
}

export function tooManyDashboards(there: number): TallyError {
  return new TallyError('too-many-dashboards', `there are ${there} dashboards: no more may be created`);
}

export function tooManyCounters(name: string, size: number, { counters }: Limits): TallyError {
  return new TallyError('too-many-counters', `${name} would have ${size} counters: at most ${counters} may be`);
}

/** Turns what the upstream tells of a dashboard into the state of the store port, and into outcomes. */
import type { DashboardDefinition } from '../../client/dashboards.js';
import {
  type Counter,
  type Dashboard,
  type FreshOutcome,
  type Snapshot,
  type TimeSpan,
  type Total,
  toTotal,
} from '../../counters/counters.js';
import type { CounterDefinition } from '../../counters/definition.js';

/** Returns the epoch of a definition, from its tag `"epoch:v<version>"`. Undefined if a proxy has removed it. */
export function parseEpoch({ etag }: DashboardDefinition): string | undefined {
  return /^(?:W\/)?"([^":]+):v/.exec(etag ?? '')?.[1];
}

/**
 * @param day the present day of the dashboard
 * @returns undefined if definition and snapshot do not belong together: one of them is older than the other
 */
export function toDashboard(
  definition: DashboardDefinition,
  snapshot: Snapshot,
  day: TimeSpan | undefined,
): Dashboard | undefined {
  const epoch = parseEpoch(definition);
  const names = Object.keys(definition.counters);
  if ((epoch !== undefined && epoch !== snapshot.epoch) || !haveSameNames(names, snapshot.counters)) return undefined;
  const { dashboard: name, version, counters, resolved, etag: _, ...settings } = definition;
  return {
    name,
    // The time zone of the upstream holds, also where it is a default there.
    settings: { ...settings, ...resolved },
    version,
    ...(day && { day: { start: day.start, end: day.end } }),
    epoch: snapshot.epoch,
    revision: snapshot.revision,
    at: snapshot.at,
    counters: new Map(
      Object.entries(counters).map(([counter, counterDefinition]) => [
        counter,
        toCounter(counterDefinition, snapshot.counters[counter] ?? 0, snapshot.added?.[counter]),
      ]),
    ),
  };
}

export function haveSameNames(names: readonly string[], counters: Readonly<Record<string, number>>): boolean {
  return names.length === Object.keys(counters).length && names.every((name) => Object.hasOwn(counters, name));
}

/** Totals beyond 2^53 are the nearest doubles: that is all that the upstream tells. */
function toCounter(definition: CounterDefinition, value: number, sum: number | undefined): Counter {
  const added = definition.kind === 'gauge' ? 0n : BigInt(sum ?? Math.max(value, 0));
  const removed = definition.kind === 'gauge' ? 0n : added - BigInt(value);
  return { definition, value, added, removed: removed < 0n ? 0n : removed };
}

/**
 * Moves a dashboard to a snapshot with the same counters.
 * @returns the new state and the outcome that leads to it
 */
export function moveDashboard(
  dashboard: Dashboard,
  snapshot: Snapshot,
): { dashboard: Dashboard; outcome: FreshOutcome } {
  const counters = new Map(dashboard.counters);
  const values: Record<string, number> = {};
  const added: Record<string, Total> = {};
  const removed: Record<string, Total> = {};
  for (const [name, counter] of dashboard.counters) {
    const [value = 0, sum] = [snapshot.counters[name], snapshot.added?.[name]];
    if (value === counter.value && (sum === undefined || sum === Number(counter.added))) continue;
    const next = toCounter(counter.definition, value, sum);
    counters.set(name, next);
    values[name] = value;
    if (next.definition.kind === 'gauge') continue;
    added[name] = toTotal(next.added);
    removed[name] = toTotal(next.removed);
  }
  // A gauge was set to the value that it had, or returned to it: viewers have to learn the revision.
  if (Object.keys(values).length === 0)
    for (const [name, { definition, value }] of counters) if (definition.kind === 'gauge') values[name] = value;
  const { revision, at } = snapshot;
  return {
    dashboard: { ...dashboard, revision, at, counters },
    outcome: { dashboard: dashboard.name, revision, at, counters: values, added, removed, replayed: false },
  };
}

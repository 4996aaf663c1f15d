/** Copies a state into a snapshot, or the part of it that a view shows. */
import type { MeasureValues, PeriodNumbers, PeriodValues, Snapshot, Total } from '../../counters/counters.js';
import type { CounterDefinition, Period } from '../../counters/definition.js';
import { toJsonNumber } from '../../measures/decimal-json.js';
import type { CompiledMeasure, ReadCounter } from '../../measures/derived-measure.js';
import type { OpenPeriods } from './open-periods.js';

/** State of a dashboard. `DashboardState` implements it. */
export interface SnapshotSource extends Pick<Snapshot, 'dashboard' | 'epoch' | 'revision' | 'at'> {
  readonly counterNames: Iterable<string>;
  readonly counterStates: ReadonlyMap<string, CounterNumbers>;
  readonly measures: readonly CompiledMeasure[];
  readonly periods: OpenPeriods | undefined;
}

interface CounterNumbers {
  readonly definition: CounterDefinition;
  readonly value: number;
  readonly added: Total;
  readonly removed: Total;
}

/** Part of a state that a request or a viewer wants to see. */
export interface SnapshotView {
  /** Names of counters and measures; undefined: all. Unknown names are left out. */
  readonly filter?: ReadonlySet<string> | undefined;
  /** True to add everything that was ever added to each counter. Gauges have no totals. */
  readonly totals?: boolean;
  /** Present periods to add. They must be open (`DashboardState.periods`). */
  readonly periods?: readonly Period[];
  /** Counters that have changed: nothing else is copied, nor are measures of others. Undefined: all. */
  readonly changed?: ReadonlySet<string>;
  /** Periods that have begun since: all measures of the view are copied for them, because all of them start over. */
  readonly begun?: ReadonlySet<Period>;
}

/** The numbers of measures are stand-ins for `stringifyDecimals`. */
export function createSnapshot(state: SnapshotSource, view: SnapshotView = {}): Snapshot {
  const { dashboard, epoch, revision, at } = state;
  const { totals = false, periods = [] } = view;
  // An iterator of a map can be read once only.
  const names = [...listCounters(state, view)];
  const measures = listMeasures(state, view);
  const counters: Record<string, number> = {};
  const added: Record<string, number> = {};
  for (const name of names) {
    const counter = state.counterStates.get(name);
    if (!counter) continue;
    counters[name] = counter.value;
    if (totals && counter.definition.kind !== 'gauge') added[name] = Number(counter.added);
  }
  return {
    dashboard,
    epoch,
    revision,
    at,
    counters,
    ...(totals && { added }),
    ...(measures.length > 0 && { measures: evaluate(measures, createNumberReader(state)) }),
    ...(periods.length > 0 && { periods: createPeriods(state, view, names, measures) }),
  };
}

function listCounters(state: SnapshotSource, { filter, changed }: SnapshotView): Iterable<string> {
  if (!changed) return filter ?? state.counterNames;
  return filter ? [...changed].filter((name) => filter.has(name)) : changed;
}

function listMeasures(state: SnapshotSource, { filter, changed }: SnapshotView): readonly CompiledMeasure[] {
  const { measures } = state;
  if (measures.length === 0 || (!filter && !changed)) return measures;
  return measures.filter(
    ({ name, counters }) =>
      (!filter || filter.has(name)) && (!changed || counters.some((counter) => changed.has(counter))),
  );
}

function evaluate(measures: readonly CompiledMeasure[], read: ReadCounter): MeasureValues {
  const values: Record<string, number | null> = {};
  for (const measure of measures) {
    const text = measure.evaluate(read);
    values[measure.name] = text === null ? null : toJsonNumber(text);
  }
  return values;
}

function createPeriods(
  state: SnapshotSource,
  { periods = [], filter, begun }: SnapshotView,
  names: readonly string[],
  measures: readonly CompiledMeasure[],
): PeriodValues {
  const entries = periods.flatMap((period) => {
    const shown = begun?.has(period) ? listMeasures(state, { filter }) : measures;
    const numbers = createPeriodNumbers(state, period, names, shown);
    return numbers ? [[period, numbers] as const] : [];
  });
  return Object.fromEntries(entries);
}

function createPeriodNumbers(
  state: SnapshotSource,
  period: Period,
  names: readonly string[],
  measures: readonly CompiledMeasure[],
): PeriodNumbers | undefined {
  const { periods, counterStates } = state;
  const span = periods?.getSpan(period);
  if (!periods || !span) return undefined;
  const added: Record<string, number> = {};
  const removed: Record<string, number> = {};
  for (const name of names) {
    const counter = counterStates.get(name);
    if (!counter || counter.definition.kind === 'gauge') continue;
    const sums = periods.getSums(period, name, counter);
    added[name] = sums.added;
    removed[name] = sums.removed;
  }
  return {
    start: span.start,
    end: span.end,
    added,
    removed,
    ...(measures.length > 0 && { measures: evaluate(measures, createNumberReader(state, period)) }),
  };
}

/**
 * Creates a function that reads numbers of counters as measures need them.
 * @param period present period; undefined: values. A gauge has its value in every period
 */
export function createNumberReader({ periods, counterStates }: SnapshotSource, period?: Period): ReadCounter {
  return (name): Total => {
    const counter = counterStates.get(name);
    if (!counter) return 0;
    if (period === undefined || counter.definition.kind === 'gauge' || !periods) return counter.value;
    return periods.getNumber(period, name, counter);
  };
}

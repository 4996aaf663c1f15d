/** The state of a dashboard at a moment of the past, with the counters that exist now. */
import { type CounterTotals, type PastSnapshot, type TimeSpan, toTotal } from '../../counters/counters.js';
import type { CounterDefinition, Period, Reckoning } from '../../counters/definition.js';
import type { CompiledMeasure } from '../../measures/derived-measure.js';
import type { DashboardState } from '../state/dashboard-state.js';
import { OpenPeriods } from '../state/open-periods.js';
import { createSnapshot, type SnapshotSource, type SnapshotView } from '../state/snapshot.js';
import type { CountersAt } from './ledger-fold.js';

/** What a dashboard had at the moment. */
export interface PastNumbers {
  readonly counters: CountersAt;
  readonly at: number;
  /** Undefined if the ledger does not reach the moment. */
  readonly revision: number | undefined;
  readonly isExact: boolean;
  readonly periods: readonly {
    readonly period: Period;
    readonly span: TimeSpan;
    readonly startTotals: ReadonlyMap<string, CounterTotals>;
  }[];
}

/** The parts of the present state that the past is shown with, copied before anything is read. */
export interface PresentDefinition {
  readonly dashboard: string;
  readonly epoch: string;
  readonly revision: number;
  readonly version: number;
  readonly at: number;
  readonly day: TimeSpan | undefined;
  readonly definitions: ReadonlyMap<string, CounterDefinition>;
  readonly measures: readonly CompiledMeasure[];
}

export function copyDefinition(state: DashboardState): PresentDefinition {
  const { dashboard, epoch, revision, version, at, day, measures } = state;
  const definitions = new Map([...state.counterStates].map(([name, { definition }]) => [name, definition]));
  return { dashboard, epoch, revision, version, at, day, definitions, measures };
}

export function createPastSnapshot(
  { dashboard, epoch, day, definitions, measures }: PresentDefinition,
  { counters, at, revision, isExact, periods }: PastNumbers,
  reckoning: Reckoning,
  view: SnapshotView,
): PastSnapshot {
  const counterStates = new Map(
    [...definitions].map(([name, definition]) => {
      const { value, added, removed } = counters.get(name) ?? { value: 0n, added: 0n, removed: 0n };
      return [name, { definition, value: Number(value), added: toTotal(added), removed: toTotal(removed) }] as const;
    }),
  );
  const open = new OpenPeriods(reckoning, day);
  for (const { period, span, startTotals } of periods) {
    const totals = [...startTotals].map(([name, sums]) => [name, toTotals(sums)] as const);
    open.open(period, span, new Map(totals));
  }
  const source: SnapshotSource = {
    dashboard,
    epoch,
    revision: revision ?? 0,
    at,
    counterNames: definitions.keys(),
    counterStates,
    measures,
    periods: open,
  };
  const { revision: _, ...rest } = createSnapshot(source, view);
  return { ...rest, ...(revision !== undefined && { revision }), exact: isExact };
}

function toTotals({ added, removed }: CounterTotals) {
  return { added: toTotal(added), removed: toTotal(removed) };
}

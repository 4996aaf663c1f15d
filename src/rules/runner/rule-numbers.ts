/** Reads the numbers that rules start from, as they are now. */
import { type Period, PERIODS } from '../../counters/definition.js';
import type { CompiledMeasure } from '../../measures/derived-measure.js';
import { getPeriodAt } from '../../measures/periods.js';
import { createNumberReader } from '../../dashboard/state/snapshot.js';
import type { DashboardState } from '../../dashboard/state/dashboard-state.js';
import type { DashboardService } from '../../dashboard/dashboard.service.js';
import type { CounterStore } from '../../store/store.js';
import type { Reckoning } from '../../counters/definition.js';
import type { CounterNumbers, FindSpan } from '../evaluation/watched-numbers.js';
import { isSilenceCondition, type RuleCondition } from '../rule.js';
import type { StoredCursor } from '../rule-documents.js';

/** What a set of rules needs to know. */
export interface RuleNeeds {
  /** Counters, with those of measures. */
  readonly counters: ReadonlySet<string>;
  readonly periods: readonly Period[];
  /** Counters whose last change matters. */
  readonly touched: ReadonlySet<string>;
}

export function toMeasureMap({ measures }: Pick<DashboardState, 'measures'>): Map<string, CompiledMeasure> {
  return new Map(measures.map((measure) => [measure.name, measure]));
}

export function listNeeds(
  conditions: Iterable<RuleCondition>,
  measures: ReadonlyMap<string, CompiledMeasure>,
): RuleNeeds {
  const [counters, touched, periods] = [new Set<string>(), new Set<string>(), new Set<Period>()];
  for (const when of conditions) {
    for (const counter of measures.get(when.of)?.counters ?? [when.of]) {
      counters.add(counter);
      if (isSilenceCondition(when)) touched.add(counter);
    }
    if (!isSilenceCondition(when) && when.in) periods.add(when.in);
  }
  return { counters, touched, periods: PERIODS.filter((period) => periods.has(period)) };
}

/** True if a record has all that rules need. */
export function covers({ counters, spans }: StoredCursor, needs: RuleNeeds, isGauge: (counter: string) => boolean) {
  return [...needs.counters].every((name) => {
    const numbers = Object.hasOwn(counters, name) ? counters[name] : undefined;
    if (!numbers || (needs.touched.has(name) && numbers.touchedMs === undefined)) return false;
    return needs.periods.every(
      (period) => spans[period] !== undefined && (isGauge(name) || numbers.periods?.[period] !== undefined),
    );
  });
}

export function createFindSpan(reckoning: Reckoning): FindSpan {
  return (period, atMs) => getPeriodAt(reckoning, period, atMs);
}

/**
 * Reads numbers at the latest revision, all from one moment.
 * @param getSilentSinceMs called for counters that no entry is about: when their silence began
 * @throws TallyError `unknown-dashboard`, `store-unavailable`, `overloaded`
 */
export async function readNumbers(
  store: CounterStore,
  dashboards: DashboardService,
  dashboard: string,
  findNeeds: (state: DashboardState) => RuleNeeds,
  getSilentSinceMs: (counter: string) => number,
): Promise<{ readonly state: DashboardState; readonly cursor: StoredCursor }> {
  const state = await dashboards.getLatest(dashboard);
  await dashboards.openPeriods(state, findNeeds(state).periods);
  const needs = findNeeds(state);
  const { epoch, revision, at, periods } = state;
  // Until here the state may have moved on; nothing awaits between these reads.
  const spans = needs.periods.flatMap((period) => {
    const span = periods?.getSpan(period);
    return span ? [[period, span] as const] : [];
  });
  const numbers = [...needs.counters].flatMap((name) => {
    const counter = state.counterStates.get(name);
    if (!counter) return [];
    const nets = needs.periods.map((period) => [period, String(createNumberReader(state, period)(name))] as const);
    const isGauge = counter.definition.kind === 'gauge';
    const own = !isGauge && nets.length > 0 && { periods: Object.fromEntries(nets) };
    const known: CounterNumbers = { value: counter.value, ...own };
    return [[name, known] as const];
  });
  const counters = Object.fromEntries(numbers);
  for (const name of needs.touched) {
    const search = { after: 0, before: revision + 1, limit: 1, newestFirst: true, counters: new Set([name]) };
    const [entry] = (await store.searchLedger(dashboard, search)).entries;
    const known = counters[name];
    if (known) counters[name] = { ...known, touchedMs: entry?.at ?? getSilentSinceMs(name) };
  }
  return { state, cursor: { epoch, revision, at, counters, spans: Object.fromEntries(spans) } };
}

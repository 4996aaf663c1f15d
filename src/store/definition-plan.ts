/** Works out what a definition changes, for all stores. Pure: the caller compares versions and writes. */
import { isDeepStrictEqual } from 'node:util';
import { type Dashboard, getMinimum } from '../counters/counters.js';
import type { CounterDefinition, DashboardSettings, MeasureDefinition } from '../counters/definition.js';
import { TallyError } from '../counters/errors.js';
import { getCurrencyDigits } from '../measures/currency-digits.js';
import { listCountersOf } from '../measures/derived-measure.js';
import { removeTiles } from '../measures/layout.js';
import type { DashboardDefinition, DefineOptions, Limits } from './store.js';

export interface DefinitionPlan {
  readonly settings: DashboardSettings;
  /** The named counters, with the scale and kind that each keeps or is created with. */
  readonly counters: ReadonlyMap<string, CounterDefinition>;
  readonly addedCounters: readonly string[];
  /** False if the dashboard is defined like this already. */
  readonly isChanged: boolean;
}

/** A dashboard whose settings and definitions of counters are known. */
type DefinedState = Pick<Dashboard, 'epoch' | 'version' | 'settings'> & {
  readonly counters: ReadonlyMap<string, { readonly definition: CounterDefinition }>;
};

/**
 * Plans a definition against the present state. The lowest values are not compared: {@link assertAboveMinimum}.
 * @throws TallyError `definition-changed`, `definition-fixed`, `name-taken`, `too-many-counters`
 */
export function planDefinition(
  name: string,
  { counters: given, ...settings }: DashboardDefinition,
  existing: DefinedState | undefined,
  limits: Limits,
  expected?: DefineOptions['expected'],
): DefinitionPlan {
  assertExpected(name, existing, expected);
  const counters = new Map<string, CounterDefinition>();
  for (const [counter, definition] of Object.entries(given)) {
    counters.set(counter, resolveDefinition(counter, definition, existing?.counters.get(counter)?.definition));
  }
  const addedCounters = [...counters.keys()].filter((counter) => !existing?.counters.has(counter));
  const counterCount = (existing?.counters.size ?? 0) + addedCounters.length;
  if (addedCounters.length > 0 && counterCount > limits.maxCounters) {
    throw createTooManyCountersError(name, counterCount, limits);
  }
  for (const measure of Object.keys(settings.measures ?? {})) {
    if (counters.has(measure) || existing?.counters.has(measure) === true)
      throw new TallyError('name-taken', `cannot define the measure ${measure}: ${name} has a counter of that name`);
  }
  const isChanged =
    existing === undefined ||
    addedCounters.length > 0 ||
    !areSettingsEqual(settings, existing.settings) ||
    [...counters].some(([counter, next]) => !isDeepStrictEqual(next, existing.counters.get(counter)?.definition));
  return { settings, counters, addedCounters, isChanged };
}

/** Measures are shown in the order of declaration, so that another order is another definition. */
function areSettingsEqual(settings: DashboardSettings, existing: DashboardSettings): boolean {
  const getOrder = ({ measures = {} }: DashboardSettings): readonly string[] => Object.keys(measures);
  return isDeepStrictEqual(settings, existing) && isDeepStrictEqual(getOrder(settings), getOrder(existing));
}

function assertExpected(name: string, existing: DefinedState | undefined, expected: DefineOptions['expected']): void {
  if (expected === undefined) return;
  if (expected === 'absent') {
    if (existing) throw new TallyError('definition-changed', `${name} exists already`);
  } else if (!existing) {
    throw new TallyError('definition-changed', `there is no dashboard named ${name} any more`);
  } else if (existing.epoch !== expected.epoch || existing.version !== expected.version) {
    throw new TallyError('definition-changed', `the definition of ${name} is at version ${existing.version} now`);
  }
}

/** @throws TallyError `definition-fixed` */
function resolveDefinition(
  counter: string,
  given: CounterDefinition,
  existing: CounterDefinition | undefined,
): CounterDefinition {
  const kind = given.kind ?? existing?.kind;
  const ownScale = given.currency === undefined ? undefined : getCurrencyDigits(given.currency);
  const scale = given.scale ?? (existing ? existing.scale : ownScale);
  if (existing && (kind ?? 'counter') !== (existing.kind ?? 'counter')) {
    throw new TallyError('definition-fixed', `${counter} is a ${existing.kind ?? 'counter'} and stays one`);
  }
  if (existing && (scale ?? 0) !== (existing.scale ?? 0)) {
    throw new TallyError('definition-fixed', `${counter} has the scale ${existing.scale ?? 0} and keeps it`);
  }
  return { ...given, ...(kind !== undefined && { kind }), ...(scale !== undefined && { scale }) };
}

/** @throws TallyError `below-minimum` if a counter has less than its definition allows */
export function assertAboveMinimum(counter: string, value: number, definition: CounterDefinition): void {
  const min = getMinimum(definition);
  if (value < min) {
    throw new TallyError('below-minimum', `${counter} is at ${value}: its lowest value cannot be ${min}`);
  }
}

/**
 * Returns the settings of a dashboard without one of its counters.
 * @throws TallyError `needed-by-measure`
 */
export function removeFromSettings(settings: DashboardSettings, counter: string): DashboardSettings {
  const needing = Object.entries(settings.measures ?? {}).filter(([, measure]: [string, MeasureDefinition]) =>
    listCountersOf(measure).includes(counter),
  );
  if (needing.length > 0) {
    const names = needing.map(([measure]) => measure).join(', ');
    throw new TallyError('needed-by-measure', `cannot delete ${counter}: needed by ${names}`);
  }
  return removeTiles(settings, counter);
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

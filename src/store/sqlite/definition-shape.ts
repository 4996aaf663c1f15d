/**
 * Checks the shapes of stored settings and definitions. Unknown members are damage: a bit of a name may have changed.
 */
import { NAME_PATTERN } from '../../counters/counters.js';
import {
  type CounterDefinition,
  type DashboardSettings,
  MAX_MEASURES,
  MAX_SCALE,
  MAX_TERMS,
  MAX_THRESHOLDS,
  PERIODS,
  WEEKDAYS,
} from '../../counters/definition.js';
import { isTimeZone } from '../../measures/time-zone.js';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => Number.isFinite(value);
const isOneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
const isMatching =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const isListOf =
  (check: Check, maxLength = Infinity, minLength = 0): Check =>
  (value) =>
    Array.isArray(value) && value.length >= minLength && value.length <= maxLength && value.every(check);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param required names of members that must be there */
function hasMembers(members: Readonly<Record<string, Check>>, ...required: readonly string[]): Check {
  const checks = new Map(Object.entries(members));
  return (value) =>
    isRecord(value) &&
    required.every((name) => Object.hasOwn(value, name)) &&
    Object.entries(value).every(([name, member]) => checks.get(name)?.(member) ?? false);
}

/** Results by name: a check costs up to a millisecond, and dashboards have few different zones. */
const knownZones = new Map<string, boolean>();

function isKnownZone(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const isKnown = knownZones.get(value) ?? isTimeZone(value);
  knownZones.set(value, isKnown);
  return isKnown;
}

const PRESENTATION = {
  title: isText,
  unit: isText,
  currency: isMatching(/^[A-Z]{3}$/),
  scale: (value: unknown) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_SCALE,
  headline: isOneOf('total', ...PERIODS),
  goodWhen: isOneOf('up', 'down'),
  target: hasMembers({ value: isNumber, per: isOneOf(...PERIODS) }, 'value'),
  thresholds: isListOf(
    hasMembers({ at: isNumber, level: isOneOf('good', 'warn', 'bad') }, 'at', 'level'),
    MAX_THRESHOLDS,
  ),
};

const hasCounterShape = hasMembers({
  ...PRESENTATION,
  kind: isOneOf('counter', 'gauge'),
  min: (value) => value === null || Number.isSafeInteger(value),
  singular: isText,
  compareWith: isOneOf('previous', 'week', 'year'),
});

const isName = isMatching(NAME_PATTERN);
const isTerm: Check = (value) => isName(typeof value === 'string' ? value.replace(/^-/, '') : value);
const isRatio = hasMembers({ ...PRESENTATION, ratio: isListOf(isName, 2, 2), percent: isOneOf(true, false) }, 'ratio');
const isSum = hasMembers({ ...PRESENTATION, sum: isListOf(isTerm, MAX_TERMS, 1) }, 'sum');

const TILE = hasMembers(
  { show: isName, size: isOneOf('small', 'medium', 'large'), hidden: isOneOf(true, false) },
  'show',
);

const hasSettingsShape = hasMembers({
  title: isText,
  timeZone: isKnownZone,
  dayStartsAt: isMatching(/^([01]\d|2[0-3]):[0-5]\d$/),
  weekStartsOn: isOneOf(...WEEKDAYS),
  measures: (value) =>
    isRecord(value) &&
    Object.keys(value).length <= MAX_MEASURES &&
    Object.entries(value).every(([name, measure]) => isName(name) && (isRatio(measure) || isSum(measure))),
  layout: hasMembers({ groups: isListOf(hasMembers({ title: isText, tiles: isListOf(TILE) }, 'tiles')) }, 'groups'),
});

export function isCounterDefinition(value: unknown): value is CounterDefinition {
  return hasCounterShape(value);
}

export function isDashboardSettings(value: unknown): value is DashboardSettings {
  return hasSettingsShape(value);
}

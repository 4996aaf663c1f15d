/** The parts of a definition that a tile shows beside its title: headline, target and level. Pure. */
import type { DashboardDefinition, Period, Target } from '../../src/client/client.js';
import { getLevelBoundary, getProgress, getTargetLevel, isOnTarget } from '../../src/measures/levels.js';
import { formatShownNumber, getPresentation } from '../../src/measures/shown-number.js';

/** The number that a tile shows large, and the target of that counter or measure. */
export interface Headline {
  readonly headline: 'total' | Period;
  readonly target?: Target | undefined;
}

export function getHeadline(definition: DashboardDefinition | undefined, name: string): Headline {
  const { headline = 'total', target } = definition ? getPresentation(definition, name) : {};
  return { headline, target };
}

/** Returns which numbers a tile shows, each once: the value, the headline and that of the target. */
export function listShownKinds(definition: DashboardDefinition | undefined, name: string): ('total' | Period)[] {
  const { headline, target } = getHeadline(definition, name);
  return [...new Set<'total' | Period>(['total', headline, target?.per ?? 'total'])];
}

/** Returns the periods of all headlines and targets, each once. */
export function listNeededPeriods(definition: DashboardDefinition): Period[] {
  const names = Object.keys({ ...definition.counters, ...definition.measures });
  const kinds = names.flatMap((name) => listShownKinds(definition, name));
  return [...new Set(kinds)].filter((kind) => kind !== 'total').toSorted();
}

/** A period that runs, in words. */
export const PERIOD_WORDS: Readonly<Record<'total' | Period, string>> = {
  total: '',
  hour: 'This hour',
  day: 'Today',
  week: 'This week',
  month: 'This month',
  year: 'This year',
};

export interface LevelText {
  readonly level: 'good' | 'warn' | 'bad';
  /** For example `Below 40`, or `Reached`. */
  readonly text: string;
}

/** Returns the level of the headline by the thresholds of a counter or a measure. */
export function describeLevel(
  definition: DashboardDefinition,
  name: string,
  number: number | null | undefined,
): LevelText | undefined {
  const { thresholds = [], goodWhen } = getPresentation(definition, name);
  if (number === null || number === undefined) return undefined;
  const boundary = getLevelBoundary(thresholds, number, goodWhen);
  if (!boundary) return undefined;
  const { level, relation, at } = boundary;
  return { level, text: `${relation} ${formatShownNumber(definition, name, at)}` };
}

export interface TargetText {
  /** For example `48% of 300`. */
  readonly text: string;
  /** Share of the meter to fill, 0 to 1. */
  readonly share: number;
  readonly level?: LevelText | undefined;
}

/** Whole percent; rounded down, so that 100 % means reached. */
const percentFormat = new Intl.NumberFormat(undefined, {
  style: 'percent',
  maximumFractionDigits: 0,
  roundingMode: 'floor',
});

/**
 * Describes how far a target is reached.
 * @param number number of the period of the target
 */
export function describeTarget(
  definition: DashboardDefinition,
  name: string,
  number: number | null | undefined,
): TargetText | undefined {
  const { headline, target } = getHeadline(definition, name);
  if (!target) return undefined;
  const period = target.per && target.per !== headline ? ` ${PERIOD_WORDS[target.per].toLowerCase()}` : '';
  const of = `${formatShownNumber(definition, name, target.value)}${period}`;
  if (number === null || number === undefined) return { text: `– of ${of}`, share: 0 };
  const progress = getProgress(number, target.value);
  return {
    text: `${percentFormat.format(progress)} of ${of}`,
    share: Math.min(1, Math.max(0, progress)),
    level: describeTargetLevel(definition, name, number, target),
  };
}

/** While a period runs, only what cannot change any more has a level: a target reached, or a limit exceeded. */
function describeTargetLevel(
  definition: DashboardDefinition,
  name: string,
  number: number,
  { value, per }: Target,
): LevelText | undefined {
  const { goodWhen = 'up' } = getPresentation(definition, name);
  const isOn = isOnTarget(number, value, goodWhen);
  const isDecided = per === undefined || isOn === (goodWhen === 'up');
  if (!isDecided) return undefined;
  const level = per === undefined ? getTargetLevel(number, value, goodWhen) : isOn ? 'good' : 'bad';
  if (goodWhen === 'up') return { level, text: isOn ? 'Reached' : 'Not reached' };
  return { level, text: isOn ? 'Within' : 'Exceeded' };
}

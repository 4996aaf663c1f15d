/** The facts that a tile shows: its number, comparison, target, level, range and parts, as data. Pure. */
import type {
  CounterDefinition,
  DashboardDefinition,
  Level,
  MeasureDefinition,
  Period,
} from '../../src/client/client.js';
import {
  compareNumbers,
  type Delta,
  getLevelBoundary,
  getPace,
  getProgress,
  getTargetLevel,
  isOnTarget,
  type LevelBoundary,
} from '../../src/measures/levels.js';
import { getPresentation, isMeasure, type NumberKind } from '../../src/measures/shown-number.js';
import type { SeriesSlot } from '../signs/series-mark.js';
import type { NumbersByKind } from '../data/board-data.js';
import { type ComparedPeriod, findRowNumber, getCompareWith, type PeriodData } from '../data/period-data.js';

/** Colours that can be told apart. */
const MAX_SLOTS = 8;

export function isGauge(definition: DashboardDefinition, name: string): boolean {
  return definition.counters[name]?.kind === 'gauge';
}

export function isSum(presentation: CounterDefinition | MeasureDefinition): presentation is { sum: readonly string[] } {
  return 'sum' in presentation;
}

/** Returns the kind of number that a tile shows large. @param choice that of the board; undefined for its own */
export function getShownKind(definition: DashboardDefinition, name: string, choice?: NumberKind): NumberKind {
  if (isGauge(definition, name)) return 'total';
  return choice ?? getPresentation(definition, name).headline ?? 'total';
}

/** Returns the kind that most counters and measures show of themselves; that of the board where nothing was chosen. */
export function getCommonKind(definition: DashboardDefinition): NumberKind {
  const counts = new Map<NumberKind, number>();
  for (const name of Object.keys({ ...definition.counters, ...definition.measures })) {
    if (isGauge(definition, name)) continue;
    const kind = getShownKind(definition, name);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? 'total';
}

/** Returns the running period whose parts a tile draws: that of its number, or the day. */
export function getDrawnPeriod(kind: NumberKind): Period {
  return kind === 'total' ? 'day' : kind;
}

/** Returns the periods that a tile needs the numbers of. */
export function listNeededPeriods(definition: DashboardDefinition, name: string, kind: NumberKind): Period[] {
  const { target } = getPresentation(definition, name);
  return [getDrawnPeriod(kind), ...(target?.per ? [target.per] : [])];
}

/**
 * Returns the series of each counter and measure, by the order of declaration. A sum has none: it shows its parts. Nor
 * has what comes ninth and later: colours could not be told apart.
 */
export function listSlots(definition: DashboardDefinition): ReadonlyMap<string, SeriesSlot> {
  const names = Object.keys({ ...definition.counters, ...definition.measures }).filter(
    (name) => !isSum(getPresentation(definition, name)),
  );
  return new Map(names.slice(0, MAX_SLOTS).map((name, index) => [name, (index + 1) as SeriesSlot]));
}

export interface ShownDelta {
  readonly delta: Delta;
  readonly compared: ComparedPeriod;
}

/** Compares the number of a running period with what stood at this time in the period it is compared with. */
export function getDelta(
  definition: DashboardDefinition,
  name: string,
  number: number | null | undefined,
  data: PeriodData | undefined,
): ShownDelta | undefined {
  const presentation = getPresentation(definition, name);
  const compared = data?.compared.get(getCompareWith(data.period, presentation));
  const before = compared?.row.byNow && findRowNumber(compared.row.byNow, name);
  if (!compared || typeof before !== 'number' || typeof number !== 'number') return undefined;
  const { goodWhen = 'up' } = presentation;
  const percent = 'percent' in presentation && (presentation.percent ?? false);
  return { delta: compareNumbers(number, before, { goodWhen, percent }), compared };
}

export interface ShownGoal {
  /** Number to reach, or not to exceed. */
  readonly target: number;
  readonly per: Period | undefined;
  /** Share of the target that is reached; undefined while unknown. */
  readonly done: number | undefined;
  /** Number at the end of the period at this pace; undefined if it cannot be told, or does not matter any more. */
  readonly pace: number | undefined;
  /** Share of the target where an even pace would be now. */
  readonly even: number | undefined;
  readonly level: Level | undefined;
  /** `on`: reached, or within the limit for good. `off`: exceeded. `open`: it is not decided. */
  readonly outcome: 'on' | 'off' | 'open';
}

/** @param numbers those of the counter @param data running period of the target @param now service's time */
export function getGoal(
  definition: DashboardDefinition,
  name: string,
  numbers: NumbersByKind,
  data: PeriodData | undefined,
  now: number,
): ShownGoal | undefined {
  const presentation = getPresentation(definition, name);
  const { target, goodWhen = 'up' } = presentation;
  if (!target) return undefined;
  const { value, per } = target;
  const number = numbers[per ?? 'total'];
  const base = { target: value, per };
  if (typeof number !== 'number') {
    return { ...base, done: undefined, pace: undefined, even: undefined, level: undefined, outcome: 'open' };
  }
  const done = getProgress(number, value);
  const isOn = isOnTarget(number, value, goodWhen);
  if (per === undefined) {
    const level = getTargetLevel(number, value, goodWhen);
    return { ...base, done, pace: undefined, even: undefined, level, outcome: isOn ? 'on' : 'open' };
  }
  // While a period runs, it is decided once an upward target is reached or a limit is exceeded.
  if (isOn === (goodWhen === 'up')) {
    const [level, outcome] = isOn ? (['good', 'on'] as const) : (['bad', 'off'] as const);
    return { ...base, done, pace: undefined, even: undefined, level, outcome };
  }
  if (!data || data.period !== per || 'ratio' in presentation) {
    return { ...base, done, pace: undefined, even: undefined, level: undefined, outcome: 'open' };
  }
  const compared = data.compared.get(getCompareWith(per, presentation))?.row;
  const [total, byNow] = [
    compared && findRowNumber(compared, name),
    compared?.byNow && findRowNumber(compared.byNow, name),
  ];
  const pace = getPace({
    number,
    elapsed: Math.min(1, Math.max(0, (now - data.start) / (data.end - data.start))),
    ...(typeof total === 'number' && typeof byNow === 'number' && { compared: { total, byNow } }),
  });
  const level = pace.number === undefined ? undefined : getTargetLevel(pace.number, value, goodWhen);
  return { ...base, done, pace: pace.number, even: pace.even, level, outcome: 'open' };
}

export function getBoundary(
  definition: DashboardDefinition,
  name: string,
  number: number | null | undefined,
): LevelBoundary | undefined {
  const { thresholds = [], goodWhen } = getPresentation(definition, name);
  return typeof number === 'number' ? getLevelBoundary(thresholds, number, goodWhen) : undefined;
}

export interface ShownBand {
  readonly low: number;
  readonly high: number;
  /** From the lowest; `from` and `to` are numbers. */
  readonly zones: readonly { readonly from: number; readonly to: number; readonly level: Level | undefined }[];
  /** Lowest and highest level of today. */
  readonly least: number | undefined;
  readonly most: number | undefined;
}

/** Beyond the last threshold the band goes on for this share of it. */
const BAND_BEYOND = 1.5;

/** Returns the range of a gauge with thresholds. */
export function getBand(
  definition: DashboardDefinition,
  name: string,
  number: number | null | undefined,
  day: PeriodData | undefined,
): ShownBand | undefined {
  const { thresholds = [] } = getPresentation(definition, name);
  if (!isGauge(definition, name) || thresholds.length === 0 || typeof number !== 'number') return undefined;
  const { least, most } = getRange(name, number, day);
  const last = thresholds.at(-1)?.at ?? 0;
  const low = Math.min(definition.counters[name]?.min ?? 0, least ?? number, number, thresholds[0]?.at ?? 0);
  const high = roundUp(Math.max(last * BAND_BEYOND, most ?? number, number, low + 1));
  const inner = thresholds.filter(({ at }) => at > low && at < high);
  const edges = [low, ...inner.map(({ at }) => at), high];
  const zones = edges.slice(0, -1).map((from, index) => ({
    from,
    to: edges[index + 1] ?? high,
    level: thresholds.findLast(({ at }) => at <= from)?.level,
  }));
  return { low, high, zones, least, most };
}

/** Returns the lowest and the highest level of a gauge today. */
export function getRange(
  name: string,
  number: number,
  day: PeriodData | undefined,
): { readonly least: number | undefined; readonly most: number | undefined } {
  const today = day && Object.hasOwn(day.row.counters, name) ? day.row.counters[name] : undefined;
  if (!today || !('least' in today)) return { least: undefined, most: undefined };
  return { least: Math.min(today.least, number), most: Math.max(today.most, number) };
}

export interface ShownPart {
  readonly name: string;
  /** True if it is subtracted. */
  readonly isNegative: boolean;
}

/** Returns the terms of a sum; undefined for all else. */
export function getParts(definition: DashboardDefinition, name: string): ShownPart[] | undefined {
  const presentation = getPresentation(definition, name);
  if (!isMeasure(definition, name) || !isSum(presentation)) return undefined;
  return presentation.sum.map((term) => ({ name: term.replace(/^-/, ''), isNegative: term.startsWith('-') }));
}

/** Tops of scales that people read with ease, as mantissas. */
const NICE = [1, 1.5, 2, 3, 4, 5, 8, 10];

/** Rounds up to 1, 1.5, 2, 3, 4, 5 or 8 x 10^n. */
export function roundUp(number: number): number {
  if (number <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(number));
  return (NICE.find((mantissa) => mantissa * power >= number) ?? 10) * power;
}

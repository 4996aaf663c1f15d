/**
 * Levels, targets, pace and comparisons, as data: page, embed and client write them. Numbers are in the smallest unit
 * for counters, and in decimals for measures, as `target.value` and `thresholds.at` are.
 */
import type { Level, Presentation, Threshold } from '../counters/definition.js';

export type GoodWhen = NonNullable<Presentation['goodWhen']>;

/** A number within 15 % of the target, on the wrong side, is a warning. Beyond that it is bad. */
const WARNING_PERCENT = 15;
/** Below 5 % of its total, what had come by now of the compared period is too little to foretell anything. */
const MIN_BY_NOW_SHARE = 0.05;

/** Returns the level of the last threshold at or below a number; undefined below the first one. */
export function getLevel(thresholds: readonly Threshold[], number: number): Level | undefined {
  return thresholds.findLast(({ at }) => at <= number)?.level;
}

/** A level and the boundary that names it: "Below 40", "From 40", "Under 10". */
export interface LevelBoundary {
  readonly level: Level;
  /** `Below` the boundary to a better level, `Under` that to a worse one, or `From` the one that was crossed. */
  readonly relation: 'Below' | 'From' | 'Under';
  readonly at: number;
}

const BETTER_FIRST: readonly Level[] = ['good', 'warn', 'bad'];
const isBetter = (level: Level, than: Level): boolean => BETTER_FIRST.indexOf(level) < BETTER_FIRST.indexOf(than);

/** Returns the level of a number with the boundary to name; undefined below the first threshold. */
export function getLevelBoundary(
  thresholds: readonly Threshold[],
  number: number,
  goodWhen: GoodWhen = 'up',
): LevelBoundary | undefined {
  const index = thresholds.findLastIndex(({ at }) => at <= number);
  const [current, next] = [thresholds[index], thresholds[index + 1]];
  if (!current) return undefined;
  const { level, at } = current;
  if (next && isBetter(next.level, level)) return { level, relation: 'Below', at: next.at };
  if (next && goodWhen === 'down' && level === 'good') return { level, relation: 'Under', at: next.at };
  return { level, relation: 'From', at };
}

/** Returns the share of a target that is reached: 1 is all of it; above 1 and below 0 are possible. */
export function getProgress(number: number, target: number): number {
  return number / target;
}

/** Returns true from the target on; with `goodWhen: down` up to the target, which then is the most allowed. */
export function isOnTarget(number: number, target: number, goodWhen: GoodWhen = 'up'): boolean {
  return goodWhen === 'up' ? number >= target : number <= target;
}

/**
 * Returns the level of a number, or of a pace, against its target: good on target, a warning from 85 % of it, else bad.
 * With `goodWhen: down` it is good up to 100 %, a warning up to 115 %, else bad.
 */
export function getTargetLevel(number: number, target: number, goodWhen: GoodWhen = 'up'): Level {
  if (isOnTarget(number, target, goodWhen)) return 'good';
  return 100 * Math.abs(number - target) <= WARNING_PERCENT * Math.abs(target) ? 'warn' : 'bad';
}

/** The running period and the one that it is compared with. */
export interface PaceBasis {
  /** Number of the running period. */
  readonly number: number;
  /** Share of the running period that has passed in real time, 0 to 1. */
  readonly elapsed: number;
  /** The compared period: its whole number, and its number at the same time. Absent if there is none. */
  readonly compared?: { readonly total: number; readonly byNow: number };
}

export interface Pace {
  /** Number at the end of the period if it goes on like this, not rounded; undefined while nothing has passed. */
  readonly number: number | undefined;
  /** Share of the target at which an even pace would be now, 0 to 1. */
  readonly even: number;
}

/**
 * Projects the number of a period to its end, in the course of the compared period: its number by now counts for the
 * same share of the whole. The projection is linear while that share is under 5 %. Gauges and ratios have no pace: they
 * do not add up.
 */
export function getPace({ number, elapsed, compared }: PaceBasis): Pace {
  const share = compared && compared.total > 0 ? compared.byNow / compared.total : 0;
  const even = Math.min(1, share >= MIN_BY_NOW_SHARE ? share : elapsed);
  if (compared && share >= MIN_BY_NOW_SHARE) return { number: (number * compared.total) / compared.byNow, even };
  return { number: elapsed > 0 ? number / elapsed : undefined, even };
}

/** A difference to an earlier number. Amounts are positive; `way` tells the direction. */
export type Delta =
  | { readonly kind: 'same'; readonly way: 'same' }
  | (DeltaWay & {
      /** From zero: there is no percentage. */
      readonly kind: 'new';
    })
  | (DeltaWay & {
      /** Whole percent, or one decimal below one: 0.4. */
      readonly kind: 'percent';
      readonly percent: number;
    })
  | (DeltaWay & {
      /** `points`: of two percentages. `amount`: in the unit of the numbers, if the base is below zero. */
      readonly kind: 'points' | 'amount';
      /** May have the tail of a double, 0.09999999999999964 for 0.1: round it with `toFixed(scale)`. */
      readonly amount: number;
    });

interface DeltaWay {
  readonly way: 'up' | 'down';
  /** True if the change is in the better direction. */
  readonly isBetter: boolean;
}

/**
 * Compares a number with an earlier one. A difference is never written as 0 %: the least is 0.1 %. From zero down there
 * is an amount, since "new" would hide that something was lost.
 * @param reading `percent` if both numbers are percentages, `goodWhen` for the better direction (default `up`)
 */
export function compareNumbers(
  now: number,
  before: number,
  { percent = false, goodWhen = 'up' }: { readonly percent?: boolean; readonly goodWhen?: GoodWhen } = {},
): Delta {
  if (now === before) return { kind: 'same', way: 'same' };
  const way = now > before ? 'up' : 'down';
  const base = { way, isBetter: way === goodWhen } as const;
  const amount = Math.abs(now - before);
  if (percent) return { ...base, kind: 'points', amount };
  if (before === 0 && now > 0) return { ...base, kind: 'new' };
  if (before <= 0) return { ...base, kind: 'amount', amount };
  return { ...base, kind: 'percent', percent: roundPercent((amount / before) * 100) };
}

function roundPercent(percent: number): number {
  return percent < 1 ? Math.max(0.1, Math.round(percent * 10) / 10) : Math.round(percent);
}

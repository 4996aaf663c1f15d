/** Definitions: how to read a dashboard and its counters. Values themselves are integers of the smallest unit. */

/** `counter` adds and removes, and has totals. `gauge` is a level that is set and kept; it has no totals. */
export type CounterKind = 'counter' | 'gauge';

/** Periods of a dashboard's time zone, shortest first. */
export const PERIODS = ['hour', 'day', 'week', 'month', 'year'] as const;
export type Period = (typeof PERIODS)[number];

export type Level = 'good' | 'warn' | 'bad';

/** Most digits behind the decimal point. */
export const MAX_SCALE = 9;
/** Most thresholds of a counter or a measure. */
export const MAX_THRESHOLDS = 3;
/** Most measures of a dashboard. */
export const MAX_MEASURES = 100;
/** Most terms of a sum. */
export const MAX_TERMS = 32;
/** Longest title of a dashboard, a group or a counter, UTF-16 code units. */
export const MAX_TITLE_LENGTH = 200;
/** Longest unit and singular of a counter, UTF-16 code units. */
export const MAX_UNIT_LENGTH = 40;
/** Longest name of a time zone, UTF-16 code units; that of the longest known one is 32. */
export const MAX_ZONE_LENGTH = 64;
/** Most groups of a layout. */
export const MAX_GROUPS = 100;
/** Most tiles of a group: all counters and measures that a dashboard may have by default. */
export const MAX_TILES = 1_100;

/** A value to reach: within each `per`, or once and for all as a level. */
export interface Target {
  /** Smallest unit of a counter, decimals of a measure; not 0. Of a counter not below its lowest value. */
  readonly value: number;
  readonly per?: Period;
}

/** The level that holds from `at` on, up to the next threshold. */
export interface Threshold {
  /** Smallest unit of a counter, decimals of a measure. */
  readonly at: number;
  readonly level: Level;
}

/** Properties that counters and derived measures share. */
export interface Presentation {
  /** Display name, for example `Orders`. */
  readonly title?: string;
  /** Shown behind the number as written, for example `kg`. */
  readonly unit?: string;
  /** ISO 4217 code, for example `EUR`. */
  readonly currency?: string;
  /** Digits behind the decimal point, 0 to {@link MAX_SCALE}. */
  readonly scale?: number;
  /** The number shown large: `total` (default), or the number of the present period. */
  readonly headline?: 'total' | Period;
  /** The better direction; default `up`. */
  readonly goodWhen?: 'up' | 'down';
  readonly target?: Target;
  /** Ascending by `at`, at most {@link MAX_THRESHOLDS}. Below the first one there is no level. */
  readonly thresholds?: readonly Threshold[];
}

/** The part of a definition that decides which changes are allowed. Stored beside the value. */
export interface CountingRule {
  /** Default `counter`. Fixed when the counter is created. */
  readonly kind?: CounterKind;
  /** Lowest value; default 0; `null` for none. */
  readonly min?: number | null;
  /** One of what is counted, for example `order`. Used in messages; default: the counter's name. */
  readonly singular?: string;
}

/** Declared properties of a counter. `scale` and `kind` are fixed when the counter is created. */
export interface CounterDefinition extends CountingRule, Presentation {
  /** Period that the headline is compared with; default `week` for days, `previous` for all others. */
  readonly compareWith?: 'previous' | 'week' | 'year';
}

interface RatioDefinition extends Presentation {
  /** Dividend and divisor: names of counters. */
  readonly ratio: readonly [string, string];
  /** Multiplies by 100. */
  readonly percent?: boolean;
}

interface SumDefinition extends Presentation {
  /** 1 to {@link MAX_TERMS} names of counters; a leading `-` subtracts. */
  readonly sum: readonly string[];
}

/** A number that is computed from counters whenever it is shown, and never stored. */
export type MeasureDefinition = RatioDefinition | SumDefinition;

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Time zone and boundaries of the periods of a dashboard. */
export interface Reckoning {
  /** Name that `Intl.DateTimeFormat` takes, for example `Europe/Berlin`. */
  readonly timeZone: string;
  /** Local time at which a day begins, `HH:MM`. */
  readonly dayStartsAt: string;
  readonly weekStartsOn: Weekday;
}

export interface Tile {
  /** Name of a counter or a measure. */
  readonly show: string;
  readonly size?: 'small' | 'medium' | 'large';
  readonly hidden?: true;
}

export interface Layout {
  readonly groups: readonly { readonly title?: string; readonly tiles: readonly Tile[] }[];
}

/** Properties of a dashboard beside its counters. */
export interface DashboardSettings extends Partial<Reckoning> {
  readonly title?: string;
  /** Keyed by name. Measures and counters share one name space. */
  readonly measures?: Readonly<Record<string, MeasureDefinition>>;
  readonly layout?: Layout;
}

/** Reads the numbers of hours, days, weeks, months and years. */
import type { MeasureValues } from '../counters/counters.js';
import type { Period } from '../counters/definition.js';
import { requestJson, type ReadOptions } from './request.js';
import { buildResourceUrl } from './urls.js';

/** A counter within a period, in its smallest unit. Numbers beyond 2^53 are rounded to the nearest double. */
export interface CounterPeriod {
  /** Value at the end of the period, or now in the running one. The number of the period is `added - removed`. */
  readonly value: number;
  readonly added: number;
  readonly removed: number;
}

/** A gauge within a period. `least` and `most` include the level that the period began with. */
export interface GaugePeriod {
  /** Level at the end of the period, or now in the running one. */
  readonly value: number;
  readonly least: number;
  readonly most: number;
}

interface PeriodReading {
  readonly counters: Readonly<Record<string, CounterPeriod | GaugePeriod>>;
  /** Measures of the numbers of the period. Null where the divisor is 0. */
  readonly measures?: MeasureValues;
}

/** One period. Times are milliseconds since the Unix epoch; `end` is not part of it. */
export interface PeriodRow extends PeriodReading {
  readonly start: number;
  readonly end: number;
  /** Numbers of an earlier period up to the same local time as now. Absent in the running period. */
  readonly byNow?: PeriodReading & {
    /** End of what was counted: now at that local time, cut to the last full minute or hour. */
    readonly at: number;
  };
}

export interface DashboardPeriods {
  readonly dashboard: string;
  readonly timeZone: string;
  readonly period: Period;
  /** Time of the answer, milliseconds since the Unix epoch. */
  readonly at: number;
  /** Newest first. */
  readonly rows: readonly PeriodRow[];
}

export interface PeriodsOptions extends ReadOptions {
  /** Default: `main`. */
  readonly dashboard?: string;
  readonly period: Period;
  /** Number of rows, 1 to 1,000. Default: 8. */
  readonly count?: number;
  /** Names of counters and measures. Default, and if empty: all. */
  readonly counters?: readonly string[];
  /** The rows before the period that contains this moment: milliseconds since the Unix epoch, or a date. */
  readonly before?: number | Date;
}

/**
 * Returns the numbers of the latest periods of a dashboard's time zone. Does not retry.
 * @param url base URL of the service, for example `https://example.org/tallyboard`
 * @throws RefusedError if the server refuses the request, UnavailableError if it cannot serve it, or the reason of
 *   `signal`
 */
export function readPeriods(url: string | URL, options: PeriodsOptions): Promise<DashboardPeriods> {
  const { dashboard = 'main', counters, period, count, before } = options;
  const address = buildResourceUrl(url, dashboard, 'periods', { counters, period, count, before });
  return requestJson<DashboardPeriods>(address, options);
}

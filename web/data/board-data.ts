/** The numbers of a board as its parts see them: of a dashboard that is watched, or of one as it was. */
import type { ReadonlySignal } from '@preact/signals';
import type { DashboardDefinition, Period, WatchStatus } from '../../src/client/client.js';
import type { NumberKind } from '../../src/measures/shown-number.js';
import type { TokenOptions } from '../auth/session-token.js';
import type { PeriodData } from './period-data.js';

/** Numbers of a counter or a measure: its value, and what came within the present periods. */
export type NumbersByKind = Readonly<Partial<Record<NumberKind, number | null>>>;

/** What a board shows. Times are milliseconds since the Unix epoch by the service's clock. */
export interface BoardData {
  readonly base: URL;
  /** Name of the dashboard. */
  readonly name: string;
  readonly tokenOptions: TokenOptions;
  readonly status: ReadonlySignal<WatchStatus>;
  /** True while the numbers are current. All that is derived from the present time is unknown otherwise. */
  readonly isLive: ReadonlySignal<boolean>;
  /** Undefined until it has been read. */
  readonly definition: ReadonlySignal<DashboardDefinition | undefined>;
  /** Names of the counters, then of the measures, each in the order of their definition. */
  readonly names: ReadonlySignal<readonly string[]>;
  /** Time of the last change; undefined until known, 0 if nothing has been counted. */
  readonly lastChangeAt: ReadonlySignal<number | undefined>;
  /** True once numbers have come. Unlike the time of the last change, it does not change with each. */
  readonly hasNumbers: ReadonlySignal<boolean>;
  /** True if nothing has been counted yet. Unlike the time of the last change, it does not change with each. */
  readonly isUncounted: ReadonlySignal<boolean>;
  /** Revision that is shown, and its epoch: revisions of two epochs do not compare. Empty until known. */
  readonly revision: ReadonlySignal<number>;
  readonly epoch: ReadonlySignal<string>;
  /** Returns the numbers of a counter or a measure. The same signal for each call with a name. */
  getNumbers(name: string): ReadonlySignal<NumbersByKind>;
  /** Returns the rows of the running period and of those it is compared with; undefined until they have been read. */
  getPeriodData(period: Period): ReadonlySignal<PeriodData | undefined>;
  /** Returns the change of a counter within the last 60 seconds; undefined while it is not known. */
  getChangePerMinute?(name: string): number | undefined;
  now(): number;
}

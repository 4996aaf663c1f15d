/** How dashboards leave a store, and how they come into one: whole, in pieces, from one moment to one atomic switch. */
import type { CounterDefinition, Outcome, CounterTotals } from '../counters/counters.js';
import type { Reply } from './in-process/decide.js';
import type { LedgerEntry, StepMs } from './store.js';

export interface ExportedCounter extends CounterDefinition, CounterTotals {
  readonly name: string;
}

/** A dashboard without its past. */
export interface ExportedDashboard {
  readonly name: string;
  readonly title?: string;
  readonly epoch: string;
  readonly revision: number;
  readonly at: number;
  /** In the order in which they were declared. */
  readonly counters: readonly ExportedCounter[];
}

/** Totals as they were at the end of the bucket that begins `at`. */
export interface BucketTotals extends CounterTotals {
  readonly at: number;
}

/** Buckets of a counter that follow each other, oldest first: what one ends with is what the next begins with. */
export interface PointRun {
  readonly counter: string;
  readonly stepMs: StepMs;
  /** Totals as the first bucket began. */
  readonly startTotals: CounterTotals;
  readonly buckets: readonly BucketTotals[];
}

/** What is kept under an idempotency key. */
export interface ExportedKey {
  readonly key: string;
  readonly at: number;
  readonly fingerprint: string;
  readonly reply: Reply<Outcome>;
}

/** A part of the past of a dashboard. */
export type ExportRecord =
  | { readonly points: PointRun; readonly ledger?: undefined; readonly key?: undefined }
  | { readonly ledger: LedgerEntry; readonly points?: undefined; readonly key?: undefined }
  | { readonly key: ExportedKey; readonly points?: undefined; readonly ledger?: undefined };

/** A dashboard on its way out. */
export interface DashboardExport {
  readonly dashboard: ExportedDashboard;
  /**
   * Its past up to that revision, in an order that is the same for all stores: points by counter as declared, by step and time; the
   * ledger by revision; keys by time and then by name. What is past its retention is left out.
   * @throws Error for people when the dashboard was removed meanwhile
   */
  readonly readRecords: () => AsyncIterable<readonly ExportRecord[]>;
}

/** A store that dashboards are read from. */
export abstract class StoreExport {
  /** In the order of the alphabet. */
  abstract listNames(): AsyncIterable<string>;
  /** Undefined when it is not there. */
  abstract readDashboard(name: string): Promise<DashboardExport | undefined>;
  abstract close(): Promise<void>;
}

/** Where a dashboard is that is there. */
export type DashboardVersion = Pick<ExportedDashboard, 'epoch' | 'revision' | 'at'>;

/** A dashboard on its way in: nobody sees it. */
export interface DashboardImport {
  /** Takes pieces, in the order in which they left. Stretches of one counter and step may come in parts. */
  add(records: readonly ExportRecord[]): Promise<void>;
  /**
   * Puts the dashboard in the place of what stood there when it began, with one atomic step.
   * @param epoch its own, or a new one where revisions would go back
   * @returns false when what stands there has moved on meanwhile; then nothing is changed.
   */
  complete(epoch: string): Promise<boolean>;
  /** Takes away what was brought. */
  abort(): Promise<void>;
}

/** A store that dashboards are brought into. */
export abstract class StoreImport {
  abstract findVersion(name: string): Promise<DashboardVersion | undefined>;
  /** @param existing what stands in its place, as `find` has told */
  abstract begin(dashboard: ExportedDashboard, existing: DashboardVersion | undefined): Promise<DashboardImport>;
  abstract close(): Promise<void>;
}

/** Most pieces that are handed on at once. */
export const RECORDS_PER_BATCH = 500;

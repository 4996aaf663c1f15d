/** Ports for exporting dashboards from a store and importing them into one. */
import type { Counter, CounterTotals, Dashboard, Outcome } from '../counters/counters.js';
import type { Reply } from './in-process/decide.js';
import type { OwnedKey } from './owned-key.js';
import type { LedgerEntry } from '../counters/ledger-entry.js';
import type { LevelPoint, RowStepMs } from './store.js';

export interface ExportedCounter extends Counter {
  readonly name: string;
}

/** A rule without addresses and secrets. Its text is a document of the store (`RULE_FOLDER`). */
export interface ExportedRule {
  readonly name: string;
  readonly text: string;
}

/** A dashboard without its points, ledger and keys. */
export interface ExportedDashboard extends Omit<Dashboard, 'counters'> {
  /** In the order of their definition. */
  readonly counters: readonly ExportedCounter[];
  /** By name. Absent without rules. */
  readonly rules?: readonly ExportedRule[];
}

/** Totals of a counter at the end of the bucket that starts at `at`. */
export interface BucketTotals extends CounterTotals {
  readonly at: number;
}

/** Consecutive buckets of a counter, oldest first: each starts with the totals that the one before ended with. */
export interface PointRun {
  readonly counter: string;
  readonly stepMs: RowStepMs;
  /** Totals at the start of the first bucket. */
  readonly startTotals: CounterTotals;
  readonly buckets: readonly BucketTotals[];
}

/** Consecutive buckets of a gauge, oldest first. */
export interface LevelRun {
  readonly counter: string;
  readonly stepMs: RowStepMs;
  readonly levels: readonly LevelPoint[];
}

/** An idempotency key with its stored reply. */
export interface ExportedKey extends OwnedKey {
  /** Time of the change, milliseconds since the Unix epoch. */
  readonly at: number;
  /** End of the key, milliseconds since the Unix epoch. Absent in exports from before keys had owners. */
  readonly keepUntil?: number;
  readonly fingerprint: string;
  readonly reply: Reply<Outcome>;
}

/** One item of the past of a dashboard: exactly one field is set. */
export type ExportRecord =
  | { readonly points: PointRun; readonly levels?: undefined; readonly ledger?: undefined; readonly key?: undefined }
  | { readonly levels: LevelRun; readonly points?: undefined; readonly ledger?: undefined; readonly key?: undefined }
  | { readonly ledger: LedgerEntry; readonly points?: undefined; readonly levels?: undefined; readonly key?: undefined }
  | {
      readonly key: ExportedKey;
      readonly points?: undefined;
      readonly levels?: undefined;
      readonly ledger?: undefined;
    };

export interface DashboardExport {
  readonly dashboard: ExportedDashboard;
  /**
   * Reads the past up to the revision of `dashboard`, without expired items. The order is the same for all stores:
   * points or levels by counter in the order of definition, then by step and time; the ledger by revision; keys by
   * their end, then by key and owner.
   * @throws Error, whose message says what to do, if the dashboard is removed meanwhile
   */
  readonly readRecords: () => AsyncIterable<readonly ExportRecord[]>;
}

/** Reads dashboards from a store that may be in use. */
export abstract class StoreExport {
  /** In alphabetical order. */
  abstract listNames(): AsyncIterable<string>;
  /** @returns undefined if there is no such dashboard */
  abstract readDashboard(name: string): Promise<DashboardExport | undefined>;
  abstract close(): Promise<void>;
}

/** Identifies a state of a dashboard: revisions of different epochs do not compare. */
export type DashboardVersion = Pick<ExportedDashboard, 'epoch' | 'revision' | 'at'>;

/** An import of one dashboard. Nobody can read the dashboard before it is complete. */
export interface DashboardImport {
  /** Adds records in the order of the export. The runs of one counter and step may arrive in parts. */
  add(records: readonly ExportRecord[]): Promise<void>;
  /**
   * Replaces the existing dashboard by the imported one in one atomic step.
   * @param epoch the epoch of the export, or a new one if revisions would go back
   * @returns false, and changes nothing, if the existing dashboard has changed since the import began
   */
  complete(epoch: string): Promise<boolean>;
  /** Deletes what has been added. */
  abort(): Promise<void>;
}

/** Imports dashboards into a store. */
export abstract class StoreImport {
  abstract findVersion(name: string): Promise<DashboardVersion | undefined>;
  /** @param existing version of the dashboard that will be replaced, from {@link findVersion} */
  abstract begin(dashboard: ExportedDashboard, existing: DashboardVersion | undefined): Promise<DashboardImport>;
  abstract close(): Promise<void>;
}

/** Records that are passed on in one batch at most. */
export const RECORDS_PER_BATCH = 500;

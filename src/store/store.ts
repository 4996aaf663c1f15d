/** The port of the store: the contract that every store keeps, and the shapes that it takes and returns. */
import type { Observable } from 'rxjs';
import {
  type ChangeSet,
  type Dashboard,
  type FreshOutcome,
  type ReplayedOutcome,
  type Snapshot,
  toSnapshot,
  type CounterTotals,
  type TimeSpan,
} from '../counters/counters.js';
import type { CounterDefinition, DashboardSettings } from '../counters/definition.js';
import { TallyError } from '../counters/errors.js';
import type { LedgerEntry } from '../counters/ledger-entry.js';
import type { DocumentStore } from './document-store.js';
import type { Durability } from './durability.js';
import type { StoreIntegrity } from './integrity.js';
import type { PastBounds } from './past-bounds.js';
import type { LedgerMatches, LedgerSearch } from './ledger-search.js';
import type { BookedPast, PastLine } from './past.port.js';
import { toDashboardSummary, type DashboardSummary, type StoreEvent } from './store-events.js';

/** Definition of a dashboard with definitions of counters, by name. */
export interface DashboardDefinition extends DashboardSettings {
  readonly counters: Readonly<Record<string, CounterDefinition>>;
}

/** State of a counter at the end of a time bucket. Buckets without changes have no point. */
export interface Point {
  /** Start of the bucket, milliseconds since the Unix epoch, a multiple of the step. */
  readonly at: number;
  readonly value: number;
  /** Amounts added and removed within the bucket. */
  readonly added: bigint;
  readonly removed: bigint;
}

/** State of a gauge at the end of a time bucket, and its extremes within. Buckets without changes have none. */
export interface LevelPoint {
  /** As {@link Point.at}. */
  readonly at: number;
  readonly value: number;
  /** Lowest and highest value. The one that the bucket began with counts: a level stands until it is changed. */
  readonly least: number;
  readonly most: number;
}

/** Widths of time buckets and how long their points are kept: seconds for 2 h, minutes for 14 d, hours for 2 y. */
export const BUCKETS = [
  { stepMs: 1_000, keepMs: 2 * 3_600_000 },
  { stepMs: 60_000, keepMs: 14 * 86_400_000 },
  { stepMs: 3_600_000, keepMs: 730 * 86_400_000 },
] as const;
export type StepMs = (typeof BUCKETS)[number]['stepMs'];

/**
 * Rows of days, kept 10 years. A row starts with a day of the dashboard (its time zone and `dayStartsAt`), which may
 * have 23 or 25 hours; `stepMs` only names the kind.
 */
export const DAY_ROWS = { stepMs: 86_400_000, keepMs: 3_653 * 86_400_000 } as const;
/** Kinds of rows, shortest first. */
export const ROWS = [...BUCKETS, DAY_ROWS] as const;
export type RowStepMs = StepMs | typeof DAY_ROWS.stepMs;

/**
 * Expiry is incremental, so points and ledger entries may outlive it a little. An expired key counts as unknown at
 * once.
 */
export interface Retention {
  /** Time to live of an idempotency key, milliseconds; 72 h by default. A change applies to new keys. */
  readonly keyTtlMs: number;
  /** Time that a ledger entry is kept, milliseconds; 30 d by default. */
  readonly ledgerRetentionMs: number;
  /** Ledger entries kept per dashboard; 1,000,000 by default. */
  readonly maxLedgerEntries: number;
}

export interface Limits {
  /** Counters per dashboard; 1,000 by default. */
  readonly maxCounters: number;
  /** 10,000 by default. */
  readonly maxDashboards: number;
}

/**
 * Points that one call of {@link CounterStore.readPoints} returns at most. A single series is shorter than that. Costs
 * the caller's event loop 50 ms, and 10 MB.
 */
export const MAX_POINTS = 50_000;

/** Points of one counter in a time range. */
export interface CounterSeries {
  readonly kind: 'counter';
  /** Newest point, of any step, whose bucket ended before the range: it has the value that the range starts with. */
  readonly before: Point | undefined;
  /** Points of the requested step in the range, oldest first. */
  readonly points: readonly Point[];
  /** Totals over the counter's whole life at the time of the read, independent of the range. */
  readonly totals: CounterTotals;
}

/** Points of one gauge in a time range. */
export interface GaugeSeries {
  readonly kind: 'gauge';
  /** As {@link CounterSeries.before}. */
  readonly before: LevelPoint | undefined;
  readonly points: readonly LevelPoint[];
}

export type Series = CounterSeries | GaugeSeries;

/** Rows of one kind that start within a time range. */
export interface RowRange extends TimeSpan {
  readonly stepMs: RowStepMs;
}

/** Ranges that one call of {@link CounterStore.readSums} takes at most, over all counters. */
export const MAX_SUMS = 50_000;

/** Sums of a counter in time ranges, and its totals at the moment of the read. */
export interface CounterSums {
  readonly kind: 'counter';
  readonly totals: CounterTotals;
  readonly sums: readonly {
    readonly added: bigint;
    readonly removed: bigint;
    /**
     * Value at the end of the range: that of the newest row in it, or else of the newest row, of any kind, that ended
     * before it (days only for ranges of days); 0 without one.
     */
    readonly value: number;
  }[];
}

/** Levels of a gauge in time ranges. */
export interface GaugeLevels {
  readonly kind: 'gauge';
  /** Without a row in the range, all three are the value that the range begins with, as {@link CounterSums} has it. */
  readonly levels: readonly Omit<LevelPoint, 'at'>[];
}

export interface DefineOptions {
  /** Actor for the ledger. */
  readonly who?: string | undefined;
  /** The definition must still be this one, or the dashboard must not exist. Compared in the same atomic step. */
  readonly expected?: DefinitionVersion | 'absent' | undefined;
}

/** Identifies a definition. Versions of different epochs do not compare. */
export type DefinitionVersion = Pick<Dashboard, 'epoch' | 'version'>;

/** Result of {@link CounterStore.define}. */
export interface DefinedDashboard {
  readonly created: boolean;
  /** False if the definition was the present one: nothing has changed. */
  readonly changed: boolean;
  /** State after the definition. */
  readonly dashboard: Dashboard;
  /** Present if an existing dashboard gained counters: the ledger booking that sets each of them to 0. */
  readonly outcome?: FreshOutcome;
}

/**
 * Stores dashboards, their counters, points and ledgers. An abstract class, so that it is both port and injection
 * token. `contract/store.contract.ts` tests every implementation against the promises below.
 */
export abstract class CounterStore {
  /**
   * Opens the store. No other method may be called before it resolves.
   * @throws StoreOpenError if another process holds the store, if it is damaged or newer than this program, or
   *   unreachable
   */
  abstract open(): Promise<void>;

  /**
   * Applies a change set atomically: either all of its changes or none. Values, totals, points, ledger entry and
   * idempotency key are written in one step, and are durable when the promise resolves.
   *
   * Change sets of a dashboard are applied in the order of the calls, and their promises resolve in the order of their
   * revisions. A key is applied at most once for each owner. A key that was kept before keys had owners belongs to
   * everybody, and is looked up where the owner's own is not there. A refused change set does not affect others that
   * are committed with it.
   *
   * A change set that undoes a revision books the opposite of its ledger entry (`planUndo`), at most once for each
   * revision: whether it was undone is decided in the same step, also among several instances.
   * @returns the outcome with the new totals. If its owner used the key for the same payload before, returns the first
   *   outcome again, with `replayed` and without totals.
   * @throws TallyError `nothing-to-remove`, `counter-full`, `already-undone` and `not-undoable`, which are stored under
   *   the key and replayed like outcomes; `unknown-dashboard`, `unknown-counter`, `unknown-revision`, `key-reused` or
   *   `overloaded`; `store-unavailable` if nothing was applied, or if the store was lost before it replied: it is
   *   always safe to retry with the same key
   */
  abstract apply(changeSet: ChangeSet): Promise<FreshOutcome | ReplayedOutcome>;

  /**
   * Applies many change sets in order, each as {@link apply} does. Cheaper than a call for each.
   * @returns the outcome or the error of each, in order
   * @throws only errors that are no TallyError
   */
  applyAll(changeSets: readonly ChangeSet[]): Promise<readonly (FreshOutcome | ReplayedOutcome | TallyError)[]> {
    return Promise.all(changeSets.map((changeSet) => this.apply(changeSet).catch(assertTallyError)));
  }

  /**
   * Reads the last durable state of a dashboard, with totals and definitions.
   * @throws TallyError `unknown-dashboard`, `store-unavailable`
   */
  abstract readDashboard(dashboard: string): Promise<Dashboard>;

  /** Reads the state that viewers see. @throws TallyError as {@link readDashboard} */
  async readSnapshot(dashboard: string): Promise<Snapshot> {
    return toSnapshot(await this.readDashboard(dashboard));
  }

  /**
   * Creates a dashboard, or replaces its settings and the definitions of the named counters. Atomic, durable when it
   * resolves, and ordered with the calls of {@link apply} and {@link remove}.
   *
   * Never deletes a counter or changes a value: a counter that is not named keeps its definition. `kind` and `scale` of
   * an existing counter stay as they are; a new one without a scale gets the digits of its currency. A definition that
   * differs from the present one increments the version. If an existing dashboard gains counters, they are booked like
   * a change set: one revision, and one ledger entry with a change `{counter, to: 0}` for each and the reason
   * `defined`. A definition that adds no counter does not change the revision.
   *
   * If the days of the dashboard change, the rows that are written stay, and the present day ends with the first start
   * of a new one after now.
   * @throws TallyError `definition-changed` if it is not the `expected` one; `definition-fixed` for another kind or
   *   scale; `below-minimum` for a `min` above the value; `name-taken` for a name of both a counter and a measure;
   *   `too-many-counters`, `too-many-dashboards`, `overloaded`, `store-unavailable`
   */
  abstract define(name: string, definition: DashboardDefinition, options?: DefineOptions): Promise<DefinedDashboard>;

  /**
   * Removes a dashboard with its counters, points, ledger and keys, or one counter with its points. Atomic, durable
   * when it resolves, and ordered with the calls of {@link apply} and {@link define}.
   *
   * A dashboard that is defined again has a new epoch. The removal of a counter is booked like a change set: one
   * revision, and one ledger entry `{counter, to: 0}` with the reason `deleted`. It leaves the layout, and increments
   * the version. A counter that is defined again starts at 0.
   * @param who actor for the ledger
   * @returns the booking with the counter at 0, or undefined for a dashboard
   * @throws TallyError `unknown-dashboard`, `unknown-counter`, `needed-by-measure`, `overloaded`, `store-unavailable`
   */
  abstract remove(dashboard: string, counter?: string, who?: string): Promise<FreshOutcome | undefined>;

  /**
   * Books the past of a dashboard that has counted nothing yet, as if each line had been counted at its time: totals,
   * and points and rows of days as far as they are kept. One atomic step, durable when it resolves: a refused line, or
   * an iteration that throws, leaves everything as it was. The dashboard is then at revision 1 of a new epoch, at the
   * time of the last line. The ledger has one entry with a change `{counter, to, moved}` for each touched counter and
   * the reason `history`. Reports the new state as an event `reloaded`, also where the store is not shared.
   * @throws TallyError `has-history` if it has counted something, also since the first line; `definition-changed` since
   *   then; `invalid-request`, `nothing-to-remove` or `counter-full`, which name the line; `unknown-dashboard`,
   *   `overloaded`, `store-unavailable`; what the iteration throws
   */
  abstract bookPast(name: string, lines: AsyncIterable<readonly PastLine[]>, who?: string): Promise<BookedPast>;

  /** Reads the durable state of all dashboards, in no particular order. */
  abstract readAllDashboards(): Promise<readonly Dashboard[]>;

  /**
   * Searches the ledger. The page ends early once the changes of its entries reach LEDGER_PAGE_BYTES, or once as much
   * was examined as one search may. Expired entries are missing. `undoneBy` is that of the moment of the read.
   * @throws TallyError `unknown-dashboard`, `overloaded`
   */
  abstract searchLedger(dashboard: string, search: LedgerSearch): Promise<LedgerMatches>;

  /** Reads a page of the ledger, oldest first. @throws TallyError as {@link searchLedger} */
  async readLedger(dashboard: string, after: number, limit: number): Promise<readonly LedgerEntry[]> {
    return (await this.searchLedger(dashboard, { after, limit })).entries;
  }

  /**
   * Reads points with `from <= at < to` (milliseconds since the Unix epoch) from one moment of the store. The map has
   * the counters in the requested order. Expired points are missing, so a counter without changes for that long has no
   * `before`.
   * @throws TallyError `unknown-dashboard`, `unknown-counter`, `too-many-points` beyond MAX_POINTS, `overloaded`
   */
  abstract readPoints(
    dashboard: string,
    counters: readonly string[],
    stepMs: StepMs,
    from: number,
    to: number,
  ): Promise<ReadonlyMap<string, Series>>;

  /**
   * Reads sums of rows in time ranges, all from one moment of the store. The map has the counters in the requested
   * order, and the sums are in the order of `ranges`. Expired rows are missing.
   * @throws TallyError `unknown-dashboard`, `unknown-counter`, `too-many-points` beyond MAX_SUMS, `overloaded`
   */
  abstract readSums(
    dashboard: string,
    counters: readonly string[],
    ranges: readonly RowRange[],
  ): Promise<ReadonlyMap<string, CounterSums | GaugeLevels>>;

  /**
   * Reads where the kept past of a dashboard begins, and where moments lie in its ledger. Costs a few reads of single
   * rows for each counter and moment, however long the past is.
   * @param counters counters to find the oldest rows of
   * @param moments milliseconds since the Unix epoch
   * @throws TallyError `unknown-dashboard`, `unknown-counter`, `overloaded`
   */
  abstract readPastBounds(
    dashboard: string,
    counters: readonly string[],
    moments: readonly number[],
  ): Promise<PastBounds>;

  /**
   * True if other instances change the same dashboards. Then {@link events$} reports every change of subscribed
   * dashboards, and all others must be read each time. If false, this instance knows the state from its own calls.
   */
  readonly isShared: boolean = false;

  /**
   * Subscribes to a dashboard of a shared store. {@link events$} then reports every change after the returned state, in
   * the order of the revisions. Change sets of this instance are reported before their {@link apply} resolves, unless
   * changes of another instance came in between. Idempotent. Has no effect if the store is not shared.
   * @returns the current state
   * @throws TallyError `unknown-dashboard`, `store-unavailable`
   */
  subscribe(dashboard: string): Promise<Dashboard> {
    return this.readDashboard(dashboard);
  }

  /** Ends the subscription. Idempotent. */
  unsubscribe(_dashboard: string): void {}

  /**
   * Lists at most `limit` dashboards whose names sort after `after`, by name.
   * @throws TallyError `store-unavailable`
   */
  async listDashboards(after: string, limit: number): Promise<readonly DashboardSummary[]> {
    const summaries = (await this.readAllDashboards()).filter(({ name }) => name > after).map(toDashboardSummary);
    return summaries.toSorted((a, b) => (a.name < b.name ? -1 : 1)).slice(0, limit);
  }

  /**
   * Lists at most `limit` names that sort after `after`, in order. May include a dashboard that is being created or
   * removed.
   * @throws TallyError `store-unavailable`
   */
  async listDashboardNames(after: string, limit: number): Promise<readonly string[]> {
    return (await this.listDashboards(after, limit)).map(({ name }) => name);
  }

  /**
   * Events. Shared store: every change of a subscribed dashboard, whoever made it. Embedded store: only what recovery
   * found after a fault, never outcomes of {@link apply}. Both: staleness.
   */
  abstract readonly events$: Observable<StoreEvent>;

  /** Durability of acknowledged changes, as far as it is known. Shown in health and metrics. */
  abstract readonly durability: Durability;

  /**
   * Difference of the store's own clock to the time of day that changes are dated with, milliseconds. 0 while that
   * clock is believed. Undefined if the store goes by the clock of the service.
   */
  get clockOffsetMs(): number | undefined {
    return undefined;
  }

  /** Damage found in what is stored. Shown in health and metrics. Undefined if the store cannot tell. */
  get integrity(): StoreIntegrity | undefined {
    return undefined;
  }

  /** True if the store accepts changes, judging by the last one. */
  abstract readonly isAvailable: boolean;

  /** Documents of dashboards. */
  abstract readonly documents: DocumentStore;

  /** Change sets, definitions and removals that wait for a commit. */
  abstract readonly pending: number;

  /** Size of the write-ahead log of an embedded store, bytes. Undefined for other stores. */
  get walBytes(): number | undefined {
    return undefined;
  }

  /** Resolves if the store responds. @throws TallyError `store-unavailable` */
  abstract ping(): Promise<void>;

  /** Commits everything that was accepted, then closes. Idempotent. Later calls fail with `store-unavailable`. */
  abstract close(): Promise<void>;
}

function assertTallyError(error: unknown): TallyError {
  if (error instanceof TallyError) return error;
  throw error;
}

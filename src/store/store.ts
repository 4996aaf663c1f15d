/** The one port: where the counters live, and what every store promises. */
import type { Observable } from 'rxjs';
import {
  type Change,
  type ChangeSet,
  type CounterDefinition,
  type Dashboard,
  type FreshOutcome,
  type ReplayedOutcome,
  type Snapshot,
  toSnapshot,
  type CounterTotals,
} from '../counters/counters.js';
import { TallyError } from '../counters/errors.js';
import type { Durability } from './durability.js';
import { toDashboardSummary, type DashboardSummary, type StoreEvent } from './store-events.js';

/** What a dashboard is declared as. */
export interface DashboardDefinition {
  readonly title?: string;
  readonly counters: Readonly<Record<string, CounterDefinition>>;
}

/** One applied change set, as the ledger keeps it. */
export interface LedgerEntry {
  readonly revision: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly changes: readonly Change[];
  readonly key?: string;
  readonly reason?: string;
  readonly who?: string;
}

/** A counter at the end of a time bucket that had changes. */
export interface Point {
  /** Start of the bucket, milliseconds since the Unix epoch, a multiple of the step. */
  readonly at: number;
  readonly value: number;
  /** Added and removed within the bucket. */
  readonly added: bigint;
  readonly removed: bigint;
}

/** Widths of the buckets, and how long each is kept: seconds for 2 h, minutes for 14 d, hours for 2 y. */
export const BUCKETS = [
  { stepMs: 1_000, keepMs: 2 * 3_600_000 },
  { stepMs: 60_000, keepMs: 14 * 86_400_000 },
  { stepMs: 3_600_000, keepMs: 730 * 86_400_000 },
] as const;
export type StepMs = (typeof BUCKETS)[number]['stepMs'];

/** How long a store remembers. Expiry is incremental and may lag behind; a key past its time counts as unknown at once. */
export interface Retention {
  /** Milliseconds that an idempotency key is kept, 24 h by default. */
  readonly keyTtlMs: number;
  /** Milliseconds that a ledger entry is kept, 30 d by default. */
  readonly ledgerRetentionMs: number;
  /** Most ledger entries kept per dashboard, 1,000,000 by default. */
  readonly maxLedgerEntries: number;
}

/** How much a store takes. */
export interface Limits {
  /** Most counters of a dashboard, 1,000 by default. */
  readonly maxCounters: number;
  /** Most dashboards, 10,000 by default. */
  readonly maxDashboards: number;
}

/** Most points that one call of `points` gives, more than any one series has: 50 ms of the loop of who asked, and 10 MB. */
export const MAX_POINTS = 50_000;

/** A counter over a range of time. */
export interface CounterSeries {
  /** Its newest point of any step whose bucket had ended when the range began: the value that it came with. */
  readonly before: Point | undefined;
  /** Its points of the wanted step in the range, oldest first; buckets without changes have none. */
  readonly points: readonly Point[];
  /** All that was ever added and removed, as it is in the moment of the reading, whatever the range. */
  readonly totals: CounterTotals;
}

/** What a definition came to. */
export interface DefinedDashboard {
  readonly created: boolean;
  /** The dashboard as it is now. */
  readonly dashboard: Dashboard;
  /** What was booked when a dashboard that was there gained counters: each of them at 0. */
  readonly outcome?: FreshOutcome;
}

/**
 * Where the counters live. A class, so that it is port and injection token at once.
 * `store.contract.ts` holds every implementation to these words.
 */
export abstract class CounterStore {
  /**
   * Opens the store; nothing else may be called before it is done.
   * @throws StoreOpenError when it is held by another process, damaged, newer than this program, or not reachable.
   */
  abstract open(): Promise<void>;

  /**
   * Applies a change set: all or none, in the order of the calls, at most once per key, and durable before it resolves.
   * Values, totals, points, ledger entry and key are written in one atomic step. A refused change set spoils no other.
   * Outcomes of one dashboard resolve in the order of their revisions.
   * @returns the outcome, with the totals that it led to; the first one again, with `replayed` and without totals, when the key
   *   was used for the same payload.
   * @throws TallyError `nothing-to-remove`, `counter-full` (both remembered under the key), `unknown-dashboard`,
   *   `unknown-counter`, `key-reused`, `overloaded`, or `store-unavailable`, after which nothing was counted,
   *   unless the store was lost on the way: a retry under the same key is always right.
   */
  abstract apply(changeSet: ChangeSet): Promise<FreshOutcome | ReplayedOutcome>;

  /**
   * Applies many change sets as `apply` does, in their order, and each for itself: a refused one spoils no other.
   * For those who have many at once it costs less than a call for each.
   * @returns what each came to, in order. Rejects with what is no TallyError only.
   */
  applyAll(changeSets: readonly ChangeSet[]): Promise<readonly (FreshOutcome | ReplayedOutcome | TallyError)[]> {
    return Promise.all(changeSets.map((changeSet) => this.apply(changeSet).catch(assertTallyError)));
  }

  /**
   * The last durable state of a dashboard, with totals and definitions.
   * @throws TallyError `unknown-dashboard`, `store-unavailable`
   */
  abstract readDashboard(dashboard: string): Promise<Dashboard>;

  /** What of it is shown. @throws TallyError as `read` */
  async readSnapshot(dashboard: string): Promise<Snapshot> {
    return toSnapshot(await this.readDashboard(dashboard));
  }

  /**
   * Creates a dashboard, or replaces its title and the definitions of its counters. Durable when it resolves, all or none,
   * and in the order of the calls of `apply`, `define` and `remove`.
   * Never drops a counter or a value: a counter that is not named keeps its definition.
   * Counters that a dashboard gains later are booked as a change set: a revision, and a ledger entry of `{counter, to: 0}`
   * each with the reason `defined`. A definition that adds none moves no revision.
   * @param who for the ledger
   * @throws TallyError `too-many-counters`, `too-many-dashboards`, `overloaded`, `store-unavailable`
   */
  abstract define(name: string, definition: DashboardDefinition, who?: string): Promise<DefinedDashboard>;

  /**
   * Removes a dashboard with all that belongs to it: counters, points, ledger, keys. Defined again, the name has a new epoch.
   * Or one counter with its points, booked as a change set: a revision, and a ledger entry of `{counter, to: 0}` with the
   * reason `deleted`. Defined again, the counter starts at 0. Durable when it resolves, in the order of the calls.
   * @param who for the ledger
   * @returns what was booked, with the counter at 0; nothing for a dashboard.
   * @throws TallyError `unknown-dashboard`, `unknown-counter`, `overloaded`, `store-unavailable`
   */
  abstract remove(dashboard: string, counter?: string, who?: string): Promise<FreshOutcome | undefined>;

  /** All dashboards with their durable state, in no order that is promised. */
  abstract readAllDashboards(): Promise<readonly Dashboard[]>;

  /**
   * Ledger entries of a dashboard after revision `after`, oldest first, at most `limit`, and fewer when they are large: none that
   * begins after LEDGER_PAGE_BYTES of changes, but always the first. Entries past their retention are gone.
   * @throws TallyError `unknown-dashboard`, `overloaded`
   */
  abstract readLedger(dashboard: string, after: number, limit: number): Promise<readonly LedgerEntry[]>;

  /**
   * Points of counters with `from <= at < to`, by counter in the order that was asked for, with the point that each came
   * with and its totals. Seen from one moment. What is past its retention is gone: a counter at rest for so long has no `before`.
   * @throws TallyError `unknown-dashboard`, `unknown-counter`, `too-many-points` beyond MAX_POINTS, `overloaded`
   */
  abstract readPoints(
    dashboard: string,
    counters: readonly string[],
    stepMs: StepMs,
    from: number,
    to: number,
  ): Promise<ReadonlyMap<string, CounterSeries>>;

  /**
   * Whether other instances change what is here too. If so only what is listened to is told of, by whomever it was done, and
   * everything else is to be asked for each time. If not, this instance knows all that there is from what it did itself.
   */
  readonly isShared: boolean = false;

  /**
   * Listens to a dashboard from now on: nothing that is applied later than the state it resolves with is missing in `remote$`,
   * which tells of it in the order of the revisions; own change sets before their `apply` resolves, where nobody's came between.
   * Listening twice is listening once. Without meaning for a store that is not shared.
   * @returns the dashboard as it is
   * @throws TallyError `unknown-dashboard`, `store-unavailable`
   */
  subscribe(dashboard: string): Promise<Dashboard> {
    return this.readDashboard(dashboard);
  }

  /** Ends listening. */
  unsubscribe(_dashboard: string): void {}

  /**
   * At most `limit` dashboards whose names come after `after`, in the order of their names.
   * @throws TallyError `store-unavailable`
   */
  async listDashboards(after: string, limit: number): Promise<readonly DashboardSummary[]> {
    const summaries = (await this.readAllDashboards()).filter(({ name }) => name > after).map(toDashboardSummary);
    return summaries.toSorted((a, b) => (a.name < b.name ? -1 : 1)).slice(0, limit);
  }

  /**
   * At most `limit` names that come after `after`, in their order; one whose dashboard comes or goes in this moment may be among them.
   * @throws TallyError `store-unavailable`
   */
  async listDashboardNames(after: string, limit: number): Promise<readonly string[]> {
    return (await this.listDashboards(after, limit)).map(({ name }) => name);
  }

  /**
   * Of a store that is shared: what happens to the dashboards that are listened to. Of one that is not: what was found after a
   * fault, and no outcome of `apply`. Of both: whether they are behind.
   */
  abstract readonly events$: Observable<StoreEvent>;

  /** What an acknowledgement means, as far as is known: for people, health and metrics. */
  abstract readonly durability: Durability;

  /** Whether it takes changes, as far as the last of them has shown. */
  abstract readonly isAvailable: boolean;

  /** Change sets, and what else has its turn among them, that wait for a commit. */
  abstract readonly pending: number;

  /** Resolves when the store answers. @throws TallyError `store-unavailable` */
  abstract ping(): Promise<void>;

  /** Finishes what was accepted, and closes. Safe to call twice. Later calls of anything are `store-unavailable`. */
  abstract close(): Promise<void>;
}

function assertTallyError(error: unknown): TallyError {
  if (error instanceof TallyError) return error;
  throw error;
}

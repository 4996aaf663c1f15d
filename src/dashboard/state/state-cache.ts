/** States of dashboards in memory, kept up to date from the store. */
import type { NextObserver, Subscription } from 'rxjs';
import type { ChangeSet, Dashboard, FreshOutcome, ReplayedOutcome } from '../../counters/counters.js';
import type { TallyError } from '../../counters/errors.js';
import type { DashboardSummary, ReportedOutcome, StoreEvent } from '../../store/store-events.js';
import type { CounterStore, DefinedDashboard } from '../../store/store.js';
import type { CounterSummary } from './counter-summary.js';
import { DashboardState } from './dashboard-state.js';

export interface Removal {
  readonly dashboard: string;
  /** Absent: the whole dashboard. */
  readonly counter?: string;
}

export interface DashboardPage {
  readonly dashboards: readonly DashboardSummary[];
  readonly more: boolean;
}

/** Receives the events of a cache. Each comes after the change is durable and in the state. */
export interface StateObserver {
  readonly changed: NextObserver<ReportedOutcome>;
  readonly removed: NextObserver<Removal>;
  readonly reset: NextObserver<DashboardState>;
  readonly redefined: NextObserver<DashboardState>;
  /** A state with open periods was read anew. */
  readonly reloaded: NextObserver<DashboardState>;
  readonly staleness: NextObserver<DashboardState>;
}

/**
 * Holds the states of dashboards and reports what happens to them. There are two implementations: `ExclusiveStateCache`
 * for a store that only this instance changes, `SharedStateCache` for one that several instances change.
 */
export abstract class StateCache {
  protected readonly states = new Map<string, DashboardState>();
  protected observer: StateObserver | undefined;
  /** Time at which a dashboard, or all of them, became stale, milliseconds since the Unix epoch. */
  readonly #staleSinceMs = new Map<string, number>();
  #allStaleSinceMs: number | undefined;
  #subscription: Subscription | undefined;

  constructor(protected readonly store: CounterStore) {}

  /** Follows the store from now on, reports to `observer`, and creates `main` if it is missing. */
  abstract open(observer: StateObserver): Promise<void>;

  /** As `CounterStore.apply`. */
  apply(changeSet: ChangeSet): Promise<FreshOutcome | ReplayedOutcome> {
    return this.store.apply(changeSet);
  }

  /** As `CounterStore.applyAll`. */
  applyAll(changeSets: readonly ChangeSet[]): Promise<readonly (FreshOutcome | ReplayedOutcome | TallyError)[]> {
    return this.store.applyAll(changeSets);
  }

  /** Takes in a change set that this instance has made durable. */
  abstract onApplied(outcome: FreshOutcome): void;

  /** Takes in a definition that this instance has made durable. Returns the resulting state. */
  abstract onDefined(defined: DefinedDashboard): DashboardState;

  /**
   * Takes in a removal that this instance has made durable.
   * @param outcome undefined if the name turned out to be removed already
   */
  abstract onRemoved(state: DashboardState, counter: string | undefined, outcome: FreshOutcome | undefined): void;

  /** As `DashboardService.getLatest`. */
  abstract getLatest(dashboard: string, counters?: Iterable<string>): Promise<DashboardState>;

  /** As `DashboardService.watch`. */
  abstract watch(dashboard: string, counters?: Iterable<string>): Promise<DashboardState>;

  /** As `DashboardService.releaseUnwatched`. */
  abstract releaseUnwatched(isWatched: (dashboard: string) => boolean): void;

  /** As `DashboardService.list`. */
  abstract list(after: string, limit: number, allowed: ReadonlySet<string> | 'all'): Promise<DashboardPage>;

  /** Returns existing names to compare an unknown one with. */
  abstract findCandidateNames(dashboard: string): Promise<Iterable<string>>;

  /** As `DashboardService.getSummary`. */
  abstract getSummary(maxCounters: number): Promise<CounterSummary>;

  close(): void {
    this.#subscription?.unsubscribe();
  }

  protected subscribeToStore(observer: StateObserver): void {
    this.observer = observer;
    this.#subscription = this.store.events$.subscribe((event) => this.handleStoreEvent(event));
  }

  protected handleStoreEvent(event: StoreEvent): void {
    switch (event.kind) {
      case 'applied':
        return this.applyOutcome(event.outcome);
      case 'reloaded':
        this.replaceState(event.dashboard);
        return undefined;
      case 'removed':
        return this.remove(event.dashboard);
      case 'stale':
        return this.markStale(event);
    }
  }

  /** Applies a durable outcome and reports it if it was new. */
  protected applyOutcome(outcome: FreshOutcome): void {
    if (this.states.get(outcome.dashboard)?.apply(outcome)) this.observer?.changed.next(outcome);
  }

  protected add(dashboard: Dashboard): DashboardState {
    const state = new DashboardState(dashboard);
    this.states.set(dashboard.name, state);
    this.#updateStaleness(state);
    return state;
  }

  /**
   * Replaces the state of a dashboard and reports the difference. Returns undefined if the dashboard is not in the
   * cache.
   */
  protected replaceState(dashboard: Dashboard): DashboardState | undefined {
    const { name, revision, at } = dashboard;
    const state = this.states.get(name);
    const diff = state?.replace(dashboard);
    if (!state || !diff) return undefined;
    if (state.periods) this.observer?.reloaded.next(state);
    if (diff === 'reset') {
      this.observer?.reset.next(state);
      return state;
    }
    const { changed, removed, isRedefined } = diff;
    if (Object.keys(changed).length > 0) {
      this.observer?.changed.next({
        dashboard: name,
        revision,
        at,
        counters: changed,
        replayed: false,
        isCombined: true,
      });
    }
    for (const counter of removed) this.observer?.removed.next({ dashboard: name, counter });
    if (isRedefined) this.observer?.redefined.next(state);
    return state;
  }

  protected remove(dashboard: string): void {
    if (this.evict(dashboard)) this.observer?.removed.next({ dashboard });
  }

  /** Removes a dashboard from the cache without a report. */
  protected evict(dashboard: string): boolean {
    this.#staleSinceMs.delete(dashboard);
    return this.states.delete(dashboard);
  }

  protected markStale({ dashboard, sinceMs }: Omit<Extract<StoreEvent, { kind: 'stale' }>, 'kind'>): void {
    // A dashboard that is not in the cache gets its staleness when it is loaded.
    if (dashboard !== undefined && !this.states.has(dashboard)) return;
    if (dashboard === undefined) this.#allStaleSinceMs = sinceMs;
    else if (sinceMs === undefined) this.#staleSinceMs.delete(dashboard);
    else this.#staleSinceMs.set(dashboard, sinceMs);
    if (dashboard === undefined) for (const state of this.states.values()) this.#updateStaleness(state);
    else this.#updateStaleness(this.states.get(dashboard));
  }

  #updateStaleness(state: DashboardState | undefined): void {
    if (!state) return;
    const sinceMs = this.#staleSinceMs.get(state.dashboard) ?? this.#allStaleSinceMs;
    if ((sinceMs === undefined) === (state.staleSinceMs === undefined)) return;
    state.staleSinceMs = sinceMs;
    this.observer?.staleness.next(state);
  }
}

/** The states of dashboards that this instance keeps in memory, kept up to date from the store. */
import type { NextObserver, Subscription } from 'rxjs';
import type { ChangeSet, Dashboard, FreshOutcome, Outcome, ReplayedOutcome } from '../../counters/counters.js';
import type { TallyError } from '../../counters/errors.js';
import type { DashboardSummary, StoreEvent } from '../../store/store-events.js';
import type { CounterStore, DefinedDashboard } from '../../store/store.js';
import type { CounterSummary } from './counter-summary.js';
import { DashboardState } from './dashboard-state.js';

/** A dashboard that is gone, or one counter of it. */
export interface Removal {
  readonly dashboard: string;
  readonly counter?: string;
}

/** A page of all dashboards, in the order of their names. */
export interface DashboardPage {
  readonly dashboards: readonly DashboardSummary[];
  /** True when there are more after the last. */
  readonly more: boolean;
}

/** Receives what happens to the states of a cache, after it is durable and in the state. */
export interface StateObserver {
  /** Every change that is new. */
  readonly changed: NextObserver<Outcome>;
  readonly removed: NextObserver<Removal>;
  /** Every state that was replaced by one of another epoch. */
  readonly reset: NextObserver<DashboardState>;
  /** Every state that has become stale, or is no longer. */
  readonly staleness: NextObserver<DashboardState>;
}

/**
 * Caches states and reports what happens to them. There are two: `ExclusiveStateCache` for a store that only this instance
 * changes keeps all of it; `SharedStateCache` keeps what is watched here and reads everything else from the store each time.
 */
export abstract class StateCache {
  protected readonly states = new Map<string, DashboardState>();
  protected observer: StateObserver | undefined;
  /** Since when a dashboard may be behind, and since when all of them may be, milliseconds since the Unix epoch. */
  readonly #staleSinceMs = new Map<string, number>();
  #allStaleSinceMs: number | undefined;
  #subscription: Subscription | undefined;

  constructor(protected readonly store: CounterStore) {}

  /** Follows the store from now on, reports to the observer, and creates `main` if it is missing. */
  abstract open(observer: StateObserver): Promise<void>;

  /** As CounterStore.apply. */
  apply(changeSet: ChangeSet): Promise<FreshOutcome | ReplayedOutcome> {
    return this.store.apply(changeSet);
  }

  /** As CounterStore.applyAll. */
  applyAll(changeSets: readonly ChangeSet[]): Promise<readonly (FreshOutcome | ReplayedOutcome | TallyError)[]> {
    return this.store.applyAll(changeSets);
  }

  /** A change set of this instance is durable. */
  abstract onApplied(outcome: FreshOutcome): void;

  /** A definition of this instance is durable. @returns the dashboard with it */
  abstract onDefined(defined: DefinedDashboard): DashboardState;

  /** A removal by this instance is durable, or was found to be. */
  abstract onRemoved(state: DashboardState, counter: string | undefined, outcome: FreshOutcome | undefined): void;

  /** As DashboardService.getLatest. */
  abstract getLatest(dashboard: string, counters?: Iterable<string>): Promise<DashboardState>;

  /** As DashboardService.watch. */
  abstract watch(dashboard: string, counters?: Iterable<string>): Promise<DashboardState>;

  /** As DashboardService.releaseUnwatched. */
  abstract releaseUnwatched(isWatched: (dashboard: string) => boolean): void;

  /** As DashboardService.list. */
  abstract list(after: string, limit: number, allowed: ReadonlySet<string> | 'all'): Promise<DashboardPage>;

  /** Names of dashboards that an unknown one may be meant to be. */
  abstract findCandidateNames(dashboard: string): Promise<Iterable<string>>;

  /** As DashboardService.getSummary. */
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

  /** Takes a durable outcome in, and tells those who watch. */
  protected applyOutcome(outcome: FreshOutcome): void {
    if (this.states.get(outcome.dashboard)?.apply(outcome)) this.observer?.changed.next(outcome);
  }

  protected add(dashboard: Dashboard): DashboardState {
    const state = new DashboardState(dashboard);
    this.states.set(dashboard.name, state);
    this.#updateStaleness(state);
    return state;
  }

  /** Takes a dashboard that was read whole in place of what is kept of it. @returns its state, if it is kept */
  protected replaceState(dashboard: Dashboard): DashboardState | undefined {
    const { name, revision, at } = dashboard;
    const state = this.states.get(name);
    const diff = state?.replace(dashboard);
    if (!state || !diff) return undefined;
    if (diff === 'reset') {
      this.observer?.reset.next(state);
      return state;
    }
    const { changed, removed } = diff;
    if (Object.keys(changed).length > 0) {
      this.observer?.changed.next({ dashboard: name, revision, at, counters: changed, replayed: false });
    }
    for (const counter of removed) this.observer?.removed.next({ dashboard: name, counter });
    return state;
  }

  /** Lets go of a dashboard that is gone, and tells those who watch. */
  protected remove(dashboard: string): void {
    if (this.evict(dashboard)) this.observer?.removed.next({ dashboard });
  }

  /** Lets go of a dashboard that nobody watches. */
  protected evict(dashboard: string): boolean {
    this.#staleSinceMs.delete(dashboard);
    return this.states.delete(dashboard);
  }

  protected markStale({ dashboard, sinceMs }: Omit<Extract<StoreEvent, { kind: 'stale' }>, 'kind'>): void {
    // Of what is not kept it is known anew when it is asked for.
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

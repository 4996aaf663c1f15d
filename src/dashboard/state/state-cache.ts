/** The living states that this instance keeps, and word of what happens to them. */
import { Subject, type Subscription } from 'rxjs';
import type { ChangeSet, Dashboard, FreshOutcome, Outcome, ReplayedOutcome } from '../../counters/counters.js';
import type { TallyError } from '../../counters/errors.js';
import type { DashboardSummary, StoreEvent } from '../../store/store-events.js';
import type { CounterStore, DefinedDashboard } from '../../store/store.js';
import type { Census } from './counter-summary.js';
import { LivingState } from './dashboard-state.js';

/** A dashboard that is gone, or one counter of it. */
export interface Removed {
  readonly dashboard: string;
  readonly counter?: string;
}

/** A page of all dashboards, in the order of their names. */
export interface DashboardPage {
  readonly dashboards: readonly DashboardSummary[];
  /** True when there are more after the last. */
  readonly more: boolean;
}

/**
 * There are two kinds. `OwnStates`: nobody else changes what is in the store, and all of it is kept. `SharedStates`: other instances do,
 * what is watched here is kept, and everything else is asked for each time.
 */
export abstract class LivingStates {
  protected readonly kept = new Map<string, LivingState>();
  readonly changed$ = new Subject<Outcome>();
  readonly removed$ = new Subject<Removed>();
  readonly reset$ = new Subject<LivingState>();
  readonly behind$ = new Subject<LivingState>();
  /** Since when a dashboard may be behind, and since when all of them may be, milliseconds since the Unix epoch. */
  readonly #behindSinceMs = new Map<string, number>();
  #allBehindSinceMs: number | undefined;
  #remote: Subscription | undefined;

  constructor(protected readonly store: CounterStore) {}

  /** Begins to follow the store, and sees to it that there is `main`. */
  abstract open(): Promise<void>;

  /** As CounterStore.apply. */
  apply(changeSet: ChangeSet): Promise<FreshOutcome | ReplayedOutcome> {
    return this.store.apply(changeSet);
  }

  /** As CounterStore.applyAll. */
  applyAll(changeSets: readonly ChangeSet[]): Promise<readonly (FreshOutcome | ReplayedOutcome | TallyError)[]> {
    return this.store.applyAll(changeSets);
  }

  /** A change set of this instance is durable. */
  abstract applied(outcome: FreshOutcome): void;

  /** A definition of this instance is durable. @returns the dashboard with it */
  abstract defined(defined: DefinedDashboard): LivingState;

  /** A removal by this instance is durable, or was found to be. */
  abstract removed(state: LivingState, counter: string | undefined, outcome: FreshOutcome | undefined): void;

  /** As DashboardService.fresh. */
  abstract fresh(dashboard: string, counters?: Iterable<string>): LivingState | Promise<LivingState>;

  /** As DashboardService.watch. */
  abstract watch(dashboard: string, counters?: Iterable<string>): LivingState | Promise<LivingState>;

  /** As DashboardService.keep. */
  abstract keep(isWatched: (dashboard: string) => boolean): void;

  /** As DashboardService.list. */
  abstract list(
    after: string,
    limit: number,
    among: ReadonlySet<string> | 'all',
  ): DashboardPage | Promise<DashboardPage>;

  /** Names of dashboards that an unknown one may be meant to be. */
  abstract namesLike(dashboard: string): Iterable<string> | Promise<Iterable<string>>;

  /** As DashboardService.census. */
  abstract census(most: number): Census | Promise<Census>;

  close(): void {
    this.#remote?.unsubscribe();
    for (const subject of [this.changed$, this.removed$, this.reset$, this.behind$]) subject.complete();
  }

  protected follow(): void {
    this.#remote = this.store.events$.subscribe((heard) => this.hear(heard));
  }

  protected hear(heard: StoreEvent): void {
    switch (heard.kind) {
      case 'applied':
        return this.accept(heard.outcome);
      case 'state':
        this.replace(heard.dashboard);
        return undefined;
      case 'gone':
        return this.drop(heard.dashboard);
      case 'behind':
        return this.noteBehind(heard);
    }
  }

  /** Takes a durable outcome in, and tells those who watch. */
  protected accept(outcome: FreshOutcome): void {
    if (this.kept.get(outcome.dashboard)?.accept(outcome)) this.changed$.next(outcome);
  }

  protected take(dashboard: Dashboard): LivingState {
    const state = new LivingState(dashboard);
    this.kept.set(dashboard.name, state);
    this.#mark(state);
    return state;
  }

  /** Takes a dashboard that was read whole in place of what is kept of it. @returns its state, if it is kept */
  protected replace(dashboard: Dashboard): LivingState | undefined {
    const { name, revision, at } = dashboard;
    const state = this.kept.get(name);
    const replaced = state?.replace(dashboard);
    if (!state || !replaced) return undefined;
    if (replaced === 'reset') {
      this.reset$.next(state);
      return state;
    }
    const { changed, gone } = replaced;
    if (Object.keys(changed).length > 0) {
      this.changed$.next({ dashboard: name, revision, at, counters: changed, replayed: false });
    }
    for (const counter of gone) this.removed$.next({ dashboard: name, counter });
    return state;
  }

  /** Lets go of a dashboard that is gone, and tells those who watch. */
  protected drop(dashboard: string): void {
    if (this.forget(dashboard)) this.removed$.next({ dashboard });
  }

  /** Lets go of a dashboard that nobody watches. */
  protected forget(dashboard: string): boolean {
    this.#behindSinceMs.delete(dashboard);
    return this.kept.delete(dashboard);
  }

  protected noteBehind({ dashboard, sinceMs }: Omit<Extract<StoreEvent, { kind: 'behind' }>, 'kind'>): void {
    // Of what is not kept it is known anew when it is asked for.
    if (dashboard !== undefined && !this.kept.has(dashboard)) return;
    if (dashboard === undefined) this.#allBehindSinceMs = sinceMs;
    else if (sinceMs === undefined) this.#behindSinceMs.delete(dashboard);
    else this.#behindSinceMs.set(dashboard, sinceMs);
    if (dashboard === undefined) for (const state of this.kept.values()) this.#mark(state);
    else this.#mark(this.kept.get(dashboard));
  }

  #mark(state: LivingState | undefined): void {
    if (!state) return;
    const sinceMs = this.#behindSinceMs.get(state.dashboard) ?? this.#allBehindSinceMs;
    if ((sinceMs === undefined) === (state.behindSinceMs === undefined)) return;
    state.behindSinceMs = sinceMs;
    this.behind$.next(state);
  }
}

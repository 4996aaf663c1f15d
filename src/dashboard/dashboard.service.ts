/** The living state of all dashboards, and word of what changed: the singleton between the store and the viewers. */
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Subject, type Observable, type Subscription } from 'rxjs';
import {
  type ChangeSet,
  type CounterDefinition,
  type Dashboard,
  type FreshOutcome,
  type Outcome,
  outcomeOf,
  type ReplayedOutcome,
} from '../counters/counters.js';
import { TallyError } from '../counters/errors.js';
import { told } from '../told.js';
import type { Heard } from '../store/heard.js';
import { CounterStore, type DashboardDefinition } from '../store/store.js';
import { ChangeTally } from './change.tally.js';
import { LivingState } from './living.state.js';
import { unknownName } from './near.names.js';

/** The dashboard of the short routes, there from the first start. */
export const MAIN = 'main';
const MAIN_DEFINITION = {
  title: 'Main',
  counters: {
    orders: { title: 'Orders', unit: 'order' },
    customers: { title: 'Customers', unit: 'customer' },
    products: { title: 'Products', unit: 'product' },
  } satisfies Record<string, CounterDefinition>,
} satisfies DashboardDefinition;

/** Of many change sets at once, so many unknown names are answered with those that are near: each takes up to a millisecond to find. */
const MOST_EXPLAINED = 8;

/** A dashboard that is gone, or one counter of it. */
export interface Removed {
  readonly dashboard: string;
  readonly counter?: string;
}

/** A page of all dashboards, in the order of their names. */
export interface DashboardPage {
  readonly dashboards: readonly LivingState[];
  /** True when there are more after the last. */
  readonly more: boolean;
}

@Injectable()
export class DashboardService implements OnModuleInit, OnApplicationShutdown {
  readonly #states = new Map<string, LivingState>();
  /** All names in order; made when it is asked for, and again when they have changed. */
  #names: readonly string[] | undefined;
  readonly #changed = new Subject<Outcome>();
  readonly #removed = new Subject<Removed>();
  #remote: Subscription | undefined;
  /** What became of the change sets that came. */
  readonly tally = new ChangeTally();

  constructor(@Inject(CounterStore) private readonly store: CounterStore) {}

  /** Every durable outcome, in the order in which it entered the state. One note a change set: no copy of the state. */
  get changed$(): Observable<Outcome> {
    return this.#changed;
  }

  /** Every removal, after it is durable and out of the state. */
  get removed$(): Observable<Removed> {
    return this.#removed;
  }

  async onModuleInit(): Promise<void> {
    const dashboards = await this.store.dashboards();
    for (const dashboard of dashboards) this.#take(dashboard);
    if (!this.#states.has(MAIN)) this.#take((await this.store.define(MAIN, MAIN_DEFINITION)).dashboard);
    this.#remote = this.store.remote$.subscribe((heard) => this.#hear(heard));
  }

  /**
   * Applies a change set, and takes its outcome in once it is durable. Does not wait for viewers.
   * @throws TallyError as CounterStore.apply; for an unknown name with the names that are near
   */
  async apply(changeSet: ChangeSet): Promise<Outcome> {
    const beganMs = performance.now();
    let outcome: FreshOutcome | ReplayedOutcome;
    try {
      outcome = await this.store.apply(changeSet);
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      const tookMs = performance.now() - beganMs;
      this.tally.note(error, tookMs);
      if (told.applied.isHeard) told.applied.tell({ changeSets: [changeSet], results: [error], tookMs });
      throw this.#explained(error, changeSet);
    }
    if (!outcome.replayed) this.#accept(outcome);
    const tookMs = performance.now() - beganMs;
    this.tally.note(outcome, tookMs);
    if (told.applied.isHeard) told.applied.tell({ changeSets: [changeSet], results: [outcome], tookMs });
    return answerOf(outcome);
  }

  /** Applies many change sets in order, each as `apply` does. @returns what each came to, in order */
  async applyAll(changeSets: readonly ChangeSet[]): Promise<readonly (Outcome | TallyError)[]> {
    const beganMs = performance.now();
    const results = await this.store.applyAll(changeSets);
    const tookMs = performance.now() - beganMs;
    if (told.applied.isHeard) told.applied.tell({ changeSets, results, tookMs });
    let left = MOST_EXPLAINED;
    return results.map((result, index) => {
      const changeSet = changeSets[index];
      this.tally.note(result, tookMs);
      if (!(result instanceof TallyError)) {
        if (!result.replayed) this.#accept(result);
        return answerOf(result);
      }
      return changeSet && isOfName(result) && (left -= 1) >= 0 ? this.#explained(result, changeSet) : result;
    });
  }

  /** The living state of a dashboard. @throws TallyError `unknown-dashboard`, with the names that are near */
  current(dashboard: string): LivingState {
    const state = this.#states.get(dashboard);
    if (!state) throw this.#unknownDashboard(dashboard);
    return state;
  }

  /**
   * The living state of a dashboard that has these counters.
   * @throws TallyError `unknown-dashboard`, `unknown-counter`, with the names that are near
   */
  currentWith(dashboard: string, counters: Iterable<string>): LivingState {
    const state = this.current(dashboard);
    for (const counter of counters) if (!state.has(counter)) throw unknownCounter(state, counter);
    return state;
  }

  /** All dashboards, in the order in which they were created. */
  get all(): Iterable<LivingState> {
    return this.#states.values();
  }

  /** At most `limit` dashboards whose names come after `after`, of these or of all. */
  list(after: string, limit: number, among: ReadonlySet<string> | 'all' = 'all'): DashboardPage {
    this.#names ??= [...this.#states.keys()].toSorted();
    const names = among === 'all' ? this.#names : this.#names.filter((name) => among.has(name));
    const start = names.findIndex((name) => name > after);
    const page = start < 0 ? [] : names.slice(start, start + limit);
    const more = start >= 0 && start + limit < names.length;
    return { dashboards: page.map((name) => this.current(name)), more };
  }

  /**
   * Creates a dashboard, or replaces its title and the definitions of the counters that are named.
   * @throws TallyError as CounterStore.define
   */
  async define(
    name: string,
    definition: DashboardDefinition,
    who?: string,
  ): Promise<{ created: boolean; state: LivingState }> {
    const { created, dashboard, outcome } = await this.store.define(name, definition, who);
    const known = this.#states.get(name);
    if (known?.epoch !== dashboard.epoch) return { created, state: this.#take(dashboard) };
    if (outcome) this.#accept(outcome);
    known.define(dashboard);
    return { created, state: known };
  }

  /**
   * Removes a dashboard, or one counter of it, for good. Those who watch it are told.
   * @throws TallyError `kept-for-short-routes`, or as CounterStore.remove, with the names that are near
   */
  async remove(dashboard: string, counter?: string, who?: string): Promise<void> {
    const state = this.currentWith(dashboard, counter === undefined ? [] : [counter]);
    if (dashboard === MAIN && (counter === undefined || Object.hasOwn(MAIN_DEFINITION.counters, counter))) {
      throw kept(counter === undefined ? `dashboard ${MAIN}` : `counter ${counter} of ${MAIN}`);
    }
    try {
      this.#drop(state, counter, await this.store.remove(dashboard, counter, who));
    } catch (error) {
      // It was removed before, and word of it was lost on the way.
      const isGone = error instanceof TallyError && isOfName(error);
      if (isGone) this.#drop(state, counter);
      throw error;
    }
  }

  onApplicationShutdown(): void {
    this.#remote?.unsubscribe();
    this.#changed.complete();
    this.#removed.complete();
  }

  #hear(heard: Heard): void {
    if (heard.kind === 'state') this.#accept(outcomeOf(heard.dashboard.name, heard.dashboard));
  }

  /** Takes a durable outcome in, and tells those who watch. */
  #accept(outcome: FreshOutcome): void {
    if (this.#states.get(outcome.dashboard)?.accept(outcome)) this.#changed.next(outcome);
  }

  #take(dashboard: Dashboard): LivingState {
    const state = new LivingState(dashboard);
    if (!this.#states.has(dashboard.name)) this.#names = undefined;
    this.#states.set(dashboard.name, state);
    return state;
  }

  /** Takes out of the state what is durably gone, and tells those who watch. */
  #drop(
    state: LivingState,
    counter: string | undefined,
    { revision, at }: Pick<Outcome, 'revision' | 'at'> = state,
  ): void {
    const { dashboard } = state;
    // Another of its name may be there by now.
    if (this.#states.get(dashboard) !== state) return;
    if (counter === undefined) {
      this.#states.delete(dashboard);
      this.#names = undefined;
      this.#removed.next({ dashboard });
    } else if (state.has(counter)) {
      state.remove(counter, { revision, at });
      this.#removed.next({ dashboard, counter });
    }
  }

  /** The store knows that a name is unknown; here is known what it may have meant. */
  #explained(error: TallyError, { dashboard, changes }: ChangeSet): TallyError {
    if (error.code === 'unknown-dashboard') return this.#unknownDashboard(dashboard);
    const state = error.code === 'unknown-counter' ? this.#states.get(dashboard) : undefined;
    const unknown = state && changes.find(({ counter }) => !state.has(counter));
    return state && unknown ? unknownCounter(state, unknown.counter) : error;
  }

  #unknownDashboard(name: string): TallyError {
    return unknownName('unknown-dashboard', `there is no dashboard named ${name}`, name, this.#states.keys());
  }
}

/** What a change set is answered with: totals are for those who watch. */
function answerOf({ dashboard, revision, at, counters, replayed }: Outcome): Outcome {
  return { dashboard, revision, at, counters, replayed };
}

function isOfName({ code }: TallyError): boolean {
  return code === 'unknown-dashboard' || code === 'unknown-counter';
}

function unknownCounter(state: LivingState, counter: string): TallyError {
  return unknownName('unknown-counter', `${state.dashboard} has no counter named ${counter}`, counter, state.names);
}

function kept(what: string): TallyError {
  return new TallyError('kept-for-short-routes', `${what} cannot be deleted`);
}

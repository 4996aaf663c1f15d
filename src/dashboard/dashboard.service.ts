/** The singleton between the store and those who change and watch: applies, defines, removes, and says what there is and what changed. */
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Subject } from 'rxjs';
import type { ChangeSet, FreshOutcome, Outcome, ReplayedOutcome } from '../counters/counters.js';
import { TallyError } from '../counters/errors.js';
import { events } from '../telemetry/events.js';
import { CounterStore, type DashboardDefinition } from '../store/store.js';
import type { CounterSummary } from './state/counter-summary.js';
import { ChangeStats } from './state/change-stats.js';
import type { DashboardState } from './state/dashboard-state.js';
import { type DashboardPage, type Removal, StateCache } from './state/state-cache.js';
import { MAIN_DASHBOARD, MAIN_DEFINITION } from './state/main-dashboard.js';
import { explainUnknownCounter, explainUnknownDashboard } from './state/similar-names.js';

/** Of many change sets at once, so many unknown names are answered with those that are near: each takes up to a millisecond to find. */
const MAX_EXPLAINED_ERRORS = 8;

@Injectable()
export class DashboardService implements OnModuleInit, OnApplicationShutdown {
  readonly #changed = new Subject<Outcome>();
  readonly #removed = new Subject<Removal>();
  readonly #reset = new Subject<DashboardState>();
  readonly #staleness = new Subject<DashboardState>();

  /** Every change that is new, after it is durable and in the state. One value a change set: no copy of the state. */
  readonly changed$ = this.#changed.asObservable();
  /** Every removal, after it is durable and out of the state. */
  readonly removed$ = this.#removed.asObservable();
  /** Every state that is another from its epoch on. */
  readonly reset$ = this.#reset.asObservable();
  /** Every state that may be behind from now on, or is no longer. */
  readonly staleness$ = this.#staleness.asObservable();

  /** What became of the change sets that came. */
  readonly stats = new ChangeStats();

  constructor(
    private readonly store: CounterStore,
    private readonly cache: StateCache,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.cache.open({
      changed: this.#changed,
      removed: this.#removed,
      reset: this.#reset,
      staleness: this.#staleness,
    });
  }

  /**
   * Applies a change set: it is durable and in the state when this resolves. Does not wait for viewers.
   * @throws TallyError as CounterStore.apply; for an unknown name with the names that are near
   */
  async apply(changeSet: ChangeSet): Promise<Outcome> {
    const startedMs = performance.now();
    let outcome: FreshOutcome | ReplayedOutcome;
    try {
      outcome = await this.cache.apply(changeSet);
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      const tookMs = performance.now() - startedMs;
      this.stats.record(error, tookMs);
      if (events.changesApplied.hasSubscribers)
        events.changesApplied.publish({ changeSets: [changeSet], results: [error], tookMs });
      throw await this.#explain(error, changeSet);
    }
    if (!outcome.replayed) this.cache.onApplied(outcome);
    const tookMs = performance.now() - startedMs;
    this.stats.record(outcome, tookMs);
    if (events.changesApplied.hasSubscribers)
      events.changesApplied.publish({ changeSets: [changeSet], results: [outcome], tookMs });
    return omitTotals(outcome);
  }

  /** Applies many change sets in order, each as `apply` does. @returns what each came to, in order */
  async applyAll(changeSets: readonly ChangeSet[]): Promise<readonly (Outcome | TallyError)[]> {
    const startedMs = performance.now();
    const results = await this.cache.applyAll(changeSets);
    const tookMs = performance.now() - startedMs;
    if (events.changesApplied.hasSubscribers) events.changesApplied.publish({ changeSets, results, tookMs });
    const unknownNameIndexes: number[] = [];
    const outcomes = results.map((result, index) => {
      this.stats.record(result, tookMs);
      if (!(result instanceof TallyError)) {
        if (!result.replayed) this.cache.onApplied(result);
        return omitTotals(result);
      }
      if (isUnknownName(result) && unknownNameIndexes.length < MAX_EXPLAINED_ERRORS) unknownNameIndexes.push(index);
      return result;
    });
    for (const index of unknownNameIndexes) {
      const [outcome, changeSet] = [outcomes[index], changeSets[index]];
      if (outcome instanceof TallyError && changeSet) outcomes[index] = await this.#explain(outcome, changeSet);
    }
    return outcomes;
  }

  /**
   * A dashboard that has these counters as it is now in the store, whoever made it so.
   * @throws TallyError `unknown-dashboard`, `unknown-counter`, with the names that are near; `store-unavailable`
   */
  getLatest(dashboard: string, counters?: Iterable<string>): Promise<DashboardState> {
    return this.cache.getLatest(dashboard, counters);
  }

  /**
   * The state of a dashboard that has these counters, kept up to date from now on: `changed$` and the others report what happens
   * to it until `releaseUnwatched` finds that nobody watches it.
   * @throws TallyError as `getLatest`
   */
  watch(dashboard: string, counters?: Iterable<string>): Promise<DashboardState> {
    return this.cache.watch(dashboard, counters);
  }

  /** Looks at which dashboards are watched; called now and then, it lets go of those that were not for a while. */
  releaseUnwatched(isWatched: (dashboard: string) => boolean): void {
    this.cache.releaseUnwatched(isWatched);
  }

  /**
   * The dashboards with the first counters, and how many there are: in the order in which they came; of a shared store `main`, and
   * then in the order of their names, and of so many dashboards alone.
   * @param maxCounters counters
   * @throws TallyError `store-unavailable`
   */
  getSummary(maxCounters: number): Promise<CounterSummary> {
    return this.cache.getSummary(maxCounters);
  }

  /**
   * At most `limit` dashboards whose names come after `after`, of these or of all.
   * @throws TallyError `store-unavailable`
   */
  list(after: string, limit: number, allowed: ReadonlySet<string> | 'all' = 'all'): Promise<DashboardPage> {
    return this.cache.list(after, limit, allowed);
  }

  /**
   * Creates a dashboard, or replaces its title and the definitions of the counters that are named.
   * @throws TallyError as CounterStore.define
   */
  async define(
    name: string,
    definition: DashboardDefinition,
    who?: string,
  ): Promise<{ created: boolean; state: DashboardState }> {
    const defined = await this.store.define(name, definition, who);
    return { created: defined.created, state: this.cache.onDefined(defined) };
  }

  /**
   * Removes a dashboard, or one counter of it, for good. Those who watch it are told.
   * @throws TallyError `kept-for-short-routes`, or as CounterStore.remove, with the names that are near
   */
  async remove(dashboard: string, counter?: string, who?: string): Promise<void> {
    const state = await this.getLatest(dashboard, counter === undefined ? [] : [counter]);
    if (dashboard === MAIN_DASHBOARD && (counter === undefined || Object.hasOwn(MAIN_DEFINITION.counters, counter))) {
      throw createUndeletableError(
        counter === undefined ? `dashboard ${MAIN_DASHBOARD}` : `counter ${counter} of ${MAIN_DASHBOARD}`,
      );
    }
    try {
      this.cache.onRemoved(state, counter, await this.store.remove(dashboard, counter, who));
    } catch (error) {
      // It was removed before, and word of it was lost on the way.
      if (error instanceof TallyError && isUnknownName(error)) this.cache.onRemoved(state, counter, undefined);
      throw error;
    }
  }

  onApplicationShutdown(): void {
    this.cache.close();
    for (const subject of [this.#changed, this.#removed, this.#reset, this.#staleness]) subject.complete();
  }

  /** The store knows that a name is unknown; here is known what it may have meant. */
  async #explain(error: TallyError, { dashboard, changes }: ChangeSet): Promise<TallyError> {
    if (!isUnknownName(error)) return error;
    try {
      if (error.code === 'unknown-dashboard')
        return explainUnknownDashboard(dashboard, await this.cache.findCandidateNames(dashboard));
      const state = await this.getLatest(dashboard);
      const unknown = changes.find(({ counter }) => !state.has(counter));
      return unknown ? explainUnknownCounter(state, unknown.counter) : error;
    } catch {
      // A store that cannot be asked any more, or a dashboard that is gone by now.
      return error;
    }
  }
}

/** What a change set is answered with: totals are for those who watch. */
function omitTotals({ dashboard, revision, at, counters, replayed }: Outcome): Outcome {
  return { dashboard, revision, at, counters, replayed };
}

function isUnknownName({ code }: TallyError): boolean {
  return code === 'unknown-dashboard' || code === 'unknown-counter';
}

function createUndeletableError(subject: string): TallyError {
  return new TallyError('kept-for-short-routes', `${subject} cannot be deleted`);
}

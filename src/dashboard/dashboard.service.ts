/**
 * The one service between the store and everything that changes or shows dashboards. It applies, defines and removes;
 * it reads states; and it publishes each change after the store has made it durable.
 */
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

/** Most unknown names of one `applyAll` that get suggestions: finding them takes up to a millisecond per name. */
const MAX_EXPLAINED_ERRORS = 8;

@Injectable()
export class DashboardService implements OnModuleInit, OnApplicationShutdown {
  readonly #changed = new Subject<Outcome>();
  readonly #removed = new Subject<Removal>();
  readonly #reset = new Subject<DashboardState>();
  readonly #staleness = new Subject<DashboardState>();

  /**
   * Every change, after it is durable and in the state. Emits the outcome, never a copy of the state. With a shared
   * store: the changes of followed dashboards, whichever instance made them; one outcome may combine several change
   * sets.
   */
  readonly changed$ = this.#changed.asObservable();
  /** Every removal of a dashboard or counter, after it is durable and out of the state. */
  readonly removed$ = this.#removed.asObservable();
  /** Every state that was replaced by one of another epoch: its revisions start over. */
  readonly reset$ = this.#reset.asObservable();
  /** Every state that has become stale because the store cannot be reached, or is up to date again. */
  readonly staleness$ = this.#staleness.asObservable();

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
   * Applies a change set, all or none. It is durable and in the state when this resolves. Does not wait for viewers.
   * @throws TallyError as `CounterStore.apply`; for an unknown name with similar names
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

  /**
   * Applies change sets in order, each as `apply` does. Resolves with one result for each of them, in the same order.
   */
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
   * Reads the present state of a dashboard, changes of other instances included. Checks that it has these counters.
   * @throws TallyError `unknown-dashboard` or `unknown-counter` with similar names; `store-unavailable`
   */
  getLatest(dashboard: string, counters?: Iterable<string>): Promise<DashboardState> {
    return this.cache.getLatest(dashboard, counters);
  }

  /**
   * Reads the state of a dashboard and keeps it up to date from now on: `changed$` and the other observables report
   * what happens to it until `releaseUnwatched` finds that it has no viewers. Checks that it has these counters.
   * @throws TallyError as `getLatest`
   */
  watch(dashboard: string, counters?: Iterable<string>): Promise<DashboardState> {
    return this.cache.watch(dashboard, counters);
  }

  /** Stops following dashboards that have not been watched for a few seconds. Called about once a second. */
  releaseUnwatched(isWatched: (dashboard: string) => boolean): void {
    this.cache.releaseUnwatched(isWatched);
  }

  /**
   * Counts dashboards and counters, and returns the states that hold the first counters: with an embedded store in the
   * order of creation, with a shared store `main` and then by name. A shared store counts at most `maxCounters`
   * dashboards.
   * @param maxCounters counters that the returned states should hold, if there are as many
   * @throws TallyError `store-unavailable`
   */
  getSummary(maxCounters: number): Promise<CounterSummary> {
    return this.cache.getSummary(maxCounters);
  }

  /**
   * Lists at most `limit` dashboards whose names come after `after`, in the order of their names.
   * @param allowed names to choose from
   * @throws TallyError `store-unavailable`
   */
  list(after: string, limit: number, allowed: ReadonlySet<string> | 'all' = 'all'): Promise<DashboardPage> {
    return this.cache.list(after, limit, allowed);
  }

  /**
   * Creates a dashboard, or replaces its title and the definitions of the counters that `definition` names.
   * @param who name for the ledger
   * @throws TallyError as `CounterStore.define`
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
   * Removes a dashboard, or one counter of it, for good, and publishes the removal.
   * @param who name for the ledger
   * @throws TallyError `kept-for-short-routes`, or as `CounterStore.remove` with similar names
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
      // It has been removed before, and that event was lost.
      if (error instanceof TallyError && isUnknownName(error)) this.cache.onRemoved(state, counter, undefined);
      throw error;
    }
  }

  onApplicationShutdown(): void {
    this.cache.close();
    for (const subject of [this.#changed, this.#removed, this.#reset, this.#staleness]) subject.complete();
  }

  /** Adds similar names to an error about an unknown name: the store does not know them. */
  async #explain(error: TallyError, { dashboard, changes }: ChangeSet): Promise<TallyError> {
    if (!isUnknownName(error)) return error;
    try {
      if (error.code === 'unknown-dashboard')
        return explainUnknownDashboard(dashboard, await this.cache.findCandidateNames(dashboard));
      const state = await this.getLatest(dashboard);
      const unknown = changes.find(({ counter }) => !state.has(counter));
      return unknown ? explainUnknownCounter(state, unknown.counter) : error;
    } catch {
      // The store has become unavailable, or the dashboard has been removed since.
      return error;
    }
  }
}

/** Totals are for viewers; the response to a change set does not have them. */
function omitTotals({ dashboard, revision, at, counters, replayed }: Outcome): Outcome {
  return { dashboard, revision, at, counters, replayed };
}

function isUnknownName({ code }: TallyError): boolean {
  return code === 'unknown-dashboard' || code === 'unknown-counter';
}

function createUndeletableError(subject: string): TallyError {
  return new TallyError('kept-for-short-routes', `${subject} cannot be deleted`);
}

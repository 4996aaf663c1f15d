/**
 * The one service between the store and everything that changes or shows dashboards. It applies, defines and removes;
 * it reads states; and it publishes each change after the store has made it durable.
 */
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Subject } from 'rxjs';
import { Clock } from '../clock/clock.js';
import { Config } from '../config/config.js';
import type { ChangeSet, FreshOutcome, Outcome, ReplayedOutcome } from '../counters/counters.js';
import type { Period, Reckoning } from '../counters/definition.js';
import { TallyError } from '../counters/errors.js';
import { resolveReckoning } from '../measures/reckoning.js';
import { events } from '../telemetry/events.js';
import type { BookedPast, PastLine } from '../store/past.port.js';
import type { ReportedOutcome } from '../store/store-events.js';
import { CounterStore, type DashboardDefinition, type DefineOptions } from '../store/store.js';
import type { CounterSummary } from './state/counter-summary.js';
import { ChangeStats } from './state/change-stats.js';
import type { DashboardState } from './state/dashboard-state.js';
import { type DashboardPage, type Removal, StateCache } from './state/state-cache.js';
import { MAIN_DASHBOARD, MAIN_DEFINITION } from './state/main-dashboard.js';
import { openPeriods } from './state/period-loader.js';
import { explainUnknownCounter, explainUnknownDashboard } from './state/unknown-names.js';

/** Most unknown names of one `applyAll` that get suggestions: finding them takes up to a millisecond per name. */
const MAX_EXPLAINED_ERRORS = 8;

/** @throws TallyError if the counter must stay */
type CounterGuard = (state: DashboardState, counter: string) => Promise<void>;

@Injectable()
export class DashboardService implements OnModuleInit, OnApplicationShutdown {
  readonly #observer = {
    changed: new Subject<ReportedOutcome>(),
    removed: new Subject<Removal>(),
    reset: new Subject<DashboardState>(),
    redefined: new Subject<DashboardState>(),
    reloaded: new Subject<DashboardState>(),
    staleness: new Subject<DashboardState>(),
  };

  /**
   * Every change, after it is durable and in the state. Emits the outcome, never a copy of the state. With a shared
   * store: the changes of followed dashboards, whichever instance made them; one outcome may combine several change
   * sets.
   */
  readonly changed$ = this.#observer.changed.asObservable();
  /** Every removal of a dashboard or counter, after it is durable and out of the state. */
  readonly removed$ = this.#observer.removed.asObservable();
  /** Every state that was replaced by one of another epoch: its revisions start over. */
  readonly reset$ = this.#observer.reset.asObservable();
  /** Every state whose definition has changed; a new or a removed counter is a change of it. */
  readonly redefined$ = this.#observer.redefined.asObservable();
  /** Every state with open periods that was read anew: what they start from may no longer hold. */
  readonly reloaded$ = this.#observer.reloaded.asObservable();
  /** Every state that has become stale because the store cannot be reached, or is up to date again. */
  readonly staleness$ = this.#observer.staleness.asObservable();

  readonly stats = new ChangeStats();
  readonly #counterGuards: CounterGuard[] = [];
  /** Holders of dashboards that `releaseUnwatched` must keep, by dashboard. */
  readonly #retained = new Map<string, number>();
  /**
   * Reads of periods under way. Viewers that connect at once share one: each with a read of its own would exceed what
   * the store queues, and would replace the periods that another one has opened.
   */
  readonly #periodReads = new WeakMap<DashboardState, Promise<void>>();

  constructor(
    private readonly store: CounterStore,
    private readonly cache: StateCache,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** True if other instances change the same dashboards. */
  get isShared(): boolean {
    return this.store.isShared;
  }

  /** Returns how a dashboard divides time. */
  resolveReckoning({ settings }: DashboardState): Reckoning {
    return resolveReckoning(settings, this.config.TIME_ZONE);
  }

  async onModuleInit(): Promise<void> {
    await this.cache.open(this.#observer);
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

  /**
   * Opens present periods of a state: `toSnapshot` can show them then.
   * @param isReloaded true to read again what open periods start from
   * @throws TallyError `unknown-dashboard`, `store-unavailable`, `overloaded`
   */
  async openPeriods(state: DashboardState, periods: readonly Period[], isReloaded = false): Promise<void> {
    if (periods.length === 0) return;
    for (let reading = this.#periodReads.get(state); reading; reading = this.#periodReads.get(state)) await reading;
    const nowMs = Math.max(this.clock.now(), state.at);
    const reading = openPeriods(this.store, state, this.resolveReckoning(state), periods, nowMs, isReloaded).finally(
      () => this.#periodReads.delete(state),
    );
    this.#periodReads.set(state, reading);
    await reading;
  }

  /** Lets `guard` refuse the removal of counters, by an error. */
  guardCounters(guard: CounterGuard): void {
    this.#counterGuards.push(guard);
  }

  /** Keeps a watched dashboard up to date although it has no viewers. Returns a function that ends this. */
  retain(dashboard: string): () => void {
    this.#retained.set(dashboard, (this.#retained.get(dashboard) ?? 0) + 1);
    return () => {
      const remaining = (this.#retained.get(dashboard) ?? 0) - 1;
      if (remaining > 0) this.#retained.set(dashboard, remaining);
      else this.#retained.delete(dashboard);
    };
  }

  /** Stops following dashboards that have not been watched for a few seconds. Called about once a second. */
  releaseUnwatched(isWatched: (dashboard: string) => boolean): void {
    this.cache.releaseUnwatched((dashboard) => this.#retained.has(dashboard) || isWatched(dashboard));
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
   * Creates a dashboard, or replaces its settings and the definitions of the counters that `definition` names.
   * @throws TallyError as `CounterStore.define`
   */
  async define(
    name: string,
    definition: DashboardDefinition,
    options?: DefineOptions,
  ): Promise<{ created: boolean; state: DashboardState }> {
    const defined = await this.store.define(name, definition, options);
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
    if (counter !== undefined) for (const guard of this.#counterGuards) await guard(state, counter);
    try {
      this.cache.onRemoved(state, counter, await this.store.remove(dashboard, counter, who));
    } catch (error) {
      // It has been removed before, and that event was lost.
      if (error instanceof TallyError && isUnknownName(error)) this.cache.onRemoved(state, counter, undefined);
      throw error;
    }
  }

  /**
   * Books the past of a dashboard that has counted nothing yet. Viewers get a snapshot.
   * @param who name for the ledger
   * @throws TallyError as `CounterStore.bookPast`; what the iteration throws
   */
  async bookPast(
    dashboard: string,
    lines: AsyncIterable<readonly PastLine[]>,
    who?: string,
  ): Promise<Outcome & Pick<BookedPast, 'lines'>> {
    const { outcome, lines: count } = await this.store.bookPast(dashboard, lines, who);
    return { ...omitTotals(outcome), lines: count };
  }

  onApplicationShutdown(): void {
    this.cache.close();
    for (const subject of Object.values(this.#observer)) subject.complete();
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

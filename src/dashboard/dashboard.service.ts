/** The singleton between the store and those who change and watch: applies, defines, removes, and says what there is and what changed. */
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { ChangeSet, FreshOutcome, Outcome, ReplayedOutcome } from '../counters/counters.js';
import { TallyError } from '../counters/errors.js';
import { told } from '../telemetry/events.js';
import { CounterStore, type DashboardDefinition } from '../store/store.js';
import type { Census } from './state/counter-summary.js';
import { ChangeTally } from './state/change-stats.js';
import type { LivingState } from './state/dashboard-state.js';
import type { DashboardPage, LivingStates, Removed } from './state/state-cache.js';
import { MAIN, MAIN_DEFINITION } from './state/main-dashboard.js';
import { unknownCounter, unknownDashboard } from './state/similar-names.js';
import { OwnStates } from './state/exclusive-state-cache.js';
import { SharedStates } from './state/shared-state-cache.js';

/** Of many change sets at once, so many unknown names are answered with those that are near: each takes up to a millisecond to find. */
const MOST_EXPLAINED = 8;

@Injectable()
export class DashboardService implements OnModuleInit, OnApplicationShutdown {
  readonly #states: LivingStates;
  /** What became of the change sets that came. */
  readonly tally = new ChangeTally();

  constructor(@Inject(CounterStore) private readonly store: CounterStore) {
    this.#states = store.isShared ? new SharedStates(store) : new OwnStates(store);
  }

  /** Every change that is new, after it is durable and in the state. One note a change set: no copy of the state. */
  get changed$(): Observable<Outcome> {
    return this.#states.changed$;
  }

  /** Every removal, after it is durable and out of the state. */
  get removed$(): Observable<Removed> {
    return this.#states.removed$;
  }

  /** Every state that is another from its epoch on. */
  get reset$(): Observable<LivingState> {
    return this.#states.reset$;
  }

  /** Every state that may be behind from now on, or is no longer. */
  get behind$(): Observable<LivingState> {
    return this.#states.behind$;
  }

  async onModuleInit(): Promise<void> {
    await this.#states.open();
  }

  /**
   * Applies a change set: it is durable and in the state when this resolves. Does not wait for viewers.
   * @throws TallyError as CounterStore.apply; for an unknown name with the names that are near
   */
  async apply(changeSet: ChangeSet): Promise<Outcome> {
    const beganMs = performance.now();
    let outcome: FreshOutcome | ReplayedOutcome;
    try {
      outcome = await this.#states.apply(changeSet);
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      const tookMs = performance.now() - beganMs;
      this.tally.note(error, tookMs);
      if (told.applied.isHeard) told.applied.tell({ changeSets: [changeSet], results: [error], tookMs });
      throw await this.#explained(error, changeSet);
    }
    if (!outcome.replayed) this.#states.applied(outcome);
    const tookMs = performance.now() - beganMs;
    this.tally.note(outcome, tookMs);
    if (told.applied.isHeard) told.applied.tell({ changeSets: [changeSet], results: [outcome], tookMs });
    return answerOf(outcome);
  }

  /** Applies many change sets in order, each as `apply` does. @returns what each came to, in order */
  async applyAll(changeSets: readonly ChangeSet[]): Promise<readonly (Outcome | TallyError)[]> {
    const beganMs = performance.now();
    const results = await this.#states.applyAll(changeSets);
    const tookMs = performance.now() - beganMs;
    if (told.applied.isHeard) told.applied.tell({ changeSets, results, tookMs });
    const unexplained: number[] = [];
    const answers = results.map((result, index) => {
      this.tally.note(result, tookMs);
      if (!(result instanceof TallyError)) {
        if (!result.replayed) this.#states.applied(result);
        return answerOf(result);
      }
      if (isOfName(result) && unexplained.length < MOST_EXPLAINED) unexplained.push(index);
      return result;
    });
    for (const index of unexplained) {
      const [answer, changeSet] = [answers[index], changeSets[index]];
      if (answer instanceof TallyError && changeSet) answers[index] = await this.#explained(answer, changeSet);
    }
    return answers;
  }

  /**
   * A dashboard that has these counters as it is now in the store, whoever made it so: at once where this instance knows that.
   * @throws TallyError or rejects with it: `unknown-dashboard`, `unknown-counter`, with the names that are near; `store-unavailable`
   */
  fresh(dashboard: string, counters?: Iterable<string>): LivingState | Promise<LivingState> {
    return this.#states.fresh(dashboard, counters);
  }

  /**
   * The living state of a dashboard that has these counters, for those who watch it: `changed$` and the others tell of it from now
   * on, until `keep` finds that nobody watches. At once where this instance knows it already.
   * @throws TallyError or rejects with it: as `fresh`
   */
  watch(dashboard: string, counters?: Iterable<string>): LivingState | Promise<LivingState> {
    return this.#states.watch(dashboard, counters);
  }

  /** Looks at which dashboards are watched; called now and then, it lets go of those that were not for a while. */
  keep(isWatched: (dashboard: string) => boolean): void {
    this.#states.keep(isWatched);
  }

  /**
   * The dashboards with the first counters, and how many there are: in the order in which they came; of a shared store `main`, and
   * then in the order of their names, and of so many dashboards alone.
   * @param most counters
   * @throws TallyError or rejects with it: `store-unavailable`
   */
  census(most: number): Census | Promise<Census> {
    return this.#states.census(most);
  }

  /**
   * At most `limit` dashboards whose names come after `after`, of these or of all.
   * @throws TallyError or rejects with it: `store-unavailable`
   */
  list(
    after: string,
    limit: number,
    among: ReadonlySet<string> | 'all' = 'all',
  ): DashboardPage | Promise<DashboardPage> {
    return this.#states.list(after, limit, among);
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
    const defined = await this.store.define(name, definition, who);
    return { created: defined.created, state: this.#states.defined(defined) };
  }

  /**
   * Removes a dashboard, or one counter of it, for good. Those who watch it are told.
   * @throws TallyError `kept-for-short-routes`, or as CounterStore.remove, with the names that are near
   */
  async remove(dashboard: string, counter?: string, who?: string): Promise<void> {
    const state = await this.fresh(dashboard, counter === undefined ? [] : [counter]);
    if (dashboard === MAIN && (counter === undefined || Object.hasOwn(MAIN_DEFINITION.counters, counter))) {
      throw kept(counter === undefined ? `dashboard ${MAIN}` : `counter ${counter} of ${MAIN}`);
    }
    try {
      this.#states.removed(state, counter, await this.store.remove(dashboard, counter, who));
    } catch (error) {
      // It was removed before, and word of it was lost on the way.
      if (error instanceof TallyError && isOfName(error)) this.#states.removed(state, counter, undefined);
      throw error;
    }
  }

  onApplicationShutdown(): void {
    this.#states.close();
  }

  /** The store knows that a name is unknown; here is known what it may have meant. */
  async #explained(error: TallyError, { dashboard, changes }: ChangeSet): Promise<TallyError> {
    if (!isOfName(error)) return error;
    try {
      if (error.code === 'unknown-dashboard')
        return unknownDashboard(dashboard, await this.#states.namesLike(dashboard));
      const state = await this.fresh(dashboard);
      const unknown = changes.find(({ counter }) => !state.has(counter));
      return unknown ? unknownCounter(state, unknown.counter) : error;
    } catch {
      // A store that cannot be asked any more, or a dashboard that is gone by now.
      return error;
    }
  }
}

/** What a change set is answered with: totals are for those who watch. */
function answerOf({ dashboard, revision, at, counters, replayed }: Outcome): Outcome {
  return { dashboard, revision, at, counters, replayed };
}

function isOfName({ code }: TallyError): boolean {
  return code === 'unknown-dashboard' || code === 'unknown-counter';
}

function kept(what: string): TallyError {
  return new TallyError('kept-for-short-routes', `${what} cannot be deleted`);
}

/** The living states of a store that is this instance's own: all of them, as what it did itself has made them. */
import type { Dashboard, FreshOutcome } from '../../counters/counters.js';
import type { StoreEvent } from '../../store/store-events.js';
import type { DefinedDashboard } from '../../store/store.js';
import { type Census, censusOf } from './counter-summary.js';
import type { LivingState } from './dashboard-state.js';
import { type DashboardPage, LivingStates } from './state-cache.js';
import { MAIN, MAIN_DEFINITION } from './main-dashboard.js';
import { unknownCounter, unknownDashboard } from './similar-names.js';

export class OwnStates extends LivingStates {
  /** All names in order; made when it is asked for, and again when they have changed. */
  #names: readonly string[] | undefined;

  async open(): Promise<void> {
    for (const dashboard of await this.store.readAllDashboards()) this.take(dashboard);
    if (!this.kept.has(MAIN)) this.take((await this.store.define(MAIN, MAIN_DEFINITION)).dashboard);
    this.follow();
  }

  applied(outcome: FreshOutcome): void {
    this.accept(outcome);
  }

  defined({ dashboard, outcome }: DefinedDashboard): LivingState {
    const known = this.kept.get(dashboard.name);
    if (known?.epoch !== dashboard.epoch) return this.replace(dashboard) ?? this.take(dashboard);
    if (outcome) this.accept(outcome);
    known.define(dashboard);
    return known;
  }

  removed(state: LivingState, counter: string | undefined, outcome: FreshOutcome | undefined): void {
    const { dashboard } = state;
    // Another of its name may be there by now.
    if (this.kept.get(dashboard) !== state) return;
    if (counter === undefined) {
      this.drop(dashboard);
    } else if (state.has(counter)) {
      state.remove(counter, outcome ?? state);
      this.removed$.next({ dashboard, counter });
    }
  }

  fresh(dashboard: string, counters: Iterable<string> = []): LivingState {
    const state = this.kept.get(dashboard);
    if (!state) throw unknownDashboard(dashboard, this.kept.keys());
    for (const counter of counters) if (!state.has(counter)) throw unknownCounter(state, counter);
    return state;
  }

  watch(dashboard: string, counters?: Iterable<string>): LivingState {
    return this.fresh(dashboard, counters);
  }

  keep(): void {}

  list(after: string, limit: number, among: ReadonlySet<string> | 'all'): DashboardPage {
    this.#names ??= [...this.kept.keys()].toSorted();
    const names = among === 'all' ? this.#names : this.#names.filter((name) => among.has(name));
    const start = names.findIndex((name) => name > after);
    const page = start < 0 ? [] : names.slice(start, start + limit);
    return {
      dashboards: page.map((name) => this.fresh(name).brief),
      more: start >= 0 && start + limit < names.length,
    };
  }

  census(): Census {
    return censusOf(this.kept);
  }

  namesLike(): Iterable<string> {
    return this.kept.keys();
  }

  /** What is told of a dashboard after a fault may be the first that is known of it: word of its definition was lost. */
  protected override hear(heard: StoreEvent): void {
    if (heard.kind === 'state' && !this.kept.has(heard.dashboard.name)) this.take(heard.dashboard);
    else super.hear(heard);
  }

  protected override take(dashboard: Dashboard): LivingState {
    this.#names = undefined;
    return super.take(dashboard);
  }

  protected override forget(dashboard: string): boolean {
    this.#names = undefined;
    return super.forget(dashboard);
  }
}

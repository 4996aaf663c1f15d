/** State cache for an embedded store. Only this instance changes the store, so the cache holds every dashboard. */
import type { Dashboard, FreshOutcome } from '../../counters/counters.js';
import type { StoreEvent } from '../../store/store-events.js';
import type { DefinedDashboard } from '../../store/store.js';
import { type CounterSummary, summarizeStates } from './counter-summary.js';
import type { DashboardState } from './dashboard-state.js';
import { type DashboardPage, StateCache, type StateObserver } from './state-cache.js';
import { MAIN_DASHBOARD, MAIN_DEFINITION } from './main-dashboard.js';
import { explainUnknownCounter, explainUnknownDashboard } from './unknown-names.js';

export class ExclusiveStateCache extends StateCache {
  /** Computed on demand; undefined after the set of dashboards has changed. */
  #sortedNames: readonly string[] | undefined;

  async open(observer: StateObserver): Promise<void> {
    for (const dashboard of await this.store.readAllDashboards()) this.add(dashboard);
    if (!this.states.has(MAIN_DASHBOARD))
      this.add((await this.store.define(MAIN_DASHBOARD, MAIN_DEFINITION)).dashboard);
    this.subscribeToStore(observer);
  }

  onApplied(outcome: FreshOutcome): void {
    this.applyOutcome(outcome);
  }

  onDefined({ dashboard, outcome }: DefinedDashboard): DashboardState {
    const known = this.states.get(dashboard.name);
    if (known?.epoch !== dashboard.epoch) return this.replaceState(dashboard) ?? this.add(dashboard);
    if (outcome) this.applyOutcome(outcome);
    if (known.updateDefinition(dashboard)) this.observer?.redefined.next(known);
    return known;
  }

  onRemoved(state: DashboardState, counter: string | undefined, outcome: FreshOutcome | undefined): void {
    const { dashboard } = state;
    // A new dashboard may have the same name by now.
    if (this.states.get(dashboard) !== state) return;
    if (counter === undefined) {
      this.remove(dashboard);
    } else if (state.has(counter)) {
      state.removeCounter(counter, outcome ?? state);
      this.observer?.removed.next({ dashboard, counter });
      this.observer?.redefined.next(state);
    }
  }

  async getLatest(dashboard: string, counters: Iterable<string> = []): Promise<DashboardState> {
    const state = this.states.get(dashboard);
    if (!state) throw explainUnknownDashboard(dashboard, this.states.keys());
    for (const counter of counters) if (!state.hasName(counter)) throw explainUnknownCounter(state, counter);
    return state;
  }

  watch(dashboard: string, counters?: Iterable<string>): Promise<DashboardState> {
    return this.getLatest(dashboard, counters);
  }

  releaseUnwatched(): void {}

  async list(after: string, limit: number, allowed: ReadonlySet<string> | 'all'): Promise<DashboardPage> {
    this.#sortedNames ??= [...this.states.keys()].toSorted();
    const names = allowed === 'all' ? this.#sortedNames : this.#sortedNames.filter((name) => allowed.has(name));
    const start = names.findIndex((name) => name > after);
    const page = start < 0 ? [] : names.slice(start, start + limit);
    const dashboards = page.map((name) => this.states.get(name)?.summary).filter((summary) => summary !== undefined);
    return { dashboards, more: start >= 0 && start + limit < names.length };
  }

  async getSummary(): Promise<CounterSummary> {
    return summarizeStates(this.states);
  }

  async findCandidateNames(): Promise<Iterable<string>> {
    return this.states.keys();
  }

  /**
   * Recovery after a fault can report a dashboard that is not in the cache yet, because its definition was not
   * acknowledged.
   */
  protected override handleStoreEvent(event: StoreEvent): void {
    if (event.kind === 'reloaded' && !this.states.has(event.dashboard.name)) this.add(event.dashboard);
    else super.handleStoreEvent(event);
  }

  protected override add(dashboard: Dashboard): DashboardState {
    this.#sortedNames = undefined;
    return super.add(dashboard);
  }

  protected override evict(dashboard: string): boolean {
    this.#sortedNames = undefined;
    return super.evict(dashboard);
  }
}

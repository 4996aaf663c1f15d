/**
 * State cache for a store that instances share. It holds the dashboards that are watched on this instance and follows
 * them by store events; everything else is read from the store each time. Outcomes of this instance arrive as store
 * events too, in order among those of the other instances.
 *
 * `main` is defined again whenever it is missing, because someone may delete the store's data while the service runs.
 */
import type { ChangeSet, Dashboard, FreshOutcome, ReplayedOutcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { toDashboardSummary, type DashboardSummary, type StoreEvent } from '../../store/store-events.js';
import type { DefinedDashboard } from '../../store/store.js';
import { type CounterSummary, readCounterSummary } from './counter-summary.js';
import { DashboardState } from './dashboard-state.js';
import { type DashboardPage, StateCache, type StateObserver } from './state-cache.js';
import { MAIN_DASHBOARD, MAIN_DEFINITION } from './main-dashboard.js';
import { isUnknownDashboard, readIfExists } from './read-if-exists.js';
import { explainUnknownCounter, explainUnknownDashboard } from './unknown-names.js';

/** Time to stay subscribed to a dashboard without viewers, milliseconds. Most viewers reconnect soon. */
const UNWATCHED_RETENTION_MS = 5_000;
const MAX_CANDIDATE_NAMES = 500;

export class SharedStateCache extends StateCache {
  readonly #lastUsedMs = new Map<string, number>();
  /** Dashboards that are being loaded. Concurrent callers share one load. */
  readonly #pendingSubscriptions = new Map<string, Promise<DashboardState>>();
  readonly #bufferedEvents = new Map<string, StoreEvent[]>();
  /** `lost`: `main` was deleted while it had viewers, and could not be defined again yet. */
  #mainState: 'unknown' | 'present' | 'lost' = 'unknown';
  #pendingDefine: Promise<void> | undefined;

  async open(observer: StateObserver): Promise<void> {
    this.subscribeToStore(observer);
    await this.#ensureMain();
  }

  /** As `CounterStore.apply`. Defines `main` and tries again if it is missing. */
  override async apply(changeSet: ChangeSet): Promise<FreshOutcome | ReplayedOutcome> {
    try {
      return await this.store.apply(changeSet);
    } catch (error) {
      if (changeSet.dashboard !== MAIN_DASHBOARD || !isUnknownDashboard(error)) throw error;
      await this.#defineMain();
      return this.store.apply(changeSet);
    }
  }

  override async applyAll(changeSets: readonly ChangeSet[]) {
    const results = await this.store.applyAll(changeSets);
    const isMissing = (index: number): boolean =>
      changeSets[index]?.dashboard === MAIN_DASHBOARD && isUnknownDashboard(results[index]);
    const missing = changeSets.filter((_, index) => isMissing(index));
    if (missing.length === 0) return results;
    const retried = (await this.#defineMainAndRetry(missing)).values();
    return results.map((result, index) => (isMissing(index) ? (retried.next().value ?? result) : result));
  }

  onApplied(): void {}

  onDefined({ dashboard }: DefinedDashboard): DashboardState {
    return new DashboardState(dashboard);
  }

  onRemoved(): void {}

  async getLatest(dashboard: string, counters: Iterable<string> = []): Promise<DashboardState> {
    const state = new DashboardState(
      await this.#readOrDefineMain(dashboard, () => this.store.readDashboard(dashboard)),
    );
    for (const counter of counters) if (!state.hasName(counter)) throw explainUnknownCounter(state, counter);
    return state;
  }

  async watch(dashboard: string, counters: Iterable<string> = []): Promise<DashboardState> {
    const state = this.states.get(dashboard);
    if (!state) {
      await this.#subscribe(dashboard);
      return this.watch(dashboard, counters);
    }
    this.#lastUsedMs.set(dashboard, performance.now());
    for (const counter of counters) {
      // Another instance may have added the counter a moment ago.
      if (!state.hasName(counter)) {
        await this.getLatest(dashboard, counters);
        return this.watch(dashboard);
      }
    }
    return state;
  }

  releaseUnwatched(isWatched: (dashboard: string) => boolean): void {
    const nowMs = performance.now();
    for (const dashboard of this.states.keys()) {
      if (isWatched(dashboard)) this.#lastUsedMs.set(dashboard, nowMs);
      else if (nowMs - (this.#lastUsedMs.get(dashboard) ?? 0) > UNWATCHED_RETENTION_MS) this.evict(dashboard);
    }
    if (this.#mainState === 'lost') void this.#resubscribeMain();
  }

  async list(after: string, limit: number, allowed: ReadonlySet<string> | 'all'): Promise<DashboardPage> {
    const dashboards =
      allowed === 'all'
        ? await this.store.listDashboards(after, limit + 1)
        : await this.#listAllowed(after, limit + 1, allowed);
    return { dashboards: dashboards.slice(0, limit), more: dashboards.length > limit };
  }

  getSummary(maxCounters: number): Promise<CounterSummary> {
    return readCounterSummary(this.store, maxCounters);
  }

  async findCandidateNames(dashboard: string): Promise<Iterable<string>> {
    const letter = /^[a-z]/.exec(dashboard.toLowerCase())?.[0];
    if (letter === undefined) return [];
    // No name contains `~`, and it sorts after every character of a name.
    const before = `${String.fromCharCode(letter.charCodeAt(0) - 1)}~`;
    return (await this.store.listDashboardNames(before, MAX_CANDIDATE_NAMES)).filter((name) => name.startsWith(letter));
  }

  protected override handleStoreEvent(event: StoreEvent): void {
    const dashboard = getDashboardName(event);
    const buffer = dashboard === undefined ? undefined : this.#bufferedEvents.get(dashboard);
    if (buffer) buffer.push(event);
    else if (event.kind === 'removed' && dashboard === MAIN_DASHBOARD && this.states.has(MAIN_DASHBOARD))
      void this.#resubscribeMain();
    else super.handleStoreEvent(event);
    if (event.kind === 'stale' && event.sinceMs === undefined && this.#mainState === 'unknown') void this.#ensureMain();
  }

  protected override evict(dashboard: string): boolean {
    this.store.unsubscribe(dashboard);
    this.#lastUsedMs.delete(dashboard);
    if (dashboard === MAIN_DASHBOARD && this.#mainState === 'lost') this.#mainState = 'unknown';
    return super.evict(dashboard);
  }

  async #defineMainAndRetry(changeSets: readonly ChangeSet[]): ReturnType<StateCache['applyAll']> {
    try {
      await this.#defineMain();
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      return changeSets.map(() => error);
    }
    return this.store.applyAll(changeSets);
  }

  #subscribe(dashboard: string): Promise<DashboardState> {
    const pending =
      this.#pendingSubscriptions.get(dashboard) ??
      this.#loadAndFollow(dashboard).finally(() => this.#pendingSubscriptions.delete(dashboard));
    this.#pendingSubscriptions.set(dashboard, pending);
    return pending;
  }

  /** Loads a dashboard and follows it. Events that arrive during the load are applied after it. */
  async #loadAndFollow(name: string): Promise<DashboardState> {
    const buffer: StoreEvent[] = [];
    this.#bufferedEvents.set(name, buffer);
    try {
      const dashboard = await this.#readOrDefineMain(name, () => this.store.subscribe(name));
      this.#lastUsedMs.set(name, performance.now());
      if (!this.replaceState(dashboard)) this.add(dashboard);
    } finally {
      this.#bufferedEvents.delete(name);
      for (const event of buffer) this.handleStoreEvent(event);
    }
    const state = this.states.get(name);
    if (!state) throw explainUnknownDashboard(name, []);
    return state;
  }

  async #readOrDefineMain(name: string, read: () => Promise<Dashboard>): Promise<Dashboard> {
    try {
      return await read();
    } catch (error) {
      if (!isUnknownDashboard(error)) throw error;
      if (name !== MAIN_DASHBOARD) throw explainUnknownDashboard(name, await this.findCandidateNames(name));
      await this.#defineMain();
      return read();
    }
  }

  #defineMain(): Promise<void> {
    return (this.#pendingDefine ??= this.store
      .define(MAIN_DASHBOARD, MAIN_DEFINITION)
      .then(() => undefined)
      .finally(() => (this.#pendingDefine = undefined)));
  }

  /**
   * Defines `main` if it is missing. Does nothing if the store is unavailable: it is tried again when the store is
   * back.
   */
  async #ensureMain(): Promise<void> {
    try {
      await this.#readOrDefineMain(MAIN_DASHBOARD, () => this.store.readDashboard(MAIN_DASHBOARD));
      if (this.#mainState === 'unknown') this.#mainState = 'present';
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
    }
  }

  /**
   * Defines `main` again after it was deleted, so that its viewers continue. Until that succeeds the state is stale.
   */
  async #resubscribeMain(): Promise<void> {
    if (this.#pendingSubscriptions.has(MAIN_DASHBOARD)) return;
    try {
      await this.#subscribe(MAIN_DASHBOARD);
      this.#mainState = 'present';
      this.markStale({ dashboard: MAIN_DASHBOARD });
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      if (this.#mainState !== 'lost') this.markStale({ dashboard: MAIN_DASHBOARD, sinceMs: Date.now() });
      this.#mainState = 'lost';
    }
  }

  async #listAllowed(after: string, limit: number, allowed: ReadonlySet<string>) {
    const names = [...allowed].filter((name) => name > after).toSorted();
    const page: DashboardSummary[] = [];
    for (let start = 0; start < names.length && page.length < limit; start += limit) {
      const reads = names.slice(start, start + limit).map((name) => readIfExists(this.store, name));
      for (const dashboard of await Promise.all(reads)) if (dashboard) page.push(toDashboardSummary(dashboard));
    }
    return page;
  }
}

function getDashboardName(event: StoreEvent): string | undefined {
  if (event.kind === 'applied') return event.outcome.dashboard;
  return event.kind === 'reloaded' ? event.dashboard.name : event.dashboard;
}

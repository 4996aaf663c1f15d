/** The living states of a store that instances share: those that are watched here. Everything else is asked for each time. */
import type { ChangeSet, Dashboard, FreshOutcome, ReplayedOutcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { toDashboardSummary, type DashboardSummary, type StoreEvent } from '../../store/store-events.js';
import type { DefinedDashboard } from '../../store/store.js';
import { type CounterSummary, readCounterSummary } from './counter-summary.js';
import { DashboardState } from './dashboard-state.js';
import { type DashboardPage, StateCache, type StateObserver } from './state-cache.js';
import { MAIN_DASHBOARD, MAIN_DEFINITION } from './main-dashboard.js';
import { isUnknownDashboard, readIfExists } from './read-if-exists.js';
import { explainUnknownCounter, explainUnknownDashboard } from './similar-names.js';

/** How long a dashboard is listened to that nobody watches, milliseconds: most who leave come back, or others come. */
const UNWATCHED_RETENTION_MS = 5_000;
/** Most names that an unknown one is compared with. */
const MAX_CANDIDATE_NAMES = 500;

export class SharedStateCache extends StateCache {
  /** When each that is kept was wanted last: `performance.now()`. */
  readonly #lastUsedMs = new Map<string, number>();
  /** Dashboards that are about to be kept: whoever wants one waits for the same. */
  readonly #pendingSubscriptions = new Map<string, Promise<DashboardState>>();
  /** What is heard of them meanwhile. */
  readonly #bufferedEvents = new Map<string, StoreEvent[]>();
  /** `lost`: viewers wait for it, and it could not be found again yet. */
  #mainState: 'unknown' | 'present' | 'lost' = 'unknown';
  #pendingDefine: Promise<void> | undefined;

  async open(observer: StateObserver): Promise<void> {
    this.subscribeToStore(observer);
    await this.#ensureMain();
  }

  /** As the port says, but `main` is there as soon as something is to be counted on it. */
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

  /** The store has told of it already, in its turn among those of others. */
  onApplied(): void {}

  onDefined({ dashboard }: DefinedDashboard): DashboardState {
    return new DashboardState(dashboard);
  }

  onRemoved(): void {}

  async getLatest(dashboard: string, counters: Iterable<string> = []): Promise<DashboardState> {
    const state = new DashboardState(
      await this.#readOrDefineMain(dashboard, () => this.store.readDashboard(dashboard)),
    );
    for (const counter of counters) if (!state.has(counter)) throw explainUnknownCounter(state, counter);
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
      // Another instance may have defined it a moment ago.
      if (!state.has(counter)) {
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

  /** Names that begin with the same letter. */
  async findCandidateNames(dashboard: string): Promise<Iterable<string>> {
    const letter = /^[a-z]/.exec(dashboard.toLowerCase())?.[0];
    if (letter === undefined) return [];
    // No name has a `~`: it comes after all that begin with the letter before.
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

  /** Keeps a dashboard from now on. What is told of it before this turn comes is taken in after the state that it came after. */
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

  /** Asks for a dashboard; when it is `main` that is missing, once more after it was defined. */
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

  /** The store may be away: `main` is defined when it is there, or when it is first asked for. */
  async #ensureMain(): Promise<void> {
    try {
      await this.#readOrDefineMain(MAIN_DASHBOARD, () => this.store.readDashboard(MAIN_DASHBOARD));
      if (this.#mainState === 'unknown') this.#mainState = 'present';
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
    }
  }

  /** All was taken out of the store, by whomever: those who watch `main` go on with a new one. */
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

/** The living states of a store that instances share: those that are watched here. Everything else is asked for each time. */
import type { ChangeSet, Dashboard, FreshOutcome, ReplayedOutcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { toDashboardSummary, type DashboardSummary, type StoreEvent } from '../../store/store-events.js';
import type { DefinedDashboard } from '../../store/store.js';
import { type Census, takeCensus } from './counter-summary.js';
import { LivingState } from './dashboard-state.js';
import { type DashboardPage, LivingStates } from './state-cache.js';
import { MAIN, MAIN_DEFINITION } from './main-dashboard.js';
import { unknownCounter, unknownDashboard } from './similar-names.js';

/** How long a dashboard is listened to that nobody watches, milliseconds: most who leave come back, or others come. */
const UNWATCHED_MS = 5_000;
/** Most names that an unknown one is compared with. */
const MOST_NAMES = 500;

export class SharedStates extends LivingStates {
  /** When each that is kept was wanted last: `performance.now()`. */
  readonly #wantedMs = new Map<string, number>();
  /** Dashboards that are about to be kept: whoever wants one waits for the same. */
  readonly #coming = new Map<string, Promise<LivingState>>();
  /** What is heard of them meanwhile. */
  readonly #heard = new Map<string, StoreEvent[]>();
  /** `lost`: viewers wait for it, and it could not be found again yet. */
  #main: 'unknown' | 'there' | 'lost' = 'unknown';
  #defining: Promise<void> | undefined;

  async open(): Promise<void> {
    this.follow();
    await this.#meetMain();
  }

  /** As the port says, but `main` is there as soon as something is to be counted on it. */
  override async apply(changeSet: ChangeSet): Promise<FreshOutcome | ReplayedOutcome> {
    try {
      return await this.store.apply(changeSet);
    } catch (error) {
      if (changeSet.dashboard !== MAIN || !isUnknownDashboard(error)) throw error;
      await this.#defineMain();
      return this.store.apply(changeSet);
    }
  }

  override async applyAll(changeSets: readonly ChangeSet[]) {
    const results = await this.store.applyAll(changeSets);
    const isMissing = (index: number): boolean =>
      changeSets[index]?.dashboard === MAIN && isUnknownDashboard(results[index]);
    const missing = changeSets.filter((_, index) => isMissing(index));
    if (missing.length === 0) return results;
    const again = (await this.#applyAgain(missing)).values();
    return results.map((result, index) => (isMissing(index) ? (again.next().value ?? result) : result));
  }

  /** The store has told of it already, in its turn among those of others. */
  applied(): void {}

  defined({ dashboard }: DefinedDashboard): LivingState {
    return new LivingState(dashboard);
  }

  removed(): void {}

  async fresh(dashboard: string, counters: Iterable<string> = []): Promise<LivingState> {
    const state = new LivingState(await this.#ask(dashboard, () => this.store.readDashboard(dashboard)));
    for (const counter of counters) if (!state.has(counter)) throw unknownCounter(state, counter);
    return state;
  }

  watch(dashboard: string, counters: Iterable<string> = []): LivingState | Promise<LivingState> {
    const state = this.kept.get(dashboard);
    if (!state) return this.#listen(dashboard).then(() => this.watch(dashboard, counters));
    this.#wantedMs.set(dashboard, performance.now());
    for (const counter of counters) {
      // Another instance may have defined it a moment ago.
      if (!state.has(counter)) return this.fresh(dashboard, counters).then(() => this.watch(dashboard));
    }
    return state;
  }

  keep(isWatched: (dashboard: string) => boolean): void {
    const nowMs = performance.now();
    for (const dashboard of this.kept.keys()) {
      if (isWatched(dashboard)) this.#wantedMs.set(dashboard, nowMs);
      else if (nowMs - (this.#wantedMs.get(dashboard) ?? 0) > UNWATCHED_MS) this.forget(dashboard);
    }
    if (this.#main === 'lost') void this.#listenToMain();
  }

  async list(after: string, limit: number, among: ReadonlySet<string> | 'all'): Promise<DashboardPage> {
    const found =
      among === 'all'
        ? await this.store.listDashboards(after, limit + 1)
        : await this.#listAmong(after, limit + 1, among);
    return { dashboards: found.slice(0, limit), more: found.length > limit };
  }

  census(most: number): Promise<Census> {
    return takeCensus(this.store, most);
  }

  /** Names that begin with the same letter. */
  async namesLike(dashboard: string): Promise<Iterable<string>> {
    const letter = /^[a-z]/.exec(dashboard.toLowerCase())?.[0];
    if (letter === undefined) return [];
    // No name has a `~`: it comes after all that begin with the letter before.
    const before = `${String.fromCharCode(letter.charCodeAt(0) - 1)}~`;
    return (await this.store.listDashboardNames(before, MOST_NAMES)).filter((name) => name.startsWith(letter));
  }

  protected override hear(heard: StoreEvent): void {
    const dashboard = nameIn(heard);
    const early = dashboard === undefined ? undefined : this.#heard.get(dashboard);
    if (early) early.push(heard);
    else if (heard.kind === 'gone' && dashboard === MAIN && this.kept.has(MAIN)) void this.#listenToMain();
    else super.hear(heard);
    if (heard.kind === 'behind' && heard.sinceMs === undefined && this.#main === 'unknown') void this.#meetMain();
  }

  protected override forget(dashboard: string): boolean {
    this.store.unsubscribe(dashboard);
    this.#wantedMs.delete(dashboard);
    if (dashboard === MAIN && this.#main === 'lost') this.#main = 'unknown';
    return super.forget(dashboard);
  }

  async #applyAgain(changeSets: readonly ChangeSet[]): ReturnType<LivingStates['applyAll']> {
    try {
      await this.#defineMain();
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      return changeSets.map(() => error);
    }
    return this.store.applyAll(changeSets);
  }

  #listen(dashboard: string): Promise<LivingState> {
    const coming = this.#coming.get(dashboard) ?? this.#begin(dashboard).finally(() => this.#coming.delete(dashboard));
    this.#coming.set(dashboard, coming);
    return coming;
  }

  /** Keeps a dashboard from now on. What is told of it before this turn comes is taken in after the state that it came after. */
  async #begin(name: string): Promise<LivingState> {
    const early: StoreEvent[] = [];
    this.#heard.set(name, early);
    try {
      const dashboard = await this.#ask(name, () => this.store.subscribe(name));
      this.#wantedMs.set(name, performance.now());
      if (!this.replace(dashboard)) this.take(dashboard);
    } finally {
      this.#heard.delete(name);
      for (const heard of early) this.hear(heard);
    }
    const state = this.kept.get(name);
    if (!state) throw unknownDashboard(name, []);
    return state;
  }

  /** Asks for a dashboard; when it is `main` that is missing, once more after it was defined. */
  async #ask(name: string, question: () => Promise<Dashboard>): Promise<Dashboard> {
    try {
      return await question();
    } catch (error) {
      if (!isUnknownDashboard(error)) throw error;
      if (name !== MAIN) throw unknownDashboard(name, await this.namesLike(name));
      await this.#defineMain();
      return question();
    }
  }

  #defineMain(): Promise<void> {
    return (this.#defining ??= this.store
      .define(MAIN, MAIN_DEFINITION)
      .then(() => undefined)
      .finally(() => (this.#defining = undefined)));
  }

  /** The store may be away: `main` is defined when it is there, or when it is first asked for. */
  async #meetMain(): Promise<void> {
    try {
      await this.#ask(MAIN, () => this.store.readDashboard(MAIN));
      if (this.#main === 'unknown') this.#main = 'there';
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
    }
  }

  /** All was taken out of the store, by whomever: those who watch `main` go on with a new one. */
  async #listenToMain(): Promise<void> {
    if (this.#coming.has(MAIN)) return;
    try {
      await this.#listen(MAIN);
      this.#main = 'there';
      this.noteBehind({ dashboard: MAIN });
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      if (this.#main !== 'lost') this.noteBehind({ dashboard: MAIN, sinceMs: Date.now() });
      this.#main = 'lost';
    }
  }

  async #listAmong(after: string, most: number, among: ReadonlySet<string>) {
    const names = [...among].filter((name) => name > after).toSorted();
    const found: DashboardSummary[] = [];
    for (let next = 0; next < names.length && found.length < most; next += most) {
      const briefs = await Promise.all(names.slice(next, next + most).map((name) => this.#briefOf(name)));
      found.push(...briefs.filter((brief) => brief !== undefined));
    }
    return found;
  }

  async #briefOf(dashboard: string): Promise<DashboardSummary | undefined> {
    try {
      return toDashboardSummary(await this.store.readDashboard(dashboard));
    } catch (error) {
      if (isUnknownDashboard(error)) return undefined;
      throw error;
    }
  }
}

function nameIn(heard: StoreEvent): string | undefined {
  if (heard.kind === 'applied') return heard.outcome.dashboard;
  return heard.kind === 'state' ? heard.dashboard.name : heard.dashboard;
}

function isUnknownDashboard(error: unknown): boolean {
  return error instanceof TallyError && error.code === 'unknown-dashboard';
}

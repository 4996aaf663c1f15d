/** The state of a dashboard for the page: latest numbers, freshness, definition and history. */
import type { DashboardDefinition, Period, Snapshot, WatchStatus } from '../../src/client/client.js';
import { FollowedDefinition } from '../../src/client/followed-definition.js';
import { isNewer } from '../../src/client/snapshot-state.js';
import {
  findNumber,
  formatShownNumber,
  getPresentation,
  NO_NUMBER,
  type ShownNumberOptions,
} from '../../src/measures/shown-number.js';
import type { TokenOptions } from '../auth/session-token.js';
import { DashboardWatch } from './dashboard-watch.js';
import { HistoryCache } from './history-cache.js';
import { listNeededPeriods, listShownKinds } from './headline.js';

interface DashboardObserver {
  /** Numbers have changed. @param changed names of counters and measures */
  onValues(changed: readonly string[]): void;
  /** Counters, definitions or history have changed: everything must be shown again. */
  onRefresh(): void;
  onStatus(status: WatchStatus): void;
}

export class LiveDashboard {
  readonly history: HistoryCache;
  readonly #watch: DashboardWatch;
  readonly #definition: FollowedDefinition;
  #snapshot: Snapshot | undefined;

  /**
   * @param filter counters and measures to show; all if empty
   * @param tokenOptions token of all requests, if there is one
   */
  constructor(
    readonly base: URL,
    readonly name: string,
    filter: readonly string[],
    readonly tokenOptions: TokenOptions,
    private readonly observer: DashboardObserver,
  ) {
    this.history = new HistoryCache({
      base,
      dashboard: name,
      counters: filter,
      tokenOptions,
      onUpdate: () => observer.onRefresh(),
    });
    this.#definition = new FollowedDefinition(base, name, tokenOptions, (definition) => this.#onDefinition(definition));
    this.#watch = new DashboardWatch(
      base,
      { dashboard: name, counters: filter, totals: true, ...tokenOptions },
      {
        onSnapshot: (snapshot) => this.#onSnapshot(snapshot),
        onStatus: (status) => this.#onStatus(status),
        onDefinition: () => this.#definition.refresh(),
      },
    );
  }

  get status(): WatchStatus {
    return this.#watch.status;
  }

  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** Undefined until it has been read. */
  get definition(): DashboardDefinition | undefined {
    return this.#definition.current;
  }

  /** Names of the shown counters, in the order of their definition. */
  get counters(): readonly string[] {
    return sortByRank(this.snapshot?.counters, this.definition?.counters);
  }

  /** Names of the shown counters that have totals, and therefore a chart. Gauges have none. */
  get charted(): readonly string[] {
    const { added = {} } = this.snapshot ?? {};
    return this.counters.filter((name) => Object.hasOwn(added, name));
  }

  /** Names of the shown counters, then of the shown measures. */
  get names(): readonly string[] {
    return [...this.counters, ...sortByRank(this.snapshot?.measures, this.definition?.measures)];
  }

  get title(): string {
    return this.definition?.title ?? this.name;
  }

  /** Returns the title of a counter or a measure, or its name. */
  getTitle(name: string): string {
    return (this.definition && getPresentation(this.definition, name).title) ?? name;
  }

  /** Returns a number as last received. @returns undefined if unknown, null if there is none */
  findNumber(name: string, kind: 'total' | Period): number | null | undefined {
    return this.#snapshot && findNumber(this.#snapshot, name, kind);
  }

  /** Writes a number of a counter or a measure. Without a definition it is not known how to read it. */
  format(name: string, number: number | null | undefined, options?: ShownNumberOptions): string {
    return this.definition ? formatShownNumber(this.definition, name, number, undefined, options) : NO_NUMBER;
  }

  close(): void {
    this.#definition.close();
    this.history.close();
    this.#watch.close();
  }

  #onDefinition(definition: DashboardDefinition): void {
    this.#watch.setPeriods(listNeededPeriods(definition));
    this.observer.onRefresh();
  }

  #onSnapshot(snapshot: Snapshot): void {
    // The first one of a watch with other periods may be of an instance that lags behind.
    if (!isNewer(snapshot, this.#snapshot)) return;
    const last = this.#snapshot?.epoch === snapshot.epoch ? this.#snapshot : undefined;
    if (this.#snapshot && !last) this.history.reset();
    this.#snapshot = snapshot;
    this.history.advance();
    const { at, counters, added = {} } = snapshot;
    const [names, lastNames] = [listNames(snapshot), last ? listNames(last) : []];
    const removed = lastNames.filter((name) => !names.includes(name));
    const created = last ? names.filter((name) => !lastNames.includes(name)) : [];
    for (const name of removed) this.history.removeCounter(name);
    for (const name of created) if (Object.hasOwn(added, name)) this.history.addCounter(name);
    const changed = names.filter((name) => {
      const [total, value] = [added[name], counters[name]];
      const isRecorded =
        total !== undefined &&
        value !== undefined &&
        this.history.record(name, at, { added: total, removed: total - value });
      return isRecorded || this.#hasChanged(name, last);
    });
    if (!last || removed.length + created.length > 0) this.observer.onRefresh();
    else this.observer.onValues(changed);
  }

  /** True if the tile of a counter or a measure shows other numbers than with the last snapshot. */
  #hasChanged(name: string, last: Snapshot | undefined): boolean {
    return listShownKinds(this.definition, name).some(
      (kind) => this.findNumber(name, kind) !== (last && findNumber(last, name, kind)),
    );
  }

  #onStatus(status: WatchStatus): void {
    if (status.state === 'live') this.history.markLive();
    if (status.state === 'degraded') this.history.markDegraded();
    if (['reconnecting', 'stale', 'closed'].includes(status.state)) this.history.markDisconnected();
    this.observer.onStatus(status);
  }
}

function listNames({ counters, measures }: Snapshot): string[] {
  return Object.keys({ ...counters, ...measures });
}

/** Returns the names of the present numbers in the order of their definitions. */
function sortByRank(present: object = {}, defined: object = {}): string[] {
  const order = new Map(Object.keys(defined).map((name, index) => [name, index]));
  const rank = (name: string): number => order.get(name) ?? order.size;
  return Object.keys(present).toSorted((a, b) => rank(a) - rank(b));
}

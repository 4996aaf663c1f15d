/** The state of a dashboard for the page: latest values, freshness, definition and history. */
import {
  type DescribedDashboard,
  describeDashboard,
  type Snapshot,
  watch,
  type Watcher,
  type WatchStatus,
} from '../../src/client/client.js';
import { HistoryCache } from './history-cache.js';
import type { TokenOptions } from '../auth/session-token.js';

interface DashboardObserver {
  /** Values have changed. @param changed names of the counters */
  onValues(changed: readonly string[]): void;
  /** Counters, titles or history have changed: everything must be shown again. */
  onRefresh(): void;
  onStatus(status: WatchStatus): void;
}

export class LiveDashboard {
  readonly history: HistoryCache;
  definition: DescribedDashboard | undefined;
  readonly #watcher: Watcher;
  readonly #controller = new AbortController();
  #lastSnapshot: Snapshot | undefined;

  /**
   * @param filter counters to show; all if empty
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
    this.#watcher = watch(base, {
      dashboard: name,
      counters: filter,
      totals: true,
      ...tokenOptions,
      onSnapshot: (snapshot) => this.#onSnapshot(snapshot),
      onStatus: (status) => this.#onStatus(status),
    });
  }

  get status(): WatchStatus {
    return this.#watcher.status;
  }

  get snapshot(): Snapshot | undefined {
    return this.#watcher.snapshot;
  }

  /** Names of the shown counters, in the order of their definition. */
  get counters(): readonly string[] {
    const order = new Map(Object.keys(this.definition?.counters ?? {}).map((name, index) => [name, index]));
    const rank = (name: string): number => order.get(name) ?? order.size;
    return Object.keys(this.snapshot?.counters ?? {}).toSorted((a, b) => rank(a) - rank(b));
  }

  get title(): string {
    return this.definition?.title ?? this.name;
  }

  getCounterTitle(counter: string): string {
    return this.definition?.counters[counter]?.title ?? counter;
  }

  close(): void {
    this.#controller.abort();
    this.history.close();
    this.#watcher.close();
  }

  #onSnapshot(snapshot: Snapshot): void {
    const last = this.#lastSnapshot?.epoch === snapshot.epoch ? this.#lastSnapshot : undefined;
    if (this.#lastSnapshot && !last) this.history.reset();
    this.#lastSnapshot = snapshot;
    this.history.advance();
    const { at, counters, added = {} } = snapshot;
    const removed = Object.keys(last?.counters ?? {}).filter((name) => !(name in counters));
    const created = last ? Object.keys(counters).filter((name) => !(name in last.counters)) : [];
    for (const name of removed) this.history.removeCounter(name);
    for (const name of created) this.history.addCounter(name);
    const changed = Object.entries(counters).filter(([name, value]) => {
      const total = added[name] ?? value;
      return this.history.record(name, at, { added: total, removed: total - value });
    });
    const isRefresh = !last || removed.length + created.length > 0;
    if (isRefresh) void this.#describe();
    if (isRefresh) this.observer.onRefresh();
    else this.observer.onValues(changed.map(([name]) => name));
  }

  #onStatus(status: WatchStatus): void {
    if (status.state === 'live') this.history.markLive();
    if (status.state === 'degraded') this.history.markDegraded();
    if (['reconnecting', 'stale', 'closed'].includes(status.state)) this.history.markDisconnected();
    this.observer.onStatus(status);
  }

  async #describe(): Promise<void> {
    try {
      this.definition = await describeDashboard(this.base, {
        dashboard: this.name,
        signal: this.#controller.signal,
        ...this.tokenOptions,
      });
      this.observer.onRefresh();
    } catch {
      // Names replace the titles until the next counter is added or deleted, or the page is reloaded.
    }
  }
}

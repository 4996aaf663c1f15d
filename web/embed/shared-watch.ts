/** Shares connections: all elements of a page that show counters of the same dashboard watch it together. */
import { buildDashboardUrl } from '../../src/client/urls.js';
import { type Snapshot, watch, type Watcher, type WatchStatus } from '../../src/client/client.js';
import { isNewer } from '../../src/client/snapshot-state.js';

/** Elements come and go in groups: what is watched changes when none did for this long. */
const SETTLE_DELAY_MS = 50;
/** Of more counters than this all are watched: their names would make too long an address. */
const MAX_WATCHED_NAMES = 100;
/** Most counters that are named for who looks for one that there is not. */
const MAX_SUGGESTED_COUNTERS = 10;

/** What is known of one counter. */
export interface WatchedCounter {
  readonly status: WatchStatus;
  /** Absent before the first value, and when there is no such counter. */
  readonly latest?: { readonly value: number; readonly revision: number; readonly at: number };
}

interface CounterViewer {
  readonly counter: string;
  readonly update: (view: WatchedCounter) => void;
}

/** One connection. */
interface SharedSubscription {
  /** None: all counters. */
  readonly names: readonly string[];
  readonly watcher: Watcher;
  /** Whether it has shown anything. */
  hasSnapshot: boolean;
}

/** By address of the dashboard. */
const sharedWatches = new Map<string, SharedWatch>();

/**
 * Shows a counter, now and whenever it or its freshness changes, until the function that is returned is called.
 * @param server base URL of the service
 */
export function watchCounter(
  server: URL,
  dashboard: string,
  counter: string,
  update: (view: WatchedCounter) => void,
): () => void {
  const { href } = buildDashboardUrl(server, dashboard);
  const sharedWatch = sharedWatches.get(href) ?? new SharedWatch(server, dashboard, () => sharedWatches.delete(href));
  sharedWatches.set(href, sharedWatch);
  return sharedWatch.addViewer({ counter, update });
}

class SharedWatch {
  readonly #viewers = new Set<CounterViewer>();
  /** What is shown comes from here. */
  #current: SharedSubscription | undefined;
  /** What is to take its place, as soon as it shows something: nothing is dark in between. */
  #next: SharedSubscription | undefined;
  #snapshot: Snapshot | undefined;
  /** Counters that there are not, each with what is to be said of it. Asking for one of them is refused, whatever else is asked for. */
  readonly #unknownCounters = new Map<string, string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly server: URL,
    private readonly dashboard: string,
    private readonly onUnused: () => void,
  ) {}

  addViewer(viewer: CounterViewer): () => void {
    this.#viewers.add(viewer);
    this.#scheduleUpdate();
    viewer.update(this.#getView(viewer));
    return () => {
      this.#viewers.delete(viewer);
      this.#scheduleUpdate();
    };
  }

  #scheduleUpdate(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#updateSubscription(), SETTLE_DELAY_MS);
  }

  /** Watches what is wanted now. */
  #updateSubscription(): void {
    const wanted = this.#listWantedCounters();
    for (const name of this.#unknownCounters.keys()) if (!wanted.includes(name)) this.#unknownCounters.delete(name);
    const names = wanted.filter((name) => !this.#unknownCounters.has(name));
    if (names.length > 0) this.#subscribe(names.length > MAX_WATCHED_NAMES ? [] : names);
    else this.#close();
    if (wanted.length === 0) this.onUnused();
    this.#notifyViewers();
  }

  #listWantedCounters(): string[] {
    return [...new Set([...this.#viewers].map(({ counter }) => counter))].toSorted();
  }

  /** @param names none: all */
  #subscribe(names: readonly string[]): void {
    const isSame = (subscription: SharedSubscription | undefined): boolean =>
      subscription !== undefined &&
      subscription.names.join() === names.join() &&
      subscription.watcher.status.state !== 'closed';
    if (isSame(this.#next)) return;
    const old = this.#next;
    this.#next = undefined;
    old?.watcher.close();
    if (isSame(this.#current)) return;
    const subscription: SharedSubscription = {
      names,
      hasSnapshot: false,
      watcher: watch(this.server, {
        dashboard: this.dashboard,
        counters: names,
        onSnapshot: (snapshot) => this.#onSnapshot(subscription, snapshot),
        onStatus: (status) => this.#onStatus(subscription, status),
      }),
    };
    this.#next = subscription;
  }

  #close(): void {
    const subscriptions = [this.#current, this.#next];
    this.#current = this.#next = undefined;
    for (const subscription of subscriptions) subscription?.watcher.close();
  }

  #onSnapshot(subscription: SharedSubscription, snapshot: Snapshot): void {
    if (!this.#isActive(subscription)) return;
    this.#promote(subscription);
    if (isNewer(snapshot, this.#snapshot)) this.#snapshot = snapshot;
    const { names, watcher } = subscription;
    const all = names.length === 0;
    for (const name of all ? this.#listWantedCounters() : names) {
      if (Object.hasOwn(snapshot.counters, name)) this.#unknownCounters.delete(name);
      else if (!this.#unknownCounters.has(name))
        this.#unknownCounters.set(name, this.#explainUnknown(name, all ? snapshot : undefined));
    }
    // With all counters in sight it is known which of the wanted ones there are.
    if (all && !subscription.hasSnapshot) this.#scheduleUpdate();
    subscription.hasSnapshot = true;
    // The first snapshot makes it live, and that is told next.
    if (watcher.status.state !== 'connecting') this.#notifyViewers();
  }

  #onStatus(subscription: SharedSubscription, status: WatchStatus): void {
    if (!this.#isActive(subscription)) return;
    const works = status.state === 'live' || status.state === 'degraded';
    if (subscription.names.length > 0 && isFilterRefused(status)) this.#subscribeToAll(subscription);
    else if (works || !this.#current) this.#promote(subscription);
    this.#notifyViewers();
  }

  /** One of the counters may be the reason: whoever sees all of them sees which. */
  #subscribeToAll(refused: SharedSubscription): void {
    if (refused === this.#current) this.#current = undefined;
    this.#subscribe([]);
  }

  #isActive(subscription: SharedSubscription): boolean {
    return subscription === this.#current || subscription === this.#next;
  }

  #promote(subscription: SharedSubscription): void {
    if (subscription !== this.#next) return;
    const old = this.#current;
    this.#current = subscription;
    this.#next = undefined;
    old?.watcher.close();
  }

  #notifyViewers(): void {
    for (const viewer of this.#viewers) viewer.update(this.#getView(viewer));
  }

  /** @param all a snapshot of all counters, if there is one */
  #explainUnknown(name: string, all?: Snapshot): string {
    const others = Object.keys(all?.counters ?? {})
      .slice(0, MAX_SUGGESTED_COUNTERS)
      .join(', ');
    return `${this.dashboard} has no counter named ${name}${others && `: there are ${others}`}`;
  }

  #getView({ counter }: CounterViewer): WatchedCounter {
    const reason = this.#unknownCounters.get(counter);
    if (reason !== undefined) return { status: { state: 'closed', reason } };
    const covers = ({ names }: SharedSubscription): boolean => names.length === 0 || names.includes(counter);
    const source = this.#current && covers(this.#current) ? this.#current : (this.#next ?? this.#current);
    const status = source?.watcher.status ?? { state: 'connecting' };
    const snapshot = this.#snapshot;
    // `constructor` is a good name for a counter, and something else in any object.
    if (snapshot && Object.hasOwn(snapshot.counters, counter)) {
      const { revision, at, counters } = snapshot;
      return { status, latest: { value: counters[counter] ?? 0, revision, at } };
    }
    return { status: status.state === 'live' || status.state === 'degraded' ? { state: 'connecting' } : status };
  }
}

/** Whether it was refused for what it asked for. For whom it asked is the same for all counters. */
function isFilterRefused(status: WatchStatus): boolean {
  return status.state === 'closed' && status.problem !== undefined && ![401, 403].includes(status.problem.status);
}

/**
 * Shares one connection among all elements of a page that show counters of the same dashboard.
 *
 * Elements come and go in groups, so the subscription changes after a short delay. The new subscription replaces the
 * old one only when it delivers its first snapshot, so that no element loses its value in between. The service refuses
 * a filter with an unknown counter: all counters are watched then, the unknown ones are identified, and the filter is
 * set without them.
 */
import { buildDashboardUrl } from '../../src/client/urls.js';
import { type Period, type Snapshot, watch, type Watcher, type WatchStatus } from '../../src/client/client.js';
import { FollowedDefinition } from '../../src/client/followed-definition.js';
import { isNewer } from '../../src/client/snapshot-state.js';
import { findNumber, type NumberDefinitions } from '../../src/measures/shown-number.js';

/** Delay after the last added or removed element before the subscription changes, milliseconds. */
const SETTLE_DELAY_MS = 50;
/** With more counters than this all of them are watched, because the URL would become too long. */
const MAX_WATCHED_NAMES = 100;
const MAX_SUGGESTED_COUNTERS = 10;

export interface WatchedCounter {
  readonly status: WatchStatus;
  /**
   * Absent before the first value, and if the counter does not exist. `value` is in the smallest unit of a counter and
   * in decimals of a measure; null if there is no number.
   */
  readonly latest?: { readonly value: number | null; readonly revision: number; readonly at: number };
  /** Properties that determine the text of the value; present with it. */
  readonly definitions?: NumberDefinitions;
}

/** The number that an element shows. */
export interface NumberSource {
  /** Name of a counter or a measure. */
  readonly counter: string;
  /** Absent: the value. */
  readonly period?: Period | undefined;
}

interface CounterViewer extends NumberSource {
  readonly update: (view: WatchedCounter) => void;
}

interface SharedSubscription {
  /** Counters and measures of the watch; all if empty. */
  readonly names: readonly string[];
  readonly periods: readonly Period[];
  readonly watcher: Watcher;
  hasSnapshot: boolean;
}

const sharedWatches = new Map<string, SharedWatch>();

/**
 * Calls `update` now and whenever the number, its definition or its freshness changes.
 * @param server base URL of the service
 * @returns a function that ends it
 */
export function watchCounter(
  server: URL,
  dashboard: string,
  source: NumberSource,
  update: (view: WatchedCounter) => void,
): () => void {
  const { href } = buildDashboardUrl(server, dashboard);
  const sharedWatch = sharedWatches.get(href) ?? new SharedWatch(server, dashboard, () => sharedWatches.delete(href));
  sharedWatches.set(href, sharedWatch);
  return sharedWatch.addViewer({ ...source, update });
}

class SharedWatch {
  readonly #viewers = new Set<CounterViewer>();
  /** Source of the values that are shown. */
  #current: SharedSubscription | undefined;
  /** Replaces the current subscription when its first snapshot arrives. */
  #next: SharedSubscription | undefined;
  #snapshot: Snapshot | undefined;
  readonly #definition: FollowedDefinition;
  readonly #unknownCounters = new Map<string, string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly server: URL,
    private readonly dashboard: string,
    private readonly onUnused: () => void,
  ) {
    this.#definition = new FollowedDefinition(server, dashboard, {}, () => this.#notifyViewers());
  }

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

  /** Subscribes to the counters of the current viewers. */
  #updateSubscription(): void {
    const wanted = this.#listWantedCounters();
    for (const name of this.#unknownCounters.keys()) if (!wanted.includes(name)) this.#unknownCounters.delete(name);
    const names = wanted.filter((name) => !this.#unknownCounters.has(name));
    if (names.length > 0) this.#subscribe(names.length > MAX_WATCHED_NAMES ? [] : names);
    else this.#close();
    if (wanted.length === 0) {
      this.#definition.close();
      this.onUnused();
    }
    this.#notifyViewers();
  }

  #listWantedCounters(): string[] {
    return [...new Set([...this.#viewers].map(({ counter }) => counter))].toSorted();
  }

  #listWantedPeriods(): Period[] {
    const periods = [...this.#viewers].flatMap(({ period }) => (period === undefined ? [] : [period]));
    return [...new Set(periods)].toSorted();
  }

  /** @param names counters and measures to watch; all if empty */
  #subscribe(names: readonly string[]): void {
    const periods = this.#listWantedPeriods();
    const isSame = (subscription: SharedSubscription | undefined): boolean =>
      subscription !== undefined &&
      subscription.names.join() === names.join() &&
      subscription.periods.join() === periods.join() &&
      subscription.watcher.status.state !== 'closed';
    if (isSame(this.#next)) return;
    const old = this.#next;
    this.#next = undefined;
    old?.watcher.close();
    if (isSame(this.#current)) return;
    const subscription: SharedSubscription = {
      names,
      periods,
      hasSnapshot: false,
      watcher: watch(this.server, {
        dashboard: this.dashboard,
        counters: names,
        periods,
        onDefinition: () => this.#isActive(subscription) && this.#definition.refresh(),
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
      if (findNumber(snapshot, name) !== undefined) this.#unknownCounters.delete(name);
      else if (!this.#unknownCounters.has(name))
        this.#unknownCounters.set(name, this.#explainUnknown(name, all ? snapshot : undefined));
    }
    // A snapshot of all counters tells which of the wanted ones exist.
    if (all && !subscription.hasSnapshot) this.#scheduleUpdate();
    subscription.hasSnapshot = true;
    // The status `live` follows the first snapshot and notifies the viewers.
    if (watcher.status.state !== 'connecting') this.#notifyViewers();
  }

  #onStatus(subscription: SharedSubscription, status: WatchStatus): void {
    if (!this.#isActive(subscription)) return;
    const works = status.state === 'live' || status.state === 'degraded';
    if (subscription.names.length > 0 && isFilterRefused(status)) this.#subscribeToAll(subscription);
    else if (works || !this.#current) this.#promote(subscription);
    this.#notifyViewers();
  }

  /** Watches all counters to find out which one caused the refusal. */
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

  #explainUnknown(name: string, all?: Snapshot): string {
    const others = Object.keys({ ...all?.counters, ...all?.measures })
      .slice(0, MAX_SUGGESTED_COUNTERS)
      .join(', ');
    return `${this.dashboard} has no counter named ${name}${others && `; it has ${others}`}`;
  }

  #getView({ counter, period }: CounterViewer): WatchedCounter {
    const reason = this.#unknownCounters.get(counter);
    if (reason !== undefined) return { status: { state: 'closed', reason } };
    const covers = ({ names, periods }: SharedSubscription): boolean =>
      (names.length === 0 || names.includes(counter)) && (period === undefined || periods.includes(period));
    const source = this.#current && covers(this.#current) ? this.#current : (this.#next ?? this.#current);
    const status = source?.watcher.status ?? { state: 'connecting' };
    const { current: definitions } = this.#definition;
    const value = this.#snapshot && findNumber(this.#snapshot, counter, period);
    if (definitions && this.#snapshot && value !== undefined) {
      const { revision, at } = this.#snapshot;
      return { status, definitions, latest: { value, revision, at } };
    }
    return { status: status.state === 'live' || status.state === 'degraded' ? { state: 'connecting' } : status };
  }
}

/** True if the watch was refused because of its counters. 401 and 403 do not depend on them. */
function isFilterRefused(status: WatchStatus): boolean {
  return status.state === 'closed' && status.problem !== undefined && ![401, 403].includes(status.problem.status);
}

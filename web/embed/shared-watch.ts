/** Shares connections: all elements of a page that show counters of the same dashboard watch it together. */
import { dashboardUrl } from '../../src/client/urls.js';
import { type Snapshot, watch, type Watching, type WatchStatus } from '../../src/client/client.js';
import { isNews } from '../../src/client/snapshot-state.js';

/** Elements come and go in groups: what is watched changes when none did for this long. */
const QUIET_MS = 50;
/** Of more counters than this all are watched: their names would make too long an address. */
const MOST_NAMES = 100;
/** Most counters that are named for who looks for one that there is not. */
const MOST_NAMED = 10;

/** What is known of one counter. */
export interface CounterView {
  readonly status: WatchStatus;
  /** Absent before the first value, and when there is no such counter. */
  readonly shown?: { readonly value: number; readonly revision: number; readonly at: number };
}

interface Viewer {
  readonly counter: string;
  readonly show: (view: CounterView) => void;
}

/** One connection. */
interface Subscription {
  /** None: all counters. */
  readonly names: readonly string[];
  readonly watching: Watching;
  /** Whether it has shown anything. */
  seen: boolean;
}

/** By address of the dashboard. */
const shared = new Map<string, SharedWatch>();

/**
 * Shows a counter, now and whenever it or its freshness changes, until the function that is returned is called.
 * @param server base URL of the service
 */
export function watchCounter(
  server: URL,
  dashboard: string,
  counter: string,
  show: (view: CounterView) => void,
): () => void {
  const { href } = dashboardUrl(server, dashboard);
  const watching = shared.get(href) ?? new SharedWatch(server, dashboard, () => shared.delete(href));
  shared.set(href, watching);
  return watching.join({ counter, show });
}

class SharedWatch {
  readonly #viewers = new Set<Viewer>();
  /** What is shown comes from here. */
  #current: Subscription | undefined;
  /** What is to take its place, as soon as it shows something: nothing is dark in between. */
  #coming: Subscription | undefined;
  #snapshot: Snapshot | undefined;
  /** Counters that there are not, each with what is to be said of it. Asking for one of them is refused, whatever else is asked for. */
  readonly #unknown = new Map<string, string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly server: URL,
    private readonly dashboard: string,
    private readonly forget: () => void,
  ) {}

  join(viewer: Viewer): () => void {
    this.#viewers.add(viewer);
    this.#settleSoon();
    viewer.show(this.#viewOf(viewer));
    return () => {
      this.#viewers.delete(viewer);
      this.#settleSoon();
    };
  }

  #settleSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#settle(), QUIET_MS);
  }

  /** Watches what is wanted now. */
  #settle(): void {
    const wanted = this.#wanted();
    for (const name of this.#unknown.keys()) if (!wanted.includes(name)) this.#unknown.delete(name);
    const names = wanted.filter((name) => !this.#unknown.has(name));
    if (names.length > 0) this.#subscribe(names.length > MOST_NAMES ? [] : names);
    else this.#close();
    if (wanted.length === 0) this.forget();
    this.#tell();
  }

  #wanted(): string[] {
    return [...new Set([...this.#viewers].map(({ counter }) => counter))].toSorted();
  }

  /** @param names none: all */
  #subscribe(names: readonly string[]): void {
    const same = (one: Subscription | undefined): boolean =>
      one !== undefined && one.names.join() === names.join() && one.watching.status.state !== 'closed';
    if (same(this.#coming)) return;
    const old = this.#coming;
    this.#coming = undefined;
    old?.watching.close();
    if (same(this.#current)) return;
    const subscription: Subscription = {
      names,
      seen: false,
      watching: watch(this.server, {
        dashboard: this.dashboard,
        counters: names,
        onSnapshot: (snapshot) => this.#take(subscription, snapshot),
        onStatus: (status) => this.#follow(subscription, status),
      }),
    };
    this.#coming = subscription;
  }

  #close(): void {
    const all = [this.#current, this.#coming];
    this.#current = this.#coming = undefined;
    for (const one of all) one?.watching.close();
  }

  #take(subscription: Subscription, snapshot: Snapshot): void {
    if (!this.#isOurs(subscription)) return;
    this.#adopt(subscription);
    if (isNews(snapshot, this.#snapshot)) this.#snapshot = snapshot;
    const { names, watching } = subscription;
    const all = names.length === 0;
    for (const name of all ? this.#wanted() : names) {
      if (Object.hasOwn(snapshot.counters, name)) this.#unknown.delete(name);
      else if (!this.#unknown.has(name)) this.#unknown.set(name, this.#unknownReason(name, all ? snapshot : undefined));
    }
    // With all counters in sight it is known which of the wanted ones there are.
    if (all && !subscription.seen) this.#settleSoon();
    subscription.seen = true;
    // The first snapshot makes it live, and that is told next.
    if (watching.status.state !== 'connecting') this.#tell();
  }

  #follow(subscription: Subscription, status: WatchStatus): void {
    if (!this.#isOurs(subscription)) return;
    const works = status.state === 'live' || status.state === 'degraded';
    if (subscription.names.length > 0 && isOfNames(status)) this.#lookAtAll(subscription);
    else if (works || !this.#current) this.#adopt(subscription);
    this.#tell();
  }

  /** One of the counters may be the reason: whoever sees all of them sees which. */
  #lookAtAll(refused: Subscription): void {
    if (refused === this.#current) this.#current = undefined;
    this.#subscribe([]);
  }

  #isOurs(subscription: Subscription): boolean {
    return subscription === this.#current || subscription === this.#coming;
  }

  #adopt(subscription: Subscription): void {
    if (subscription !== this.#coming) return;
    const old = this.#current;
    this.#current = subscription;
    this.#coming = undefined;
    old?.watching.close();
  }

  #tell(): void {
    for (const viewer of this.#viewers) viewer.show(this.#viewOf(viewer));
  }

  /** @param all a snapshot of all counters, if there is one */
  #unknownReason(name: string, all?: Snapshot): string {
    const others = Object.keys(all?.counters ?? {})
      .slice(0, MOST_NAMED)
      .join(', ');
    return `${this.dashboard} has no counter named ${name}${others && `: there are ${others}`}`;
  }

  #viewOf({ counter }: Viewer): CounterView {
    const reason = this.#unknown.get(counter);
    if (reason !== undefined) return { status: { state: 'closed', reason } };
    const covers = ({ names }: Subscription): boolean => names.length === 0 || names.includes(counter);
    const source = this.#current && covers(this.#current) ? this.#current : (this.#coming ?? this.#current);
    const status = source?.watching.status ?? { state: 'connecting' };
    const snapshot = this.#snapshot;
    // `constructor` is a good name for a counter, and something else in any object.
    if (snapshot && Object.hasOwn(snapshot.counters, counter)) {
      const { revision, at, counters } = snapshot;
      return { status, shown: { value: counters[counter] ?? 0, revision, at } };
    }
    return { status: status.state === 'live' || status.state === 'degraded' ? { state: 'connecting' } : status };
  }
}

/** Whether it was refused for what it asked for. For whom it asked is the same for all counters. */
function isOfNames(status: WatchStatus): boolean {
  return status.state === 'closed' && status.problem !== undefined && ![401, 403].includes(status.problem.status);
}

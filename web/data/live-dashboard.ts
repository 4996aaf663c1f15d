/** What the page knows of a dashboard: the newest numbers, how fresh they are, and what they were. */
import {
  type Definition,
  describe,
  type Snapshot,
  watch,
  type Watching,
  type WatchStatus,
} from '../../src/client/client.js';
import { Past } from './history-cache.js';
import type { Access } from '../auth/session-token.js';

/** Who is told what happens. */
export interface Audience {
  /** Numbers are newer. @param changed the counters that differ */
  numbers(changed: readonly string[]): void;
  /** Which counters there are, what they are called, or what they were is known better: all is to be shown again. */
  all(): void;
  status(status: WatchStatus): void;
}

export class LiveDashboard {
  readonly past: Past;
  definition: Definition | undefined;
  readonly #watching: Watching;
  readonly #closing = new AbortController();
  #shown: Snapshot | undefined;

  /**
   * @param only counters to show; all when empty
   * @param access the token that all requests carry, if there is one
   */
  constructor(
    readonly base: URL,
    readonly name: string,
    only: readonly string[],
    readonly access: Access,
    private readonly audience: Audience,
  ) {
    this.past = new Past({ base, dashboard: name, counters: only, access, onHistory: () => audience.all() });
    this.#watching = watch(base, {
      dashboard: name,
      counters: only,
      totals: true,
      ...access,
      onSnapshot: (snapshot) => this.#take(snapshot),
      onStatus: (status) => this.#heed(status),
    });
  }

  get status(): WatchStatus {
    return this.#watching.status;
  }

  get snapshot(): Snapshot | undefined {
    return this.#watching.snapshot;
  }

  /** Names of the counters that are shown, in the order in which they were declared. */
  get counters(): readonly string[] {
    const order = new Map(Object.keys(this.definition?.counters ?? {}).map((name, index) => [name, index]));
    const rank = (name: string): number => order.get(name) ?? order.size;
    return Object.keys(this.snapshot?.counters ?? {}).toSorted((one, other) => rank(one) - rank(other));
  }

  get title(): string {
    return this.definition?.title ?? this.name;
  }

  titleOf(counter: string): string {
    return this.definition?.counters[counter]?.title ?? counter;
  }

  close(): void {
    this.#closing.abort();
    this.past.close();
    this.#watching.close();
  }

  #take(snapshot: Snapshot): void {
    const last = this.#shown?.epoch === snapshot.epoch ? this.#shown : undefined;
    if (this.#shown && !last) this.past.forget();
    this.#shown = snapshot;
    this.past.advance();
    const { at, counters, added = {} } = snapshot;
    const gone = Object.keys(last?.counters ?? {}).filter((name) => !(name in counters));
    const born = last ? Object.keys(counters).filter((name) => !(name in last.counters)) : [];
    for (const name of gone) this.past.drop(name);
    for (const name of born) this.past.begin(name);
    const changed = Object.entries(counters).filter(([name, value]) => {
      const total = added[name] ?? value;
      return this.past.note(name, at, { added: total, removed: total - value });
    });
    const others = !last || gone.length + born.length > 0;
    if (others) void this.#describe();
    if (others) this.audience.all();
    else this.audience.numbers(changed.map(([name]) => name));
  }

  #heed(status: WatchStatus): void {
    if (status.state === 'live') this.past.resume();
    if (status.state === 'degraded') this.past.doubt();
    if (['reconnecting', 'stale', 'closed'].includes(status.state)) this.past.lose();
    this.audience.status(status);
  }

  async #describe(): Promise<void> {
    try {
      this.definition = await describe(this.base, {
        dashboard: this.name,
        signal: this.#closing.signal,
        ...this.access,
      });
      this.audience.all();
    } catch {
      // Names stand in for titles; they are asked for again with the next counter that comes or goes, or another visit.
    }
  }
}

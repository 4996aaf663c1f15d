/** A watched dashboard: its latest numbers, freshness, definition and running periods, as signals. */
import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import {
  type DashboardDefinition,
  type Period,
  PERIODS,
  readDefinition,
  type Snapshot,
  type WatchStatus,
} from '../../src/client/client.js';
import { FollowedDefinition } from '../../src/client/followed-definition.js';
import { isNewer } from '../../src/client/snapshot-state.js';
import { findNumber, type NumberKind } from '../../src/measures/shown-number.js';
import type { TokenOptions } from '../auth/session-token.js';
import { BEAT_MS, getTimeToBeat } from './beat.js';
import type { BoardData, NumbersByKind } from './board-data.js';
import { DashboardWatch } from '../../src/client/dashboard-watch.js';
import { HistoryCache } from './history-cache.js';
import { listComparisons } from './comparisons.js';
import type { PeriodData } from './period-data.js';
import { PeriodFeed } from './period-feed.js';

/** With more numbers than this on the page, a frame costs enough to wait for the next beat after one. */
const MANY_NUMBERS = 40;

const NO_NUMBERS: NumbersByKind = {};

export class LiveDashboard implements BoardData {
  readonly status = signal<WatchStatus>({ state: 'connecting' });
  readonly isLive = computed(() => this.status.value.state === 'live');
  readonly definition = signal<DashboardDefinition | undefined>(undefined);
  readonly names = signal<readonly string[]>([]);
  readonly lastChangeAt = signal<number | undefined>(undefined);
  readonly hasNumbers = computed(() => this.lastChangeAt.value !== undefined);
  readonly isUncounted = computed(() => this.lastChangeAt.value === 0);
  readonly revision = signal(0);
  readonly epoch = signal('');
  readonly history: HistoryCache;
  readonly #numbers = new Map<string, Signal<NumbersByKind>>();
  readonly #feeds = new Map<Period, PeriodFeed>();
  #watch: DashboardWatch | undefined;
  readonly #definition: FollowedDefinition;
  /** Newest snapshot, and the one that is shown. */
  #snapshot: Snapshot | undefined;
  #shown: Snapshot | undefined;
  #frame = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #filter: readonly string[] = [];
  /** Nearly every board needs the day: its first connection stays the only one. */
  #periods: readonly Period[] = ['day'];
  #isClosed = false;

  /**
   * @param requested counters and measures to show; all if empty
   * @param tokenOptions token of all requests, if there is one
   */
  constructor(
    readonly base: URL,
    readonly name: string,
    private readonly requested: readonly string[],
    readonly tokenOptions: TokenOptions,
  ) {
    this.history = new HistoryCache({ base, dashboard: name, tokenOptions, getCounters: () => this.#filter });
    this.#definition = new FollowedDefinition(base, name, tokenOptions, (definition) => this.#onDefinition(definition));
    void this.#start();
  }

  /** Newest snapshot; undefined until one has arrived. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** Counters and measures to which requests are limited; all if empty. */
  get filter(): readonly string[] {
    return this.#filter;
  }

  getNumbers(name: string): Signal<NumbersByKind> {
    let numbers = this.#numbers.get(name);
    if (!numbers) this.#numbers.set(name, (numbers = signal(this.#readNumbers(name))));
    return numbers;
  }

  getPeriodData(period: Period): ReadonlySignal<PeriodData | undefined> {
    let feed = this.#feeds.get(period);
    if (!feed) {
      feed = new PeriodFeed(period, {
        base: this.base,
        dashboard: this.name,
        tokenOptions: this.tokenOptions,
        getFilter: () => this.#filter,
        getComparisons: (kind) => listComparisons(this.definition.peek(), kind),
        now: () => this.now(),
        onTime: (ms) => this.history.clock.observe(ms),
      });
      this.#feeds.set(period, feed);
    }
    return feed.data;
  }

  /** Asks for the numbers of these periods too; they come without a moment in which nothing is live. */
  setPeriods(periods: readonly Period[]): void {
    this.#periods = PERIODS.filter((period) => periods.includes(period));
    this.#watch?.setPeriods(this.#periods);
  }

  getChangePerMinute(name: string): number | undefined {
    return this.isLive.peek() ? this.history.getChangePerMinute(name) : undefined;
  }

  now(): number {
    return this.history.clock.now();
  }

  /** Connects at once, without waiting for the time of the next attempt. */
  reconnect(): void {
    globalThis.dispatchEvent(new Event('online'));
  }

  close(): void {
    this.#isClosed = true;
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#pause);
    this.#definition.close();
    this.history.close();
    for (const feed of this.#feeds.values()) feed.close();
    this.#watch?.close();
  }

  /** With names to show, the definition tells first which of them exist: a service refuses unknown ones. */
  async #start(): Promise<void> {
    if (this.requested.length > 0) {
      const definition = await readDefinition(this.base, { dashboard: this.name, ...this.tokenOptions }).catch(
        () => undefined,
      );
      if (this.#isClosed) return;
      if (definition) this.#limitTo(definition);
      else this.#filter = this.requested;
    }
    this.#watch = new DashboardWatch(
      this.base,
      {
        dashboard: this.name,
        counters: this.#filter,
        totals: true,
        periods: this.#periods,
        ...this.tokenOptions,
      },
      {
        onSnapshot: (snapshot) => this.#onSnapshot(snapshot),
        onStatus: (status) => this.#onStatus(status),
        onDefinition: () => this.#definition.refresh(),
      },
    );
    this.#onStatus(this.#watch.status);
  }

  #limitTo(definition: DashboardDefinition): void {
    const exists = (name: string): boolean =>
      Object.hasOwn(definition.counters, name) || Object.hasOwn(definition.measures ?? {}, name);
    this.#filter = this.requested.filter(exists);
  }

  #onDefinition(definition: DashboardDefinition): void {
    batch(() => {
      this.definition.value = definition;
      this.#showNames();
    });
    for (const feed of this.#feeds.values()) feed.refresh();
  }

  #onSnapshot(snapshot: Snapshot): void {
    // The first one of a watch with other periods may be of an instance that lags behind.
    if (!isNewer(snapshot, this.#snapshot)) return;
    const last = this.#snapshot?.epoch === snapshot.epoch ? this.#snapshot : undefined;
    if (this.#snapshot && !last) this.history.reset();
    const hasRolledOver = PERIODS.some(
      (period) => last?.periods?.[period] && last.periods[period].start !== snapshot.periods?.[period]?.start,
    );
    this.#snapshot = snapshot;
    this.history.observe(snapshot, last);
    if (hasRolledOver || (this.#snapshot && !last)) for (const feed of this.#feeds.values()) feed.refresh();
    this.#scheduleFrame();
  }

  #scheduleFrame(): void {
    if (this.#frame !== 0 || this.#pause !== undefined) return;
    this.#frame = requestAnimationFrame(() => this.#show());
  }

  /** Shows the newest snapshot: once in an animation frame, for any number of snapshots. */
  #show(): void {
    this.#frame = 0;
    const snapshot = this.#snapshot;
    if (!snapshot) return;
    if (this.#numbers.size > MANY_NUMBERS) this.#pause = setTimeout(() => this.#endPause(), getTimeToBeat(BEAT_MS));
    batch(() => {
      this.#shown = snapshot;
      this.revision.value = snapshot.revision;
      this.epoch.value = snapshot.epoch;
      this.lastChangeAt.value = snapshot.revision === 0 ? 0 : snapshot.at;
      this.#showNames();
      for (const [name, numbers] of this.#numbers) {
        const next = this.#readNumbers(name);
        if (!areEqual(numbers.peek(), next)) numbers.value = next;
      }
    });
  }

  #endPause(): void {
    this.#pause = undefined;
    if (this.#shown !== this.#snapshot) this.#scheduleFrame();
  }

  #showNames(): void {
    if (!this.#shown) return;
    const definition = this.definition.peek();
    const names = [
      ...sortByRank(this.#shown.counters, definition?.counters),
      ...sortByRank(this.#shown.measures, definition?.measures),
    ];
    if (names.join() !== this.names.peek().join()) this.names.value = names;
  }

  #readNumbers(name: string): NumbersByKind {
    const snapshot = this.#shown;
    if (!snapshot) return NO_NUMBERS;
    const kinds: readonly NumberKind[] = ['total', ...PERIODS.filter((period) => snapshot.periods?.[period])];
    const numbers: Partial<Record<NumberKind, number | null>> = {};
    for (const kind of kinds) {
      const number = findNumber(snapshot, name, kind);
      if (number !== undefined) numbers[kind] = number;
    }
    return numbers;
  }

  #onStatus(status: WatchStatus): void {
    const { state } = status;
    if (state === 'live') {
      this.history.markLive();
      // Rows may have been missed.
      if (this.status.peek().state !== 'live') for (const feed of this.#feeds.values()) feed.refresh();
    }
    if (state === 'degraded') this.history.markDegraded();
    if (['reconnecting', 'stale', 'closed'].includes(state)) this.history.markDisconnected();
    this.status.value = status;
  }
}

function areEqual(one: NumbersByKind, other: NumbersByKind): boolean {
  const kinds = Object.keys(other) as NumberKind[];
  return kinds.length === Object.keys(one).length && kinds.every((kind) => one[kind] === other[kind]);
}

/** Returns the names of the present numbers in the order of their definitions. */
function sortByRank(present: object = {}, defined: object = {}): string[] {
  const order = new Map(Object.keys(defined).map((name, index) => [name, index]));
  const rank = (name: string): number => order.get(name) ?? order.size;
  return Object.keys(present).toSorted((a, b) => rank(a) - rank(b));
}

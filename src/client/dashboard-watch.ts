/** Watches a dashboard with a choice of periods that can change, without a moment in which nothing is live. */
import type { Period } from '../counters/definition.js';
import { watch, type Watcher, type WatchOptions } from './watch.js';
import type { WatchStatus } from './watch-status.js';

type WatchListeners = Required<Pick<WatchOptions, 'onSnapshot' | 'onStatus' | 'onDefinition'>>;

/** A watch with other periods replaces the present one when it delivers its first snapshot. */
export class DashboardWatch {
  #periods: readonly Period[];
  #current: Watcher;
  #next: Watcher | undefined;

  constructor(
    private readonly url: string | URL,
    private readonly options: WatchOptions,
    private readonly listeners: WatchListeners,
  ) {
    this.#periods = options.periods ?? [];
    this.#current = this.#start();
  }

  get status(): WatchStatus {
    return this.#current.status;
  }

  /** @param periods in any fixed order */
  setPeriods(periods: readonly Period[]): void {
    if (periods.join() === this.#periods.join() || this.status.state === 'closed') return;
    this.#periods = periods;
    this.#next?.close();
    this.#next = this.#start();
  }

  close(): void {
    this.#next?.close();
    this.#current.close();
  }

  #start(): Watcher {
    const { onSnapshot, onStatus, onDefinition } = this.listeners;
    const ifCurrent =
      <T>(listener: (value: T) => void) =>
      (value: T): void => {
        if (watcher === this.#current) listener(value);
      };
    const watcher = watch(this.url, {
      ...this.options,
      periods: this.#periods,
      onSnapshot: (snapshot) => {
        if (watcher === this.#next) this.#promote(watcher);
        ifCurrent(onSnapshot)(snapshot);
      },
      onStatus: ifCurrent((status) => {
        if (status.state === 'closed') this.#next?.close();
        onStatus(status);
      }),
      onDefinition: ifCurrent(onDefinition),
    });
    return watcher;
  }

  #promote(watcher: Watcher): void {
    const old = this.#current;
    this.#current = watcher;
    this.#next = undefined;
    old.close();
  }
}

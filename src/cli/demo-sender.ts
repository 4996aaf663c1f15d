/** Sends the steps of a shop: some at a time, and none that takes what may not be there yet. */
import { RefusedError } from '../client/client.js';
import type { DemoDashboard, Named } from './demo-dashboard.js';
import { Sums } from '../demo/sums.js';
import { SHOP_COUNTERS, type ShopStep } from '../demo/shop-day.js';

/** Most change sets on their way at a time: enough for the server to commit them in groups, and few to lose sight of. */
const MOST_ON_THE_WAY = 32;

/** A change set on its way. */
interface Flight {
  readonly sinceMs: number;
  readonly abort: AbortController;
}

export class Sending {
  readonly sums = new Sums();
  /** What went wrong first, so that there is no use in going on. */
  failure: unknown;
  readonly #stopping = new AbortController();
  /** The oldest first. */
  readonly #flights = new Set<Flight>();
  #launched = 0;
  /** A stocktaking is on its way, and has the shop for itself. */
  #alone = false;
  /** What is certain to be there: gains when they are counted, losses when they are sent. */
  readonly #certain = { orders: 0, customers: 0, products: 0 };
  /** Wakes who waits for a change set to come to something. One waits at a time. */
  #wake = (): void => {};

  /** @param run what the keys begin with: another for each run */
  constructor(
    private readonly dashboard: DemoDashboard,
    private readonly run: string,
  ) {}

  /** Aborted as soon as nothing more is sent. */
  get stopped(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Since when the oldest has been on its way, in the time of `performance.now()`. */
  get oldestMs(): number | undefined {
    const [oldest] = this.#flights;
    return oldest?.sinceMs;
  }

  /** Resolves as soon as the step is on its way: with too many before it, it waits. Sends nothing when it was stopped. */
  async send(step: ShopStep): Promise<void> {
    while (!this.stopped.aborted && !this.#fits(step)) await this.#landing();
    if (!this.stopped.aborted) this.#launch(step);
  }

  /** Sends nothing more. What is on its way goes on. */
  stop(): void {
    this.#stopping.abort();
    this.#wake();
  }

  /** Gives up on what is on its way: whether it was counted is not known then. */
  abandon(): void {
    this.stop();
    for (const { abort } of this.#flights) abort.abort();
  }

  /** Resolves when nothing is on its way. */
  async settle(): Promise<void> {
    while (this.#flights.size > 0) await this.#landing();
  }

  /**
   * Requests overtake each other: a removal is not sent before what it takes has been counted. With nothing on its way there is
   * nothing to wait for.
   */
  #fits({ kind, by }: ShopStep): boolean {
    const { size } = this.#flights;
    if (size === 0) return true;
    if (size >= MOST_ON_THE_WAY || this.#alone || kind === 'stocktaking') return false;
    return SHOP_COUNTERS.every((name) => (by[name] ?? 0) >= 0 || this.#certain[name] + (by[name] ?? 0) >= 0);
  }

  #landing(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #launch(step: ShopStep): void {
    // One controller for each: what listens to a signal that lives as long as the run would never be let go of.
    const flight = { sinceMs: performance.now(), abort: new AbortController() };
    this.#flights.add(flight);
    this.#launched += 1;
    this.#alone = step.kind === 'stocktaking';
    this.#book(step.by, Math.min);
    const named = { key: `${this.run}-${this.#launched}`, reason: step.reason, signal: flight.abort.signal };
    void this.#deliver(step, named).finally(() => {
      this.#flights.delete(flight);
      this.#alone = false;
      this.#wake();
    });
  }

  async #deliver(step: ShopStep, named: Named): Promise<void> {
    const { kind, by } = step;
    try {
      if (kind === 'stocktaking') {
        const products = await this.dashboard.recount('products', by.products ?? 0, named);
        this.sums.add(kind, { products });
      } else {
        const amounts = Object.entries(by).map(([counter, amount]) => ({ counter, by: amount }));
        await this.dashboard.change(amounts, named);
        this.sums.add(kind, by);
      }
      this.#book(by, Math.max);
    } catch (error) {
      if (named.signal.aborted) this.sums.unknown += 1;
      else if (error instanceof RefusedError && error.problem.code === 'nothing-to-remove') {
        // Somebody else has taken it. What it did not take is still there.
        this.sums.refuse(error.message);
        this.#book(by, (amount) => -Math.min(amount, 0));
      } else {
        this.failure ??= error;
        this.stop();
      }
    }
  }

  /** Books the part of the amounts that `part` of an amount and 0 gives. */
  #book(by: ShopStep['by'], part: (amount: number, zero: number) => number): void {
    for (const name of SHOP_COUNTERS) this.#certain[name] += part(by[name] ?? 0, 0);
  }
}

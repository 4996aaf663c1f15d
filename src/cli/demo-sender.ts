/** Sends the steps of a shop: some at a time, and none that takes what may not be there yet. */
import { RefusedError } from '../client/client.js';
import type { DemoDashboard, ChangeMetadata } from './demo-dashboard.js';
import { Sums } from '../demo/sums.js';
import { SHOP_COUNTERS, type ShopStep } from '../demo/shop-day.js';

/** Most change sets on their way at a time: enough for the server to commit them in groups, and few to lose sight of. */
const MAX_IN_FLIGHT = 32;

/** A change set on its way. */
interface InFlightStep {
  readonly sentAtMs: number;
  readonly controller: AbortController;
}

export class DemoSender {
  readonly sums = new Sums();
  /** What went wrong first, so that there is no use in going on. */
  failure: unknown;
  readonly #stopController = new AbortController();
  /** The oldest first. */
  readonly #inFlight = new Set<InFlightStep>();
  #sentCount = 0;
  /** A stocktaking is on its way, and has the shop for itself. */
  #isExclusive = false;
  /** What is certain to be there: gains when they are counted, losses when they are sent. */
  readonly #confirmed = { orders: 0, customers: 0, products: 0 };
  /** Wakes who waits for a change set to come to something. One waits at a time. */
  #resumeWaiter = (): void => {};

  /** @param keyPrefix what the keys begin with: another for each run */
  constructor(
    private readonly dashboard: DemoDashboard,
    private readonly keyPrefix: string,
  ) {}

  /** Aborted as soon as nothing more is sent. */
  get stopSignal(): AbortSignal {
    return this.#stopController.signal;
  }

  /** Since when the oldest has been on its way, in the time of `performance.now()`. */
  get oldestSentAtMs(): number | undefined {
    const [oldest] = this.#inFlight;
    return oldest?.sentAtMs;
  }

  /** Resolves as soon as the step is on its way: with too many before it, it waits. Sends nothing when it was stopped. */
  async send(step: ShopStep): Promise<void> {
    while (!this.stopSignal.aborted && !this.#canSend(step)) await this.#waitForCompletion();
    if (!this.stopSignal.aborted) this.#startStep(step);
  }

  /** Sends nothing more. What is on its way goes on. */
  stop(): void {
    this.#stopController.abort();
    this.#resumeWaiter();
  }

  /** Gives up on what is on its way: whether it was counted is not known then. */
  abandon(): void {
    this.stop();
    for (const { controller } of this.#inFlight) controller.abort();
  }

  /** Resolves when nothing is on its way. */
  async drain(): Promise<void> {
    while (this.#inFlight.size > 0) await this.#waitForCompletion();
  }

  /**
   * Requests overtake each other: a removal is not sent before what it takes has been counted. With nothing on its way there is
   * nothing to wait for.
   */
  #canSend({ kind, amounts }: ShopStep): boolean {
    const { size } = this.#inFlight;
    if (size === 0) return true;
    if (size >= MAX_IN_FLIGHT || this.#isExclusive || kind === 'stocktaking') return false;
    return SHOP_COUNTERS.every(
      (name) => (amounts[name] ?? 0) >= 0 || this.#confirmed[name] + (amounts[name] ?? 0) >= 0,
    );
  }

  #waitForCompletion(): Promise<void> {
    return new Promise((resolve) => (this.#resumeWaiter = resolve));
  }

  #startStep(step: ShopStep): void {
    // One controller for each: what listens to a signal that lives as long as the run would never be let go of.
    const request = { sentAtMs: performance.now(), controller: new AbortController() };
    this.#inFlight.add(request);
    this.#sentCount += 1;
    this.#isExclusive = step.kind === 'stocktaking';
    this.#adjustConfirmed(step.amounts, Math.min);
    const metadata = {
      key: `${this.keyPrefix}-${this.#sentCount}`,
      reason: step.reason,
      signal: request.controller.signal,
    };
    void this.#sendStep(step, metadata).finally(() => {
      this.#inFlight.delete(request);
      this.#isExclusive = false;
      this.#resumeWaiter();
    });
  }

  async #sendStep(step: ShopStep, metadata: ChangeMetadata): Promise<void> {
    const { kind, amounts } = step;
    try {
      if (kind === 'stocktaking') {
        const products = await this.dashboard.adjustByRecount('products', amounts.products ?? 0, metadata);
        this.sums.recordStep(kind, { products });
      } else {
        const changes = Object.entries(amounts).map(([counter, amount]) => ({ counter, by: amount }));
        await this.dashboard.change(changes, metadata);
        this.sums.recordStep(kind, amounts);
      }
      this.#adjustConfirmed(amounts, Math.max);
    } catch (error) {
      if (metadata.signal.aborted) this.sums.unknown += 1;
      else if (error instanceof RefusedError && error.problem.code === 'nothing-to-remove') {
        // Somebody else has taken it. What it did not take is still there.
        this.sums.recordRefusal(error.message);
        this.#adjustConfirmed(amounts, (amount) => -Math.min(amount, 0));
      } else {
        this.failure ??= error;
        this.stop();
      }
    }
  }

  /** Books the part of the amounts that `part` of an amount and 0 gives. */
  #adjustConfirmed(amounts: ShopStep['amounts'], pick: (amount: number, zero: number) => number): void {
    for (const name of SHOP_COUNTERS) this.#confirmed[name] += pick(amounts[name] ?? 0, 0);
  }
}

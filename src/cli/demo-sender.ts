/**
 * Sends the steps of the simulated shop, several at a time. Requests can overtake each other, so a step that removes
 * something waits until the amounts it needs are confirmed; otherwise the server would refuse removals that are valid
 * in the simulation's order.
 */
import { RefusedError } from '../client/client.js';
import type { DemoDashboard, ChangeMetadata } from './demo-dashboard.js';
import { Sums } from '../demo/sums.js';
import { SHOP_COUNTERS, type ShopCounter, type ShopStep, type StepKind } from '../demo/shop-day.js';

/** Counted without a reason: the chart marks changes that have one, and would be full of marks. */
const ROUTINE_KINDS: ReadonlySet<StepKind> = new Set(['visit', 'order', 'sign-up', 'sign-off']);
/** Concurrent change sets: enough for the server to commit them in groups, few to abandon if it is away. */
const MAX_IN_FLIGHT = 32;

interface InFlightStep {
  readonly sentAtMs: number;
  readonly controller: AbortController;
}

export class DemoSender {
  readonly sums = new Sums();
  /** First error that stopped the sender. */
  failure: unknown;
  readonly #stopController = new AbortController();
  readonly #inFlight = new Set<InFlightStep>();
  #sentCount = 0;
  /** True while a stocktaking is in flight; nothing else is sent until it completes. */
  #isExclusive = false;
  /** Amounts that are certainly there: additions count once confirmed, removals as soon as they are sent. */
  readonly #confirmed: Record<ShopCounter, number>;
  /** Resumes the one caller that waits for a change set to complete. */
  #resumeWaiter = (): void => {};

  /**
   * @param keyPrefix prefix of the idempotency keys, different for each run
   * @param booked amounts that the simulation has counted before the first step, if they were booked
   */
  constructor(
    private readonly dashboard: DemoDashboard,
    private readonly keyPrefix: string,
    booked?: Readonly<Record<ShopCounter, number>>,
  ) {
    this.#confirmed = { revenue: 0, orders: 0, visits: 0, customers: 0, stock: 0, ...booked };
  }

  /** Aborted when the sender has stopped. */
  get stopSignal(): AbortSignal {
    return this.#stopController.signal;
  }

  /** When the oldest change set in flight was sent, by `performance.now()`. */
  get oldestSentAtMs(): number | undefined {
    const [oldest] = this.#inFlight;
    return oldest?.sentAtMs;
  }

  /** Resolves when the step has been sent, which may wait for earlier ones. Sends nothing once stopped. */
  async send(step: ShopStep): Promise<void> {
    while (!this.stopSignal.aborted && !this.#canSend(step)) await this.#waitForCompletion();
    if (!this.stopSignal.aborted) this.#startStep(step);
  }

  /** Stops sending. Change sets in flight continue. */
  stop(): void {
    this.#stopController.abort();
    this.#resumeWaiter();
  }

  /** Stops, and aborts the change sets in flight: their outcome remains unknown. */
  abandon(): void {
    this.stop();
    for (const { controller } of this.#inFlight) controller.abort();
  }

  async drain(): Promise<void> {
    while (this.#inFlight.size > 0) await this.#waitForCompletion();
  }

  /** True if the step may be sent now. With nothing in flight there is nothing to wait for. */
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
    // One controller per request: listeners on a signal that lives as long as the run would never be released.
    const request = { sentAtMs: performance.now(), controller: new AbortController() };
    this.#inFlight.add(request);
    this.#sentCount += 1;
    this.#isExclusive = step.kind === 'stocktaking';
    this.#adjustConfirmed(step.amounts, Math.min);
    const metadata = {
      key: `${this.keyPrefix}-${this.#sentCount}`,
      ...(!ROUTINE_KINDS.has(step.kind) && { reason: step.reason }),
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
        const stock = await this.dashboard.adjustByRecount('stock', amounts.stock ?? 0, metadata);
        this.sums.recordStep(kind, { stock });
      } else {
        const changes = Object.entries(amounts).map(([counter, amount]) => ({ counter, by: amount }));
        await this.dashboard.change(changes, metadata);
        this.sums.recordStep(kind, amounts);
      }
      this.#adjustConfirmed(amounts, Math.max);
    } catch (error) {
      if (metadata.signal.aborted) this.sums.unknown += 1;
      else if (error instanceof RefusedError && error.problem.code === 'nothing-to-remove') {
        // Another client has removed it. The amounts that this step did not remove are still there.
        this.sums.recordRefusal(error.message);
        this.#adjustConfirmed(amounts, (amount) => -Math.min(amount, 0));
      } else {
        this.failure ??= error;
        this.stop();
      }
    }
  }

  /** Adds `pick(amount, 0)` of each amount: `Math.min` picks removals, `Math.max` additions. */
  #adjustConfirmed(amounts: ShopStep['amounts'], pick: (amount: number, zero: number) => number): void {
    for (const name of SHOP_COUNTERS) this.#confirmed[name] += pick(amounts[name] ?? 0, 0);
  }
}

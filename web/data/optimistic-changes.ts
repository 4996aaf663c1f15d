/** Shows the viewer's changes before the service has confirmed them. */
import { change, type ServerProblem, RefusedError } from '../../src/client/client.js';
import { formatError } from '../page/formatting.js';
import type { LiveDashboard } from './live-dashboard.js';

/** A value from a response that may be newer than the latest snapshot. */
interface ConfirmedValue {
  readonly revision: number;
  readonly value: number;
}

/** Changes of a counter without a response. */
interface PendingChanges {
  count: number;
  net: number;
  /** Value that was shown at the last change, plus that change. */
  expectedValue: number;
}

export class OptimisticChanges {
  readonly #pending = new Map<string, PendingChanges>();
  readonly #confirmed = new Map<string, ConfirmedValue>();

  /**
   * @param onUpdate called when a counter must be shown again
   * @param onFailure called with the reason, and with the refusal if the service refused the change
   */
  constructor(
    private readonly dashboard: LiveDashboard,
    private readonly onUpdate: (counter: string) => void,
    private readonly onFailure: (text: string, problem?: ServerProblem) => void,
  ) {}

  /** Returns the value to show: the known value with the pending changes. */
  getValue(counter: string): number | undefined {
    const { snapshot } = this.dashboard;
    const value = snapshot?.counters[counter];
    if (!snapshot || value === undefined) return undefined;
    const confirmed = this.#confirmed.get(counter);
    const known = confirmed && confirmed.revision > snapshot.revision ? confirmed.value : value;
    const pending = this.#pending.get(counter);
    if (!pending) return known;
    // A snapshot may contain a change before its response arrives: count it once, and never let the number jump back.
    return pending.net < 0 ? Math.min(known, pending.expectedValue) : Math.max(known, pending.expectedValue);
  }

  isPending(counter: string): boolean {
    return this.#pending.has(counter);
  }

  /**
   * Changes a counter. Retries use one idempotency key, so the change counts once.
   * @param by in the smallest unit
   */
  async change(counter: string, by: number): Promise<void> {
    const pending = this.#pending.get(counter) ?? { count: 0, net: 0, expectedValue: 0 };
    const { min = 0 } = this.dashboard.definition?.counters[counter] ?? {};
    pending.expectedValue = Math.max(min ?? -Infinity, (this.getValue(counter) ?? 0) + by);
    pending.count += 1;
    pending.net += by;
    this.#pending.set(counter, pending);
    this.onUpdate(counter);
    const { base, name, tokenOptions } = this.dashboard;
    try {
      const { revision, counters } = await change(base, {
        dashboard: name,
        changes: [{ counter, by }],
        ...tokenOptions,
      });
      this.#confirmed.set(counter, { revision, value: counters[counter] ?? 0 });
    } catch (error) {
      const reason = formatError(error);
      if (error instanceof RefusedError) this.onFailure(reason, error.problem);
      else this.onFailure(`${this.dashboard.getTitle(counter)}: ${reason}. The change may not have been counted.`);
    }
    pending.count -= 1;
    if (pending.count === 0) this.#pending.delete(counter);
    this.onUpdate(counter);
  }
}

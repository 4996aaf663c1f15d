/** Changes that the viewer makes on the page: shown at once, and only until the service has spoken. */
import { change, type ServerProblem, RefusedError } from '../../src/client/client.js';
import { formatError } from '../page/formatting.js';
import type { LiveDashboard } from './live-dashboard.js';

/** A value that an answer gave, which frames may be about to bring. */
interface ConfirmedValue {
  readonly revision: number;
  readonly value: number;
}

/** Steps of one counter without an answer. */
interface PendingChanges {
  count: number;
  /** What they come to. */
  net: number;
  /** What was shown when the last one was made, and what it makes of that. */
  expectedValue: number;
}

export class OptimisticChanges {
  readonly #pending = new Map<string, PendingChanges>();
  readonly #confirmed = new Map<string, ConfirmedValue>();

  /**
   * @param onUpdate is told that a counter is to be shown anew
   * @param onFailure is told what went wrong, and what the service said when it was that which refused
   */
  constructor(
    private readonly dashboard: LiveDashboard,
    private readonly onUpdate: (counter: string) => void,
    private readonly onFailure: (text: string, problem?: ServerProblem) => void,
  ) {}

  /** What to show of a counter: what is, and what the viewer has asked for. */
  getValue(counter: string): number | undefined {
    const { snapshot } = this.dashboard;
    const value = snapshot?.counters[counter];
    if (!snapshot || value === undefined) return undefined;
    const confirmed = this.#confirmed.get(counter);
    const known = confirmed && confirmed.revision > snapshot.revision ? confirmed.value : value;
    const pending = this.#pending.get(counter);
    if (!pending) return known;
    // A frame may bring a step before its answer: it is not to be shown twice, nor to make the number jump back.
    return pending.net < 0 ? Math.min(known, pending.expectedValue) : Math.max(known, pending.expectedValue);
  }

  isPending(counter: string): boolean {
    return this.#pending.has(counter);
  }

  /** Changes a counter. Retries go under one key, so that it counts once. */
  async change(counter: string, by: 1 | -1): Promise<void> {
    const pending = this.#pending.get(counter) ?? { count: 0, net: 0, expectedValue: 0 };
    pending.expectedValue = Math.max(0, (this.getValue(counter) ?? 0) + by);
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
      else
        this.onFailure(`${this.dashboard.getCounterTitle(counter)}: ${reason}. The change may not have been counted.`);
    }
    pending.count -= 1;
    if (pending.count === 0) this.#pending.delete(counter);
    this.onUpdate(counter);
  }
}

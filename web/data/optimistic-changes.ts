/** Changes that the viewer makes on the page: shown at once, and only until the service has spoken. */
import { change, type Problem, RefusedError } from '../../src/client/client.js';
import type { LiveDashboard } from './live-dashboard.js';

/** A value that an answer gave, which frames may be about to bring. */
interface Answered {
  readonly revision: number;
  readonly value: number;
}

/** Steps of one counter without an answer. */
interface Waiting {
  count: number;
  /** What they come to. */
  net: number;
  /** What was shown when the last one was made, and what it makes of that. */
  aim: number;
}

export class Stepper {
  readonly #waiting = new Map<string, Waiting>();
  readonly #answered = new Map<string, Answered>();

  /**
   * @param onShow is told that a counter is to be shown anew
   * @param onRefused is told what went wrong, and what the service said when it was that which refused
   */
  constructor(
    private readonly dashboard: LiveDashboard,
    private readonly onShow: (counter: string) => void,
    private readonly onRefused: (text: string, problem?: Problem) => void,
  ) {}

  /** What to show of a counter: what is, and what the viewer has asked for. */
  valueOf(counter: string): number | undefined {
    const { snapshot } = this.dashboard;
    const value = snapshot?.counters[counter];
    if (!snapshot || value === undefined) return undefined;
    const answered = this.#answered.get(counter);
    const known = answered && answered.revision > snapshot.revision ? answered.value : value;
    const waiting = this.#waiting.get(counter);
    if (!waiting) return known;
    // A frame may bring a step before its answer: it is not to be shown twice, nor to make the number jump back.
    return waiting.net < 0 ? Math.min(known, waiting.aim) : Math.max(known, waiting.aim);
  }

  isWaiting(counter: string): boolean {
    return this.#waiting.has(counter);
  }

  /** Changes a counter. Retries go under one key, so that it counts once. */
  async step(counter: string, by: 1 | -1): Promise<void> {
    const waiting = this.#waiting.get(counter) ?? { count: 0, net: 0, aim: 0 };
    waiting.aim = Math.max(0, (this.valueOf(counter) ?? 0) + by);
    waiting.count += 1;
    waiting.net += by;
    this.#waiting.set(counter, waiting);
    this.onShow(counter);
    const { base, name, access } = this.dashboard;
    try {
      const { revision, counters } = await change(base, { dashboard: name, changes: [{ counter, by }], ...access });
      this.#answered.set(counter, { revision, value: counters[counter] ?? 0 });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (error instanceof RefusedError) this.onRefused(reason, error.problem);
      else this.onRefused(`${this.dashboard.titleOf(counter)}: ${reason}. The change may not have been counted.`);
    }
    waiting.count -= 1;
    if (waiting.count === 0) this.#waiting.delete(counter);
    this.onShow(counter);
  }
}

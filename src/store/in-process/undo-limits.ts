/** Which ledger entries of a dashboard's counters can be undone, for the stores that decide in this process. */
import type { AppliedChangeSet, ChangeSet } from '../../counters/counters.js';
import type { UndoLimits } from '../../counters/undo.js';

const NO_LIMITS: UndoLimits = { start: 0, set: 0 };

/** The limits of each counter of one dashboard. Counters that began with it, and were never set, have no entry. */
export class UndoLimitMap {
  readonly #limits = new Map<string, UndoLimits>();

  get(counter: string): UndoLimits {
    return this.#limits.get(counter) ?? NO_LIMITS;
  }

  put(counter: string, limits: UndoLimits): void {
    if (limits.start > 0 || limits.set > 0) this.#limits.set(counter, limits);
  }

  /** Records that counters begin with a booking. */
  begin(counters: Iterable<string>, revision: number): void {
    for (const counter of counters) this.#limits.set(counter, { start: revision, set: revision });
  }

  delete(counter: string): void {
    this.#limits.delete(counter);
  }

  /** Records which gauges a change set has set. */
  record({ changes }: ChangeSet, { revision, booked, counters }: AppliedChangeSet): void {
    // A change set that sets nothing is booked as it was sent, and one that undoes sets nothing.
    if (booked === changes) return;
    for (const change of booked) {
      const { counter } = change;
      if (!('to' in change) || counters.get(counter)?.definition.kind !== 'gauge') continue;
      this.#limits.set(counter, { start: this.get(counter).start, set: revision });
    }
  }
}

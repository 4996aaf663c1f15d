/** Puts together what a client of `tallyboard.v1` sees, and refuses every message that breaks the protocol. */
import type { LiveMessage } from '../../src/protocol/live-messages.js';

/** The whole state that a viewer is at. */
export interface ViewerState {
  readonly revision: number;
  /** The epoch that the revision counts in; bare frames have none. */
  readonly epoch?: string;
  readonly counters: Readonly<Record<string, number>>;
  /** All that was ever added to each counter, for a viewer that asked for totals. */
  readonly added?: Readonly<Record<string, number>>;
}

/**
 * The state of one viewer. A message changes it in place: a load client applies many thousands a second, to dashboards of a
 * thousand counters.
 */
export class LiveState {
  #revision: number | undefined;
  #epoch: string | undefined;
  #counters: Record<string, number>;
  #added: Record<string, number> | undefined;

  /** @param initial the state of an earlier connection that this one resumes */
  constructor(initial?: ViewerState) {
    this.#revision = initial?.revision;
    this.#epoch = initial?.epoch;
    this.#counters = { ...initial?.counters };
    this.#added = initial?.added && { ...initial.added };
  }

  /** The last revision; undefined before the first snapshot. */
  get revision(): number | undefined {
    return this.#revision;
  }

  get counters(): Readonly<Record<string, number>> {
    return this.#counters;
  }

  /**
   * @returns true when the message carries counters: a snapshot or a patch
   * @throws Error when it is a patch for another revision, goes back within an epoch, or has totals where they do not belong
   */
  apply(message: LiveMessage): boolean {
    switch (message.type) {
      case 'patch':
        if (message.from !== this.#revision) throw new Error(`a patch from ${message.from} at ${this.#revision}`);
        this.#assertForward(message.revision);
        if (!message.added !== !this.#added) throw new Error(`totals come and go at ${message.revision}`);
        Object.assign(this.#counters, message.counters);
        if (this.#added) {
          assertTotals(message);
          Object.assign(this.#added, message.added);
        }
        this.#revision = message.revision;
        return true;
      case 'snapshot':
        if (message.epoch === (this.#epoch ?? message.epoch)) this.#assertForward(message.revision);
        assertTotals(message);
        this.#epoch = message.epoch;
        this.#counters = { ...message.counters };
        this.#added = message.added && { ...message.added };
        this.#revision = message.revision;
        return true;
      case 'heartbeat':
        if (message.revision === this.#revision) return false;
        throw new Error(`a heartbeat of ${message.revision} at ${this.#revision}`);
      default:
        return false;
    }
  }

  /** A copy that later messages leave as it is. */
  copy(): ViewerState {
    return {
      revision: this.#revision ?? 0,
      ...(this.#epoch !== undefined && { epoch: this.#epoch }),
      counters: { ...this.#counters },
      ...(this.#added && { added: { ...this.#added } }),
    };
  }

  #assertForward(revision: number): void {
    if (revision < (this.#revision ?? 0)) throw new Error(`revision ${revision} after ${this.#revision}`);
  }
}

function assertTotals({
  counters,
  added,
}: {
  readonly counters: Readonly<Record<string, number>>;
  readonly added?: Readonly<Record<string, number>>;
}): void {
  if (!added || Object.keys(added).join() === Object.keys(counters).join()) return;
  throw new Error(`totals of ${Object.keys(added).join()} beside values of ${Object.keys(counters).join()}`);
}

/** True when the counters have these values, among others. */
export function hasValues(
  counters: Readonly<Record<string, number>> | undefined,
  expected: Readonly<Record<string, number>>,
): boolean {
  return Object.entries(expected).every(([name, value]) => counters?.[name] === value);
}

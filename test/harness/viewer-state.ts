/** Rebuilds the state of a `tallyboard.v1` client from its messages, and throws on any that violates the protocol. */
import type { LiveMessage } from '../../src/protocol/live-messages.js';

/** Complete state of a viewer. */
export interface ViewerState {
  readonly revision: number;
  /** Epoch of the revision; bare frames carry none. */
  readonly epoch?: string;
  readonly counters: Readonly<Record<string, number>>;
  /** Sum of all additions per counter, for a viewer that requested totals. */
  readonly added?: Readonly<Record<string, number>>;
}

/**
 * State of one viewer, updated in place by each message: a load client applies many thousands of messages per second,
 * to dashboards of a thousand counters.
 */
export class LiveState {
  #revision: number | undefined;
  #epoch: string | undefined;
  #counters: Record<string, number>;
  #added: Record<string, number> | undefined;

  /** @param initial state of an earlier connection that this one resumes */
  constructor(initial?: ViewerState) {
    this.#revision = initial?.revision;
    this.#epoch = initial?.epoch;
    this.#counters = { ...initial?.counters };
    this.#added = initial?.added && { ...initial.added };
  }

  /** Latest revision; undefined before the first snapshot. */
  get revision(): number | undefined {
    return this.#revision;
  }

  get counters(): Readonly<Record<string, number>> {
    return this.#counters;
  }

  /**
   * @returns true if the message carries counters (snapshot or patch)
   * @throws Error if a patch starts from another revision, a revision decreases within an epoch, the totals appear,
   *   disappear or name other counters than the values, or a heartbeat has another revision
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

  /** Returns a copy that later messages do not change. */
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

/** True if the counters include these values; further counters are ignored. */
export function hasValues(
  counters: Readonly<Record<string, number>> | undefined,
  expected: Readonly<Record<string, number>>,
): boolean {
  return Object.entries(expected).every(([name, value]) => counters?.[name] === value);
}

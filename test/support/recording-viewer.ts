/** Base class of the test viewers: records every state and waits for conditions. */
import type { BareSnapshot, LiveMessage } from '../../src/protocol/live-messages.js';
import { hasValues, LiveState, type ViewerState } from '../harness/viewer-state.js';
import { ChangeSignal } from './change-signal.js';

export abstract class RecordingViewer {
  /** State after each message that carried counters. */
  readonly states: ViewerState[] = [];
  readonly #changes = new ChangeSignal();

  /** Resolves when the condition holds. Checks it now, after each message, and when the connection closes. */
  async waitFor(condition: (viewer: this) => boolean): Promise<void> {
    while (!condition(this)) await this.#changes.next();
  }

  /** Resolves when the latest state includes these values. */
  async waitForValues(counters: Readonly<Record<string, number>>): Promise<void> {
    await this.waitFor(({ states }) => hasValues(states.at(-1)?.counters, counters));
  }

  protected notify(): void {
    this.#changes.notify();
  }
}

/**
 * @returns a function that applies `tallyboard.v1` messages, and returns the new state for each that carries counters
 */
export function followMessages(initial?: ViewerState): (message: LiveMessage) => ViewerState | undefined {
  const state = new LiveState(initial);
  return (message) => (state.apply(message) ? state.copy() : undefined);
}

/** Bare frames have no revision, so the number of frames stands in for it. */
export function countFrames(counters: BareSnapshot, last: ViewerState | undefined): ViewerState {
  return { revision: (last?.revision ?? 0) + 1, counters };
}

/** Lists the `degraded` flags of all status messages, in order. */
export function listStatuses(messages: readonly LiveMessage[]): boolean[] {
  return messages.flatMap((message) => (message.type === 'status' ? [message.degraded] : []));
}

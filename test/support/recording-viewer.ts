/** What viewers of every kind do in a test: keep the states that they were shown, and wait for what is expected. */
import type { LiveMessage } from '../../src/protocol/live-messages.js';
import { hasValues, LiveState, type ViewerState } from '../harness/viewer-state.js';
import { ChangeSignal } from './change-signal.js';

export abstract class RecordingViewer {
  /** Where each message that carried counters led. */
  readonly states: ViewerState[] = [];
  readonly #changes = new ChangeSignal();

  /** Resolves when the condition holds, looking after each message and at the end. */
  async waitFor(condition: (viewer: this) => boolean): Promise<void> {
    while (!condition(this)) await this.#changes.next();
  }

  /** Resolves when the viewer sees these values, among others. */
  async waitForValues(counters: Readonly<Record<string, number>>): Promise<void> {
    await this.waitFor(({ states }) => hasValues(states.at(-1)?.counters, counters));
  }

  protected notify(): void {
    this.#changes.notify();
  }
}

/** @returns a function that follows messages of `tallyboard.v1`, and gives the state that each with counters leads to */
export function followMessages(initial?: ViewerState): (message: LiveMessage) => ViewerState | undefined {
  const state = new LiveState(initial);
  return (message) => (state.apply(message) ? state.copy() : undefined);
}

/** Of messages that say whether what is shown may be behind, what they say. */
export function listStatuses(messages: readonly LiveMessage[]): boolean[] {
  return messages.flatMap((message) => (message.type === 'status' ? [message.degraded] : []));
}

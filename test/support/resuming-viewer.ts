/**
 * A `tallyboard.v1` viewer that reconnects after every close and carries its state over. It records what no viewer may
 * see: a revision that goes back within an epoch, two states of one revision, or a message that does not fit.
 */
import { setTimeout } from 'node:timers/promises';
import type { LedgerEntry } from '../../src/counters/ledger-entry.js';
import { type LiveMessage, SUBPROTOCOL } from '../../src/protocol/live-messages.js';
import type { ViewerState } from '../harness/viewer-state.js';
import { afterTest, eventually } from './cleanup.js';
import type { LedgerStart } from './ledger-check.js';
import { followMessages } from './recording-viewer.js';
import { CheckedWebSocket } from './response-check.js';

const RECONNECT_DELAY_MS = 20;

export class ResumingViewer {
  readonly faults: string[] = [];
  /** Counters by revision, for each epoch in the order in which they appeared. */
  readonly seen = new Map<string, Map<number, Readonly<Record<string, number>>>>();
  /** Number of connections that have ended. */
  closed = 0;
  #state: ViewerState | undefined;
  #isWatching = true;

  /** Watches until the end of the test. @param url HTTP address of the service; it may be down at times */
  constructor(private readonly url: string) {
    void this.#watch();
    afterTest(() => (this.#isWatching = false));
  }

  get epochs(): string[] {
    return [...this.seen.keys()];
  }

  /** Resolves when the viewer has this revision of this epoch. */
  async waitForRevision(epoch: string, revision: number): Promise<void> {
    await eventually(() => this.#state?.epoch === epoch && this.#state.revision === revision);
  }

  /**
   * Compares the states that were seen in an epoch with its ledger.
   * @returns a line for each state that the ledger does not lead to
   */
  findUnknownStates(epoch: string, ledger: readonly LedgerEntry[], start: LedgerStart): string[] {
    const seen = this.seen.get(epoch);
    const values: Record<string, number> = { ...start.counters };
    const faults: string[] = [];
    for (const { revision, changes } of ledger) {
      for (const change of changes) {
        values[change.counter] = 'by' in change ? (values[change.counter] ?? 0) + change.by : change.to;
      }
      const counters = seen?.get(revision) ?? values;
      for (const [name, value] of Object.entries(counters)) {
        if (value !== values[name]) faults.push(`${name} was shown as ${value} at ${revision}, not ${values[name]}`);
      }
    }
    return faults;
  }

  async #watch(): Promise<void> {
    while (this.#isWatching) {
      await this.#watchOnce();
      this.closed += 1;
      await setTimeout(RECONNECT_DELAY_MS);
    }
  }

  /** Resolves when the connection has ended. */
  #watchOnce(): Promise<void> {
    const follow = followMessages(this.#state);
    const socket = new CheckedWebSocket(`${this.url.replace('http', 'ws')}/dashboard`, [SUBPROTOCOL]);
    afterTest(() => socket.terminate());
    socket.on('error', () => undefined);
    socket.on('message', (bytes: Buffer) => {
      try {
        const state = follow(JSON.parse(bytes.toString()) as LiveMessage);
        if (state) this.#record(state);
      } catch (error) {
        this.faults.push(String(error));
        this.#state = undefined;
        socket.terminate();
      }
    });
    return new Promise((resolve) => socket.once('close', () => resolve()));
  }

  #record(state: ViewerState): void {
    const { epoch = '', revision, counters } = state;
    const states = this.seen.get(epoch) ?? new Map<number, Readonly<Record<string, number>>>();
    if (states.size > 0 && this.#state?.epoch !== epoch) this.faults.push(`epoch ${epoch} came back at ${revision}`);
    const [before, after] = [states.get(revision) ?? counters, counters].map((values) => JSON.stringify(values));
    if (before !== after) this.faults.push(`revision ${revision} was ${before}, and then ${after}`);
    this.seen.set(epoch, states.set(revision, counters));
    this.#state = state;
  }
}

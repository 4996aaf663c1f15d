/**
 * Asks the upstream for signs of life while a relay reads event streams from it, where WebSockets do not get through.
 * An event stream cannot be pinged, and its heartbeat may be minutes away when the upstream is lost.
 */
import { setTimeout as pause } from 'node:timers/promises';

/** Pause between two requests, milliseconds. One is made for all streams. */
const INTERVAL_MS = 2_000;
/** Time for an answer, milliseconds: a lost upstream is noticed after 5 s, as by a WebSocket. */
export const ANSWER_TIMEOUT_MS = 3_000;

export class StreamPulse {
  readonly #streams = new Set<AbortController>();
  #isRunning = false;

  /** @param ask resolves if the upstream answers within {@link ANSWER_TIMEOUT_MS} */
  constructor(private readonly ask: () => Promise<unknown>) {}

  /**
   * Follows a stream.
   * @param ended aborts when the stream has ended, or is not read any more
   * @returns a signal that aborts when the upstream is silent
   */
  follow(ended: AbortSignal): AbortSignal {
    const controller = new AbortController();
    if (ended.aborted) return controller.signal;
    this.#streams.add(controller);
    ended.addEventListener('abort', () => this.#streams.delete(controller), { once: true });
    if (!this.#isRunning) void this.#run();
    return controller.signal;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#streams.size > 0) {
      await pause(INTERVAL_MS, undefined, { ref: false });
      if (this.#streams.size > 0) await this.ask().catch((error: unknown) => this.#abortAll(error));
    }
    this.#isRunning = false;
  }

  #abortAll(error: unknown): void {
    const silent = [...this.#streams];
    this.#streams.clear();
    for (const controller of silent) controller.abort(error);
  }
}

/** A well-behaved client for tests under load or attack: adds orders and watches them through `@tallyboard/client`. */
import { setTimeout } from 'node:timers/promises';
import { add, type Snapshot, watch, type Watcher } from '../../src/client/client.js';
import { CheckedWebSocket } from './response-check.js';

/** Milliseconds between two changes: about a hundred changes per second. */
const CHANGE_INTERVAL_MS = 10;

export class BackgroundClient {
  /** Number of acknowledged orders. */
  acknowledged = 0;
  /** Errors of changes, and every status other than `live` before `finish`. */
  readonly faults: string[] = [];
  /** Number of WebSockets opened by the watch. */
  socketsOpened = 0;
  readonly #latenciesMs: number[] = [];
  readonly #watch: Watcher;
  readonly #changing: Promise<void>;
  #state: 'counting' | 'done' = 'counting';

  constructor(
    private readonly url: string,
    private readonly token?: string,
  ) {
    const countSocket = (): void => void (this.socketsOpened += 1);
    this.#watch = watch(url, {
      ...(token !== undefined && { token }),
      WebSocket: class extends CheckedWebSocket {
        constructor(...args: ConstructorParameters<typeof CheckedWebSocket>) {
          super(...args);
          countSocket();
        }
      },
      onStatus: (status) => {
        if (status.state !== 'live' && this.#state === 'counting') this.faults.push(JSON.stringify(status));
      },
    });
    this.#changing = this.#changeUntilFinished();
  }

  /** Latest snapshot of the watch. */
  get snapshot(): Snapshot | undefined {
    return this.#watch.snapshot;
  }

  /** Stops sending changes. Resolves when the last one has been answered. */
  async finish(): Promise<void> {
    this.#state = 'done';
    await this.#changing;
  }

  close(): void {
    this.#state = 'done';
    this.#watch.close();
  }

  /** Summarises the latency of the changes in one line. */
  formatLatency(): string {
    const sorted = this.#latenciesMs.toSorted((a, b) => a - b);
    const percentile = (fraction: number): string =>
      (sorted[Math.floor((sorted.length - 1) * fraction)] ?? 0).toFixed(1);
    return `${sorted.length} changes, p50 ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms, max ${percentile(1)} ms`;
  }

  async #changeUntilFinished(): Promise<void> {
    while (this.#state === 'counting') {
      const startMs = performance.now();
      try {
        // A retry would hide the error.
        await add(this.url, 'orders', 1, { ...(this.token !== undefined && { token: this.token }), maxRetryMs: 0 });
        this.acknowledged += 1;
        this.#latenciesMs.push(performance.now() - startMs);
      } catch (error) {
        this.faults.push(String(error));
      }
      await setTimeout(CHANGE_INTERVAL_MS);
    }
  }
}

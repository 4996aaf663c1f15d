/** A well-behaved client: counts with keys and watches through `tallyboard/client`, while others do what they do. */
import { setTimeout } from 'node:timers/promises';
import { add, type Snapshot, watch, type Watcher } from '../../src/client/client.js';
import { CheckedWebSocket } from './response-check.js';

/** Between two of its changes, milliseconds: about a hundred a second. */
const CHANGE_INTERVAL_MS = 10;

export class BackgroundClient {
  /** Orders that were acknowledged. */
  acknowledged = 0;
  /** Whatever went wrong. */
  readonly faults: string[] = [];
  /** WebSockets that it has opened to watch by. */
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

  /** What it is shown. */
  get snapshot(): Snapshot | undefined {
    return this.#watch.snapshot;
  }

  /** Ends the counting. Resolves when the last change is acknowledged. */
  async finish(): Promise<void> {
    this.#state = 'done';
    await this.#changing;
  }

  close(): void {
    this.#state = 'done';
    this.#watch.close();
  }

  /** How long changes took, as a line. */
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
        // No retry: it would hide what went wrong.
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

/** A well-behaved client: counts with keys and watches through `tallyboard/client`, while others do what they do. */
import { setTimeout } from 'node:timers/promises';
import { add, type Snapshot, watch, type Watching } from '../../src/client/client.js';
import { CheckedWebSocket } from './response-check.js';

/** Between two of its changes, milliseconds: about a hundred a second. */
const PACE_MS = 10;

export class SteadyClient {
  /** Orders that were acknowledged. */
  counted = 0;
  /** Whatever went wrong. */
  readonly faults: string[] = [];
  /** WebSockets that it has opened to watch by. */
  sockets = 0;
  readonly #latenciesMs: number[] = [];
  readonly #watching: Watching;
  readonly #counting: Promise<void>;
  #state: 'counting' | 'done' = 'counting';

  constructor(
    private readonly url: string,
    private readonly token?: string,
  ) {
    const opened = (): void => void (this.sockets += 1);
    this.#watching = watch(url, {
      ...(token !== undefined && { token }),
      WebSocket: class extends CheckedWebSocket {
        constructor(...args: ConstructorParameters<typeof CheckedWebSocket>) {
          super(...args);
          opened();
        }
      },
      onStatus: (status) => {
        if (status.state !== 'live' && this.#state === 'counting') this.faults.push(JSON.stringify(status));
      },
    });
    this.#counting = this.#count();
  }

  /** What it is shown. */
  get shown(): Snapshot | undefined {
    return this.#watching.snapshot;
  }

  /** Ends the counting. Resolves when the last change is acknowledged. */
  async finish(): Promise<void> {
    this.#state = 'done';
    await this.#counting;
  }

  close(): void {
    this.#state = 'done';
    this.#watching.close();
  }

  /** How long changes took, as a line. */
  latency(): string {
    const sorted = this.#latenciesMs.toSorted((one, other) => one - other);
    const at = (part: number): string => (sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(1);
    return `${sorted.length} changes, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`;
  }

  async #count(): Promise<void> {
    while (this.#state === 'counting') {
      const began = performance.now();
      try {
        // No retry: it would hide what went wrong.
        await add(this.url, 'orders', 1, { ...(this.token !== undefined && { token: this.token }), maxRetryMs: 0 });
        this.counted += 1;
        this.#latenciesMs.push(performance.now() - began);
      } catch (error) {
        this.faults.push(String(error));
      }
      await setTimeout(PACE_MS);
    }
  }
}

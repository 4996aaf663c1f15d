/** The viewers of one load process: opens them in batches, waits until they show a state, and closes them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { nowMs } from './server.js';
import { type ExpectedState, Viewer, type ViewerPoolOptions } from './viewer.js';

/** Handshakes in flight at a time. */
const BATCH_SIZE = 200;
const OPEN_TIMEOUT_MS = 10_000;

export class ViewerPool {
  readonly #viewers: Viewer[] = [];

  get frames(): number {
    let frames = 0;
    for (const viewer of this.#viewers) frames += viewer.frames;
    return frames;
  }

  /** Payload of all frames that viewers have received. */
  get bytes(): number {
    return this.#viewers.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Opens viewers and waits until each has completed its handshake and, unless it is stalled, received a snapshot.
   * @throws Error if a batch takes more than 10 s
   */
  async open(watch: ViewerPoolOptions): Promise<void> {
    const { viewers, versioned = 0, stalled = 0 } = watch;
    for (let from = 0; from < viewers; from += BATCH_SIZE) {
      const batch: Viewer[] = [];
      for (let i = from; i < Math.min(from + BATCH_SIZE, viewers); i += 1) {
        const reading = i >= viewers - stalled ? 'stalled' : 'reading';
        batch.push(new Viewer(watch, i, i < versioned ? 'versioned' : 'bare', reading));
      }
      this.#viewers.push(...batch);
      const deadline = nowMs() + OPEN_TIMEOUT_MS;
      while (
        batch.some(({ state, frames, reading }) => state === 'opening' || (frames === 0 && reading === 'reading'))
      ) {
        if (nowMs() > deadline) throw new Error('viewers did not connect within 10 s');
        await sleep(2);
      }
    }
  }

  /**
   * Waits until every viewer that is not stalled shows the expected state.
   * @returns when the last one got there, and the faults of all viewers
   */
  async waitForState(expected: ExpectedState, timeoutMs: number): Promise<{ lastAtMs: number; faults: string[] }> {
    const readers = this.#viewers.filter(({ reading }) => reading === 'reading');
    const deadline = nowMs() + timeoutMs;
    while (!readers.every((viewer) => viewer.hasReached(expected)) && nowMs() < deadline) await sleep(5);
    const faults = new Set<string>();
    for (const viewer of this.#viewers) {
      if (viewer.state === 'closed') faults.add('a viewer was closed by the server');
      if (viewer.fault !== undefined) faults.add(viewer.fault);
    }
    const behind = readers.filter((viewer) => !viewer.hasReached(expected));
    if (behind[0]) {
      faults.add(
        `${behind.length} viewers never showed the last state: one has ${behind[0].orders} orders, not ${expected.counters['orders']}`,
      );
    }
    return { lastAtMs: Math.max(...readers.map(({ changedAtMs }) => changedAtMs)), faults: [...faults].slice(0, 10) };
  }

  resumeReading(): void {
    for (const viewer of this.#viewers) viewer.resumeReading();
  }

  close(): void {
    for (const viewer of this.#viewers.splice(0)) viewer.close();
  }
}

/** The ledger of one dashboard as its readers follow it: chunks to read, and a signal when there is more. */
import type { CounterStore } from '../../store/store.js';
import type { DashboardState } from '../state/dashboard-state.js';
import { LedgerChunks } from './ledger-chunks.js';

/**
 * Interval of signals, milliseconds. The first change after a pause is signalled at once. Under load a read then finds
 * several entries, so that the cost of a reader does not grow with the rate of changes.
 */
const SIGNAL_INTERVAL_MS = 10;

/** Code of the live protocol, and the reason that the client and the log get. */
export interface CloseReason {
  readonly code: number;
  readonly reason: string;
}

/** A reader that follows the source. */
interface SourceReader {
  close(reason: CloseReason): void;
}

export class LedgerSource {
  readonly chunks: LedgerChunks;
  readonly streams = new Set<SourceReader>();
  readonly #waiting = new Set<() => void>();
  #signalledAtMs = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  /** @param release called when the source is closed */
  constructor(
    store: CounterStore,
    readonly state: DashboardState,
    private readonly release: () => void,
  ) {
    this.chunks = new LedgerChunks(store, state);
  }

  /** True if the dashboard still has the history that the readers follow. */
  get isCurrent(): boolean {
    return this.state.epoch === this.chunks.epoch;
  }

  /** Signals that there may be more to read. Costs little: the readers read later. */
  notify(): void {
    if (this.#timer || this.#waiting.size === 0) return;
    const delayMs = this.#signalledAtMs + SIGNAL_INTERVAL_MS - performance.now();
    this.#timer = setTimeout(() => this.#signal(), Math.max(0, delayMs));
  }

  /** Calls `resume` once at the next signal. */
  onSignal(resume: () => void): void {
    this.#waiting.add(resume);
  }

  offSignal(resume: () => void): void {
    this.#waiting.delete(resume);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.release();
  }

  #signal(): void {
    this.#timer = undefined;
    this.#signalledAtMs = performance.now();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }
}

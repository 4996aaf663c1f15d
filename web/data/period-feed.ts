/** Keeps the rows of a running period up to date: what stood at this time before changes with each minute. */
import { type ReadonlySignal, signal } from '@preact/signals';
import { type Period, RefusedError } from '../../src/client/client.js';
import { computeRetryDelayMs } from '../../src/client/retry-delay.js';
import { MINUTE_MS } from '../words/times.js';
import type { CompareWith, PeriodData } from './period-data.js';
import { PeriodLoader } from './period-loader.js';
import type { TokenOptions } from '../auth/session-token.js';

/** Upper bounds of the random delay before a retry, after a first failure and after any, milliseconds. */
const [INITIAL_RETRY_MS, MAX_RETRY_MS] = [2_000, 90_000];
/** Viewers read at a random moment of this length after the full minute, so that they do not come all at once. */
const SPREAD_MS = 8_000;

interface FeedOptions {
  readonly base: URL;
  readonly dashboard: string;
  readonly tokenOptions: TokenOptions;
  /** Counters and measures that are shown; all if empty. */
  readonly getFilter: () => readonly string[];
  readonly getComparisons: (period: Period) => readonly CompareWith[];
  readonly now: () => number;
  /** Called with the service's time of each answer. */
  readonly onTime?: (ms: number) => void;
}

export class PeriodFeed {
  readonly #data = signal<PeriodData | undefined>(undefined);
  readonly #loader: PeriodLoader;
  #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;

  constructor(
    private readonly period: Period,
    private readonly options: FeedOptions,
  ) {
    this.#loader = new PeriodLoader(options.base);
    void this.#read();
  }

  get data(): ReadonlySignal<PeriodData | undefined> {
    return this.#data;
  }

  /** Reads at once: after an outage, a roll-over, or when counters have come or gone. */
  refresh(): void {
    if (this.#isStopped) return;
    this.#controller.abort();
    clearTimeout(this.#timer);
    this.#controller = new AbortController();
    void this.#read();
  }

  close(): void {
    this.#isStopped = true;
    this.#controller.abort();
    clearTimeout(this.#timer);
  }

  async #read(failures = 0): Promise<void> {
    const { signal: abort } = this.#controller;
    const { dashboard, tokenOptions, getFilter, getComparisons } = this.options;
    let delayMs: number | undefined;
    try {
      const onRows = (rows: PeriodData): void => {
        // Comparisons come first; a minute later, all is replaced at once.
        if (!abort.aborted && this.#data.peek()?.start !== rows.start) this.#data.value = rows;
      };
      const request = { dashboard, counters: getFilter(), signal: abort, onRows, ...tokenOptions };
      const data = await this.#loader.load(this.period, getComparisons(this.period), request);
      if (abort.aborted) return;
      this.options.onTime?.(data.at);
      this.#data.value = data;
      delayMs = MINUTE_MS - (this.options.now() % MINUTE_MS) + Math.random() * SPREAD_MS;
    } catch (error) {
      // The watch meets the same refusal and shows it.
      if (abort.aborted || error instanceof RefusedError) return;
      delayMs = computeRetryDelayMs(failures, INITIAL_RETRY_MS, MAX_RETRY_MS);
      failures += 1;
    }
    this.#timer = setTimeout(() => this.#onTimer(failures), delayMs);
  }

  /** Nobody sees a hidden page: it reads again when it is shown. */
  #onTimer(failures: number): void {
    if (!document.hidden) {
      void this.#read(failures);
      return;
    }
    document.addEventListener('visibilitychange', () => this.refresh(), {
      once: true,
      signal: this.#controller.signal,
    });
  }
}

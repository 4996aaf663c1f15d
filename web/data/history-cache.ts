/**
 * Keeps series of a dashboard's counters: reads them from the service's history once, and continues them with live
 * snapshots.
 *
 * A series is complete if it is known up to now, that is, if it was read while snapshots were arriving without a gap.
 * Only complete series are continued, so that no line is drawn across a time that is unknown. After an outage every
 * series is read again.
 */
import { signal } from '@preact/signals';
import { type DashboardHistory, readHistory, RefusedError, type Snapshot } from '../../src/client/client.js';
import { computeRetryDelayMs } from '../../src/client/retry-delay.js';
import { ServerClock } from './server-clock.js';
import { MINUTE_MS, SECOND_MS } from '../words/times.js';
import { TotalsSeries, type RunningTotals } from './series.js';
import type { TokenOptions } from '../auth/session-token.js';

/** Upper bounds of the random delay before a retry, after a first failure and after any, milliseconds. */
const [INITIAL_HISTORY_RETRY_MS, MAX_HISTORY_RETRY_MS] = [2_000, 90_000];

interface HistoryCacheOptions {
  readonly base: URL;
  readonly dashboard: string;
  readonly tokenOptions: TokenOptions;
  /** Counters to read; all if empty. */
  readonly getCounters: () => readonly string[];
}

export class HistoryCache {
  readonly clock = new ServerClock();
  /** Counts the reads, so that what is drawn from a series can be drawn again. */
  readonly edition = signal(0);
  /** The last minute, with some seconds to spare. */
  readonly minute = new TotalsSeries(SECOND_MS, 75);
  readonly hour = new TotalsSeries(MINUTE_MS, 61);
  /** Tracked series with their counters; undefined for all. */
  readonly #series = new Map<TotalsSeries, ReadonlySet<string> | undefined>([
    [this.hour, undefined],
    [this.minute, undefined],
  ]);
  readonly #completeSeries = new Set<TotalsSeries>();
  readonly #loadingSeries = new Set<TotalsSeries>();
  readonly #latestTotals = new Map<string, RunningTotals>();
  #latestAt = 0;
  /** True while snapshots arrive without gaps. */
  #isLive = false;
  #isDegraded = false;
  #controller = new AbortController();

  constructor(private readonly options: HistoryCacheOptions) {
    void this.#loadAll();
  }

  /**
   * Returns the change of a counter within the last 60 seconds; undefined while it is unknown, as without a connection.
   */
  getChangePerMinute(counter: string): number | undefined {
    if (!this.#isLive) return undefined;
    const [now, before] = [
      this.#latestTotals.get(counter),
      this.minute.getTotalsAt(counter, this.clock.now() - MINUTE_MS),
    ];
    return now && before && now.added - now.removed - (before.added - before.removed);
  }

  /** Starts to track a series, or changes the counters of a tracked one. */
  track(series: TotalsSeries, counters: readonly string[]): void {
    const known = this.#series.get(series);
    const isKnown = counters.every((counter) => known?.has(counter));
    if (isKnown && known?.size === counters.length) return;
    // Removed counters are dropped at once: the service refuses to read a series with a deleted counter.
    this.#series.set(series, new Set(counters));
    if (isKnown && this.#completeSeries.has(series)) return;
    this.#completeSeries.delete(series);
    this.#loadingSeries.delete(series);
    if (this.hour.at.length > 0) void this.#loadSeries(series);
  }

  untrack(series: TotalsSeries): void {
    this.#series.delete(series);
    this.#completeSeries.delete(series);
  }

  /** From now on snapshots arrive without gaps. */
  markLive(): void {
    // Reads in progress may have started before.
    if (this.#isDegraded) this.markDisconnected();
    this.#isLive = true;
    void this.#loadAll();
  }

  /** From now on snapshots may be missing: history can be read, but series do not stay complete. */
  markDegraded(): void {
    this.markDisconnected();
    this.#isDegraded = true;
    void this.#loadAll();
  }

  /** From now on no snapshots arrive: the time until they do must be read later. */
  markDisconnected(): void {
    this.#isLive = this.#isDegraded = false;
    this.#controller.abort();
    this.#controller = new AbortController();
    this.#completeSeries.clear();
    this.#loadingSeries.clear();
  }

  /** Forgets everything, because a new epoch has begun. */
  reset(): void {
    const [isLive, isDegraded] = [this.#isLive, this.#isDegraded];
    this.markDisconnected();
    for (const series of this.#series.keys()) series.clear();
    this.#latestTotals.clear();
    this.clock.reset();
    if (isLive) this.markLive();
    if (isDegraded) this.markDegraded();
  }

  removeCounter(counter: string): void {
    this.#latestTotals.delete(counter);
    for (const series of this.#series.keys()) series.removeCounter(counter);
  }

  /** Records the totals of all counters of a snapshot. @param last the one before, of the same epoch */
  observe({ at, counters, added = {} }: Snapshot, last: Snapshot | undefined): void {
    for (const name of Object.keys(last?.counters ?? {})) if (!Object.hasOwn(counters, name)) this.removeCounter(name);
    this.advance();
    for (const [name, total] of Object.entries(added)) {
      const value = counters[name];
      if (value !== undefined) this.record(name, at, { added: total, removed: total - value });
    }
  }

  /** Records the totals of a counter. @returns true if they have changed */
  record(counter: string, at: number, totals: RunningTotals): boolean {
    this.clock.observe(at);
    const last = this.#latestTotals.get(counter);
    if (last?.added === totals.added && last.removed === totals.removed) return false;
    // Totals never shrink: this is a new counter of the same name.
    if (last && totals.added < last.added) this.removeCounter(counter);
    this.#latestTotals.set(counter, totals);
    this.#latestAt = Math.max(this.#latestAt, at);
    for (const series of this.#completeSeries) {
      if (this.#series.get(series)?.has(counter) !== false) series.record(counter, at, totals);
    }
    return true;
  }

  /** Advances complete series to now. While snapshots arrive, no snapshot means no change. */
  advance(): void {
    const now = this.clock.now();
    if (this.#isLive) for (const series of this.#completeSeries) series.advance(now);
  }

  close(): void {
    this.#controller.abort();
  }

  /** Loads the hour first: it needs no start time, and its rows tell the time of the service. */
  async #loadAll(): Promise<void> {
    const abort = this.#controller.signal;
    await this.#loadSeries(this.hour);
    if (abort.aborted || this.hour.at.length === 0) return;
    for (const series of this.#series.keys()) void this.#loadSeries(series);
  }

  /** Reads a series. It is complete afterwards if snapshots continue it. */
  async #loadSeries(series: TotalsSeries): Promise<void> {
    if (this.#completeSeries.has(series) || this.#loadingSeries.has(series)) return;
    this.#loadingSeries.add(series);
    const counters = this.#series.get(series);
    const isFirst = this.hour.at.length === 0;
    const from = (): number | undefined => (isFirst ? undefined : series.getReadStart(this.clock.now()));
    const history = await this.#readWithRetry(series.stepMs, from, counters && [...counters]);
    // The series may have other counters by now, or may not be tracked any more.
    if (!history || this.#series.get(series) !== counters || !this.#series.has(series)) return;
    this.#loadingSeries.delete(series);
    series.merge(history);
    for (const [counter, totals] of this.#latestTotals) {
      if (counters?.has(counter) !== false) series.record(counter, this.#latestAt, totals);
    }
    if (this.#isLive) this.#completeSeries.add(series);
    this.edition.value += 1;
  }

  /** Reads history and retries until it succeeds. @returns undefined if the read was aborted or refused */
  async #readWithRetry(
    stepMs: number,
    from: () => number | undefined,
    counters = this.options.getCounters(),
  ): Promise<DashboardHistory | undefined> {
    const { base, dashboard, tokenOptions } = this.options;
    const abort = this.#controller.signal;
    for (let failures = 0; ; failures += 1) {
      try {
        const start = from();
        const range = start === undefined ? {} : { from: start };
        const history = await readHistory(base, {
          dashboard,
          counters,
          ...range,
          stepMs,
          signal: abort,
          ...tokenOptions,
        });
        if (abort.aborted) return undefined;
        this.clock.observe(history.at.at(-1) ?? 0);
        return history;
      } catch (error) {
        if (abort.aborted || isPermanentRefusal(error)) return undefined;
        const delayMs = computeRetryDelayMs(failures, INITIAL_HISTORY_RETRY_MS, MAX_HISTORY_RETRY_MS);
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
    }
  }
}

/**
 * True if a retry cannot help; the watch meets the same refusal and shows it. `invalid-request` is retried: the start
 * time may still be in the future by the service's clock.
 */
function isPermanentRefusal(error: unknown): boolean {
  return error instanceof RefusedError && error.problem.code !== 'invalid-request';
}

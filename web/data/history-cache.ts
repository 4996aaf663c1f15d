/**
 * Keeps series of a dashboard's counters: reads them from the service's history once, and continues them with live
 * snapshots.
 *
 * A series is complete if it is known up to now, that is, if it was read while snapshots were arriving without a gap.
 * Only complete series are continued, so that no line is drawn across a time that is unknown. After an outage every
 * series is read again.
 */
import { type DashboardHistory, readHistory, RefusedError } from '../../src/client/client.js';
import { computeRetryDelayMs } from '../../src/client/retry-delay.js';
import { ServerClock } from './server-clock.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS, startOfDay, startOfNextDay } from '../page/formatting.js';
import { TotalsSeries, type RunningTotals } from './series.js';
import type { TokenOptions } from '../auth/session-token.js';

/** Upper bounds of the random delay before a retry, after a first failure and after any, milliseconds. */
const [INITIAL_HISTORY_RETRY_MS, MAX_HISTORY_RETRY_MS] = [2_000, 90_000];

interface HistoryCacheOptions {
  readonly base: URL;
  readonly dashboard: string;
  /** Counters to read; all if empty. */
  readonly counters: readonly string[];
  readonly tokenOptions: TokenOptions;
  /** Called when a series or the totals of today have been read. */
  readonly onUpdate: () => void;
}

export class HistoryCache {
  readonly clock = new ServerClock();
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
  readonly #totalsAtMidnight = new Map<string, RunningTotals>();
  #day = { start: 0, next: 0 };
  #loadingDay: number | undefined;
  /** True while snapshots arrive without gaps. */
  #isLive = false;
  #isDegraded = false;
  #controller = new AbortController();

  constructor(private readonly options: HistoryCacheOptions) {
    void this.#loadAll();
  }

  /** Returns the amounts added and removed since the viewer's midnight. */
  getTotalsToday(counter: string): RunningTotals | undefined {
    const [newest, base] = [this.#latestTotals.get(counter), this.#totalsAtMidnight.get(counter)];
    return newest && base && { added: newest.added - base.added, removed: newest.removed - base.removed };
  }

  /** Returns the change of a counter within the last 60 seconds. */
  getChangePerMinute(counter: string): number | undefined {
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
    this.#loadingDay = undefined;
  }

  /** Forgets everything, because a new epoch has begun. */
  reset(): void {
    const [isLive, isDegraded] = [this.#isLive, this.#isDegraded];
    this.markDisconnected();
    for (const series of this.#series.keys()) series.clear();
    this.#latestTotals.clear();
    this.#totalsAtMidnight.clear();
    this.#day = { start: 0, next: 0 };
    this.clock.reset();
    if (isLive) this.markLive();
    if (isDegraded) this.markDegraded();
  }

  removeCounter(counter: string): void {
    this.#latestTotals.delete(counter);
    this.#totalsAtMidnight.delete(counter);
    for (const series of this.#series.keys()) series.removeCounter(counter);
  }

  /** Adds a new counter, whose totals were 0 until now. */
  addCounter(counter: string): void {
    this.#totalsAtMidnight.set(counter, { added: 0, removed: 0 });
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
    if (this.#day.next === 0 || now < this.#day.next) return;
    this.#day = { start: startOfDay(now), next: startOfNextDay(now) };
    for (const [name, totals] of this.#latestTotals) this.#totalsAtMidnight.set(name, totals);
    this.options.onUpdate();
  }

  close(): void {
    this.#controller.abort();
  }

  /** Loads the hour first: it needs no start time, and its rows tell the time of the service. */
  async #loadAll(): Promise<void> {
    const { signal } = this.#controller;
    await this.#loadSeries(this.hour);
    if (signal.aborted || this.hour.at.length === 0) return;
    void this.#loadDay();
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
    this.options.onUpdate();
  }

  async #loadDay(): Promise<void> {
    const start = startOfDay(this.clock.now());
    if (this.#day.start === start || this.#loadingDay === start) return;
    this.#loadingDay = start;
    const stepMs = [HOUR_MS, HOUR_MS / 2, HOUR_MS / 4].find((step) => start % step === 0) ?? MINUTE_MS;
    const history = await this.#readWithRetry(stepMs, () => start);
    if (!history) return;
    this.#loadingDay = undefined;
    this.#day = { start, next: startOfNextDay(start) };
    for (const [name, read] of Object.entries(history.counters)) {
      if (!read.totals) continue;
      const { added, removed, totals } = read;
      this.#totalsAtMidnight.set(name, { added: totals.added - sum(added), removed: totals.removed - sum(removed) });
    }
    this.options.onUpdate();
  }

  /** Reads history and retries until it succeeds. @returns undefined if the read was aborted or refused */
  async #readWithRetry(
    stepMs: number,
    from: () => number | undefined,
    counters = this.options.counters,
  ): Promise<DashboardHistory | undefined> {
    const { base, dashboard, tokenOptions } = this.options;
    const { signal } = this.#controller;
    for (let failures = 0; ; failures += 1) {
      try {
        const start = from();
        const range = start === undefined ? {} : { from: start };
        const history = await readHistory(base, { dashboard, counters, ...range, stepMs, signal, ...tokenOptions });
        if (signal.aborted) return undefined;
        this.clock.observe(history.at.at(-1) ?? 0);
        return history;
      } catch (error) {
        if (signal.aborted || isPermanentRefusal(error)) return undefined;
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

function sum(numbers: readonly number[]): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

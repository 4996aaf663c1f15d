/** What the counters of a dashboard were: series that are read from the service's history once, and kept up by live frames. */
import { type DashboardHistory, readHistory, RefusedError } from '../../src/client/client.js';
import { computeRetryDelayMs } from '../../src/client/retry.js';
import { ServerClock } from './server-clock.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS, startOfDay, startOfNextDay } from '../page/formatting.js';
import { TotalsSeries, type RunningTotals } from './series.js';
import type { TokenOptions } from '../auth/session-token.js';

/** Longest pause before history is read again after a first failure, and after any, milliseconds. Half of it on average. */
const [INITIAL_HISTORY_RETRY_MS, MAX_HISTORY_RETRY_MS] = [2_000, 90_000];

interface HistoryCacheOptions {
  /** Base URL of the service. */
  readonly base: URL;
  readonly dashboard: string;
  /** Counters to read; all when empty. */
  readonly counters: readonly string[];
  readonly tokenOptions: TokenOptions;
  /** Is told that more is known. */
  readonly onUpdate: () => void;
}

export class HistoryCache {
  readonly clock = new ServerClock();
  /** The last minute, and a little more. */
  readonly minute = new TotalsSeries(SECOND_MS, 75);
  /** The last hour. */
  readonly hour = new TotalsSeries(MINUTE_MS, 61);
  /** With the counters that each is kept for; all when undefined. */
  readonly #series = new Map<TotalsSeries, ReadonlySet<string> | undefined>([
    [this.hour, undefined],
    [this.minute, undefined],
  ]);
  /** Series that are known up to now. The others wait for history: no line is drawn through what is not known. */
  readonly #completeSeries = new Set<TotalsSeries>();
  readonly #loadingSeries = new Set<TotalsSeries>();
  readonly #latestTotals = new Map<string, RunningTotals>();
  #latestAt = 0;
  /** Totals at the viewer's midnight. */
  readonly #totalsAtMidnight = new Map<string, RunningTotals>();
  #day = { start: 0, next: 0 };
  /** Start of the day that is being read. */
  #loadingDay: number | undefined;
  /** Whether frames come, so that what is known stays known. */
  #isLive = false;
  #isDegraded = false;
  #controller = new AbortController();

  constructor(private readonly options: HistoryCacheOptions) {
    void this.#loadAll();
  }

  /** What was added and removed since the viewer's midnight. */
  getTotalsToday(counter: string): RunningTotals | undefined {
    const [newest, base] = [this.#latestTotals.get(counter), this.#totalsAtMidnight.get(counter)];
    return newest && base && { added: newest.added - base.added, removed: newest.removed - base.removed };
  }

  /** By how much a counter has changed in the last 60 seconds. */
  getChangePerMinute(counter: string): number | undefined {
    const [now, before] = [
      this.#latestTotals.get(counter),
      this.minute.getTotalsAt(counter, this.clock.now() - MINUTE_MS),
    ];
    return now && before && now.added - now.removed - (before.added - before.removed);
  }

  /** Keeps one more series, or other counters in it, from now on and for what was. */
  track(series: TotalsSeries, counters: readonly string[]): void {
    const known = this.#series.get(series);
    const isKnown = counters.every((counter) => known?.has(counter));
    if (isKnown && known?.size === counters.length) return;
    // Fewer are let go at once: a counter that was deleted would have every later reading refused.
    this.#series.set(series, new Set(counters));
    if (isKnown && this.#completeSeries.has(series)) return;
    this.#completeSeries.delete(series);
    this.#loadingSeries.delete(series);
    if (this.hour.at.length > 0) void this.#loadSeries(series);
  }

  /** Lets a series go. */
  untrack(series: TotalsSeries): void {
    this.#series.delete(series);
    this.#completeSeries.delete(series);
  }

  /** Frames come from now on, and tell all that happens. */
  markLive(): void {
    // What is being read may be from before that.
    if (this.#isDegraded) this.markDisconnected();
    this.#isLive = true;
    void this.#loadAll();
  }

  /** Frames may be missing: what was can be read, but it does not stay known. */
  markDegraded(): void {
    this.markDisconnected();
    this.#isDegraded = true;
    void this.#loadAll();
  }

  /** No frames come: what happens meanwhile is known only when it is read afterwards. */
  markDisconnected(): void {
    this.#isLive = this.#isDegraded = false;
    this.#controller.abort();
    this.#controller = new AbortController();
    this.#completeSeries.clear();
    this.#loadingSeries.clear();
    this.#loadingDay = undefined;
  }

  /** Forgets all: another history begins. */
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

  /** Forgets a counter. */
  removeCounter(counter: string): void {
    this.#latestTotals.delete(counter);
    this.#totalsAtMidnight.delete(counter);
    for (const series of this.#series.keys()) series.removeCounter(counter);
  }

  /** A counter was made: before, there was nothing. */
  addCounter(counter: string): void {
    this.#totalsAtMidnight.set(counter, { added: 0, removed: 0 });
  }

  /** Takes in the totals of a counter at a moment. @returns whether they are news */
  record(counter: string, at: number, totals: RunningTotals): boolean {
    this.clock.observe(at);
    const last = this.#latestTotals.get(counter);
    if (last?.added === totals.added && last.removed === totals.removed) return false;
    // Totals only grow: this is another counter by the same name.
    if (last && totals.added < last.added) this.removeCounter(counter);
    this.#latestTotals.set(counter, totals);
    this.#latestAt = Math.max(this.#latestAt, at);
    for (const series of this.#completeSeries) {
      if (this.#series.get(series)?.has(counter) !== false) series.record(counter, at, totals);
    }
    return true;
  }

  /** Lets time pass: nothing has changed that was not told. While no frames come, that is not known. */
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

  /** The hour first: it needs no time to be read from, and tells the time of the service. */
  async #loadAll(): Promise<void> {
    const { signal } = this.#controller;
    await this.#loadSeries(this.hour);
    if (signal.aborted || this.hour.at.length === 0) return;
    void this.#loadDay();
    for (const series of this.#series.keys()) void this.#loadSeries(series);
  }

  /** Reads what a series does not know. It counts as filled when frames go on where the reading ends. */
  async #loadSeries(series: TotalsSeries): Promise<void> {
    if (this.#completeSeries.has(series) || this.#loadingSeries.has(series)) return;
    this.#loadingSeries.add(series);
    const counters = this.#series.get(series);
    const isFirst = this.hour.at.length === 0;
    const from = (): number | undefined => (isFirst ? undefined : series.getReadStart(this.clock.now()));
    const history = await this.#readWithRetry(series.stepMs, from, counters && [...counters]);
    // Other counters may be wanted by now, or none.
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
    for (const [name, { added, removed, totals }] of Object.entries(history.counters)) {
      if (!totals) continue;
      this.#totalsAtMidnight.set(name, { added: totals.added - sum(added), removed: totals.removed - sum(removed) });
    }
    this.options.onUpdate();
  }

  /** Reads history, again and again until it is there. @returns undefined when nobody waits for it any more, or it was refused */
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
 * A refusal is told to the viewer by the connection, which meets it as well. A time that is not yet come by the clock of the
 * service is another matter: it will be.
 */
function isPermanentRefusal(error: unknown): boolean {
  return error instanceof RefusedError && error.problem.code !== 'invalid-request';
}

function sum(numbers: readonly number[]): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

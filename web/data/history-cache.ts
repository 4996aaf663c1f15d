/** What the counters of a dashboard were: series that are read from the service's history once, and kept up by live frames. */
import { type History, readHistory, RefusedError } from '../../src/client/client.js';
import { Clock } from './server-clock.js';
import { startOfDay, startOfNextDay } from '../page/formatting.js';
import { Series, type Totals } from './series.js';
import type { Access } from '../auth/session-token.js';

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
/** First pause before history is read again after a failure, and the longest, milliseconds. */
const [FIRST_PAUSE_MS, MOST_PAUSE_MS] = [1_000, 60_000];

export interface PastOptions {
  /** Base URL of the service. */
  readonly base: URL;
  readonly dashboard: string;
  /** Counters to read; all when empty. */
  readonly counters: readonly string[];
  readonly access: Access;
  /** Is told that more is known. */
  readonly onHistory: () => void;
}

export class Past {
  readonly clock = new Clock();
  /** The last minute, and a little more. */
  readonly minute = new Series(SECOND, 75);
  /** The last hour. */
  readonly hour = new Series(MINUTE, 61);
  /** With the counters that each is kept for; all when undefined. */
  readonly #series = new Map<Series, ReadonlySet<string> | undefined>([
    [this.hour, undefined],
    [this.minute, undefined],
  ]);
  /** Series that are known up to now. The others wait for history: no line is drawn through what is not known. */
  readonly #filled = new Set<Series>();
  readonly #filling = new Set<Series>();
  readonly #newest = new Map<string, Totals>();
  #newestAt = 0;
  /** Totals at the viewer's midnight. */
  readonly #dayBase = new Map<string, Totals>();
  #day = { start: 0, next: 0 };
  /** Start of the day that is being read. */
  #dayReading: number | undefined;
  /** Whether frames come, so that what is known stays known. */
  #isLive = false;
  #isDoubtful = false;
  #reading = new AbortController();

  constructor(private readonly options: PastOptions) {
    void this.#fillAll();
  }

  /** What was added and removed since the viewer's midnight. */
  today(counter: string): Totals | undefined {
    const [newest, base] = [this.#newest.get(counter), this.#dayBase.get(counter)];
    return newest && base && { added: newest.added - base.added, removed: newest.removed - base.removed };
  }

  /** By how much a counter has changed in the last 60 seconds. */
  perMinute(counter: string): number | undefined {
    const [now, before] = [this.#newest.get(counter), this.minute.totalsAt(counter, this.clock.now() - MINUTE)];
    return now && before && now.added - now.removed - (before.added - before.removed);
  }

  /** Keeps one more series, or other counters in it, from now on and for what was. */
  follow(series: Series, counters: readonly string[]): void {
    const known = this.#series.get(series);
    const isKnown = counters.every((counter) => known?.has(counter));
    if (isKnown && known?.size === counters.length) return;
    // Fewer are let go at once: a counter that was deleted would have every later reading refused.
    this.#series.set(series, new Set(counters));
    if (isKnown && this.#filled.has(series)) return;
    this.#filled.delete(series);
    this.#filling.delete(series);
    if (this.hour.at.length > 0) void this.#fill(series);
  }

  /** Lets a series go. */
  unfollow(series: Series): void {
    this.#series.delete(series);
    this.#filled.delete(series);
  }

  /** Frames come from now on, and tell all that happens. */
  resume(): void {
    // What is being read may be from before that.
    if (this.#isDoubtful) this.lose();
    this.#isLive = true;
    void this.#fillAll();
  }

  /** Frames may be missing: what was can be read, but it does not stay known. */
  doubt(): void {
    this.lose();
    this.#isDoubtful = true;
    void this.#fillAll();
  }

  /** No frames come: what happens meanwhile is known only when it is read afterwards. */
  lose(): void {
    this.#isLive = this.#isDoubtful = false;
    this.#reading.abort();
    this.#reading = new AbortController();
    this.#filled.clear();
    this.#filling.clear();
    this.#dayReading = undefined;
  }

  /** Forgets all: another history begins. */
  forget(): void {
    const [isLive, isDoubtful] = [this.#isLive, this.#isDoubtful];
    this.lose();
    for (const series of this.#series.keys()) series.clear();
    this.#newest.clear();
    this.#dayBase.clear();
    this.#day = { start: 0, next: 0 };
    this.clock.reset();
    if (isLive) this.resume();
    if (isDoubtful) this.doubt();
  }

  /** Forgets a counter. */
  drop(counter: string): void {
    this.#newest.delete(counter);
    this.#dayBase.delete(counter);
    for (const series of this.#series.keys()) series.drop(counter);
  }

  /** A counter was made: before, there was nothing. */
  begin(counter: string): void {
    this.#dayBase.set(counter, { added: 0, removed: 0 });
  }

  /** Takes in the totals of a counter at a moment. @returns whether they are news */
  note(counter: string, at: number, totals: Totals): boolean {
    this.clock.hear(at);
    const last = this.#newest.get(counter);
    if (last?.added === totals.added && last.removed === totals.removed) return false;
    // Totals only grow: this is another counter by the same name.
    if (last && totals.added < last.added) this.drop(counter);
    this.#newest.set(counter, totals);
    this.#newestAt = Math.max(this.#newestAt, at);
    for (const series of this.#filled) {
      if (this.#series.get(series)?.has(counter) !== false) series.note(counter, at, totals);
    }
    return true;
  }

  /** Lets time pass: nothing has changed that was not told. While no frames come, that is not known. */
  advance(): void {
    const now = this.clock.now();
    if (this.#isLive) for (const series of this.#filled) series.advance(now);
    if (this.#day.next === 0 || now < this.#day.next) return;
    this.#day = { start: startOfDay(now), next: startOfNextDay(now) };
    for (const [name, totals] of this.#newest) this.#dayBase.set(name, totals);
    this.options.onHistory();
  }

  close(): void {
    this.#reading.abort();
  }

  /** The hour first: it needs no time to be read from, and tells the time of the service. */
  async #fillAll(): Promise<void> {
    const { signal } = this.#reading;
    await this.#fill(this.hour);
    if (signal.aborted || this.hour.at.length === 0) return;
    void this.#fillDay();
    for (const series of this.#series.keys()) void this.#fill(series);
  }

  /** Reads what a series does not know. It counts as filled when frames go on where the reading ends. */
  async #fill(series: Series): Promise<void> {
    if (this.#filled.has(series) || this.#filling.has(series)) return;
    this.#filling.add(series);
    const counters = this.#series.get(series);
    const isFirst = this.hour.at.length === 0;
    const from = (): number | undefined => (isFirst ? undefined : series.startAt(this.clock.now()));
    const history = await this.#read(series.stepMs, from, counters && [...counters]);
    // Other counters may be wanted by now, or none.
    if (!history || this.#series.get(series) !== counters || !this.#series.has(series)) return;
    this.#filling.delete(series);
    series.merge(history);
    for (const [counter, totals] of this.#newest) {
      if (counters?.has(counter) !== false) series.note(counter, this.#newestAt, totals);
    }
    if (this.#isLive) this.#filled.add(series);
    this.options.onHistory();
  }

  async #fillDay(): Promise<void> {
    const start = startOfDay(this.clock.now());
    if (this.#day.start === start || this.#dayReading === start) return;
    this.#dayReading = start;
    const stepMs = [HOUR, HOUR / 2, HOUR / 4].find((step) => start % step === 0) ?? MINUTE;
    const history = await this.#read(stepMs, () => start);
    if (!history) return;
    this.#dayReading = undefined;
    this.#day = { start, next: startOfNextDay(start) };
    for (const [name, { added, removed, totals }] of Object.entries(history.counters)) {
      if (!totals) continue;
      this.#dayBase.set(name, { added: totals.added - sum(added), removed: totals.removed - sum(removed) });
    }
    this.options.onHistory();
  }

  /** Reads history, again and again until it is there. @returns undefined when nobody waits for it any more, or it was refused */
  async #read(
    stepMs: number,
    from: () => number | undefined,
    counters = this.options.counters,
  ): Promise<History | undefined> {
    const { base, dashboard, access } = this.options;
    const { signal } = this.#reading;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MOST_PAUSE_MS)) {
      try {
        const start = from();
        const range = start === undefined ? {} : { from: start };
        const history = await readHistory(base, { dashboard, counters, ...range, stepMs, signal, ...access });
        if (signal.aborted) return undefined;
        this.clock.hear(history.at.at(-1) ?? 0);
        return history;
      } catch (error) {
        if (signal.aborted || isFinal(error)) return undefined;
        await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + Math.random())));
      }
    }
  }
}

/**
 * A refusal is told to the viewer by the connection, which meets it as well. A time that is not yet come by the clock of the
 * service is another matter: it will be.
 */
function isFinal(error: unknown): boolean {
  return error instanceof RefusedError && error.problem.code !== 'invalid-request';
}

function sum(numbers: readonly number[]): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

/**
 * The rows of a chart, kept up to date: read once, continued with live numbers, and read again when a bucket of an hour
 * or more ends, after an outage, and when the definition changes. Without a connection they end at the last news.
 */
import { effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import { type DashboardDefinition, RefusedError } from '../../src/client/client.js';
import { computeRetryDelayMs } from '../../src/client/retry-delay.js';
import { listCountersOf } from '../../src/measures/derived-measure.js';
import type { BoardData } from '../data/board-data.js';
import type { PeriodData } from '../data/period-data.js';
import { HOUR_MS, SECOND_MS } from '../words/durations.js';
import { type ChartRows, RowContinuation } from './chart-rows.js';
import { type ChartSpan, getBucketMs } from './chart-span.js';
import { loadRows, moveCompared } from './row-loader.js';

/** Upper bounds of the random delay before a retry, after a first failure and after any, milliseconds. */
const [INITIAL_RETRY_MS, MAX_RETRY_MS] = [2_000, 90_000];
/** Viewers read at a random moment of this length after a bucket ends, so that they do not come all at once. */
const SPREAD_MS = 8_000;
/** Least time between two publications: the chart is drawn at most twice a second. */
const MIN_INTERVAL_MS = 500;
/** The present moves by less than a pixel in this share of the span. */
const SHARE_OF_PIXEL = 1 / 1_500;

export interface ChartFeedOptions {
  readonly board: BoardData;
  readonly span: ChartSpan;
  /** Counters and measures of the chart. */
  readonly names: readonly string[];
  /** True if the board shows a moment of the past, whose numbers are known without a connection. */
  readonly isPast: boolean;
}

export class ChartFeed {
  readonly #published = signal<ChartRows | undefined>(undefined);
  readonly #stops: (() => void)[] = [];
  #rows: ChartRows | undefined;
  #continuation: RowContinuation | undefined;
  #controller = new AbortController();
  #readTimer: ReturnType<typeof setTimeout> | undefined;
  #tickTimer: ReturnType<typeof setTimeout> | undefined;
  #publishTimer: ReturnType<typeof setTimeout> | undefined;
  #publishedAt = -Infinity;

  constructor(private readonly options: ChartFeedOptions) {
    const { board, span } = options;
    this.#stops.push(
      effect(() => {
        const [definition, isLive] = [board.definition.value, board.isLive.value];
        if (definition) untracked(() => this.#start(definition, isLive));
      }),
    );
    if (span.kind === 'day') {
      const data = board.getPeriodData('day');
      this.#stops.push(effect(() => this.#takeDay(data.value)));
    }
  }

  /** The rows to draw; undefined until they have been read. */
  get rows(): ReadonlySignal<ChartRows | undefined> {
    return this.#published;
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#stopNumbers();
    this.#controller.abort();
    for (const timer of [this.#readTimer, this.#tickTimer, this.#publishTimer]) clearTimeout(timer);
  }

  #stopNumbers = (): void => undefined;

  /** Another definition or another connection: what was read may not hold any more. */
  #start(definition: DashboardDefinition, isLive: boolean): void {
    const { board, span, isPast } = this.options;
    clearTimeout(this.#tickTimer);
    this.#stopNumbers();
    this.#stopNumbers = () => undefined;
    this.#continuation = new RowContinuation(definition, (name) => board.getNumbers(name).peek().total ?? undefined);
    if (span.kind === 'day') this.#takeDay(board.getPeriodData('day').peek());
    else if (isLive || !this.#rows) this.#refresh(definition);
    if (!isLive && !isPast) return;
    const names = listReadNames(definition, this.options.names);
    this.#stopNumbers = effect(() => {
      for (const name of names) void board.getNumbers(name).value;
      untracked(() => this.#tick());
    });
  }

  #refresh(definition: DashboardDefinition, failures = 0): void {
    this.#controller.abort();
    clearTimeout(this.#readTimer);
    // No names would be all names: the service refuses so many numbers of a large board.
    if (this.options.names.length === 0) return;
    this.#controller = new AbortController();
    void this.#read(definition, failures);
  }

  async #read(definition: DashboardDefinition, failures: number): Promise<void> {
    const { board, span } = this.options;
    if (span.kind === 'day') return;
    const { signal: abort } = this.#controller;
    const { base, name: dashboard, tokenOptions } = board;
    const counters = listReadNames(definition, this.options.names);
    // The service takes whole milliseconds.
    const now = Math.ceil(board.now());
    let delayMs: number | undefined;
    try {
      const request = { base, dashboard, counters, signal: abort, ...tokenOptions };
      const { rows, before } = await loadRows(span, now, definition.resolved.timeZone, request);
      if (abort.aborted) return;
      const [from, to] =
        span.kind === 'fixed' ? [span.from, span.to] : [rows.at(0)?.start ?? now, rows.at(-1)?.end ?? now];
      this.#rows = { from, to, bucket: span.bucket, rows, before: new Map([['all', before]]), at: Math.min(now, to) };
      this.#tick();
      if (getBucketMs(span.bucket) >= HOUR_MS) delayMs = Math.max(0, (rows.at(-1)?.end ?? now) - now);
      if (delayMs !== undefined) delayMs = Math.min(delayMs, HOUR_MS) + Math.random() * SPREAD_MS;
    } catch (error) {
      // The watch meets the same refusal and shows it.
      if (abort.aborted || error instanceof RefusedError) return;
      delayMs = computeRetryDelayMs(failures, INITIAL_RETRY_MS, MAX_RETRY_MS);
      failures += 1;
    }
    if (delayMs !== undefined) this.#readTimer = setTimeout(() => void this.#read(definition, failures), delayMs);
  }

  /** The running day is kept for the tiles already. */
  #takeDay(data: PeriodData | undefined): void {
    const timeZone = this.options.board.definition.peek()?.resolved.timeZone;
    if (!data || timeZone === undefined) return;
    const { start, end, parts, at, compared } = data;
    const before = [...compared].map(
      ([compareWith, one]) => [compareWith, moveCompared(one, start, timeZone)] as const,
    );
    this.#rows = { from: start, to: end, bucket: { period: 'hour' }, rows: parts, before: new Map(before), at };
    untracked(() => this.#tick());
  }

  /** Brings the rows up to the present. */
  #tick(): void {
    clearTimeout(this.#tickTimer);
    const { board, span, isPast } = this.options;
    const shown = this.#rows;
    if (!shown || !this.#continuation) return;
    if (!board.isLive.peek() && !isPast) {
      this.#publish();
      return;
    }
    const now = Math.max(shown.at, board.now());
    const isRunning = shown.rows.length > 0 && (span.kind === 'last' || now < shown.to + getBucketMs(shown.bucket));
    if (isRunning) {
      let rows = this.#continuation.update(this.#continuation.advance(shown.rows, now));
      let { from, to } = shown;
      if (span.kind === 'last') {
        rows = rows.slice(-span.count);
        [from, to] = [rows.at(0)?.start ?? from, rows.at(-1)?.end ?? to];
      } else rows = rows.filter(({ start }) => start < to);
      this.#rows = { ...shown, from, to, rows, at: Math.min(now, to) };
    }
    this.#publish();
    if (isPast) return;
    const { from, to, rows } = this.#rows ?? shown;
    const untilEnd = (rows.at(-1)?.end ?? now) - now;
    const delayMs = Math.min(untilEnd, (to - from) * SHARE_OF_PIXEL);
    if (now < to || span.kind === 'last') {
      this.#tickTimer = setTimeout(() => this.#tick(), Math.max(SECOND_MS, delayMs));
    }
  }

  #publish(): void {
    if (this.#publishTimer !== undefined) return;
    const delayMs = Math.max(0, this.#publishedAt + MIN_INTERVAL_MS - performance.now());
    this.#publishTimer = setTimeout(() => {
      this.#publishTimer = undefined;
      this.#publishedAt = performance.now();
      this.#published.value = this.#rows;
    }, delayMs);
  }
}

/** The counters and measures to read: measures are worked out from their counters. */
function listReadNames({ counters, measures = {} }: DashboardDefinition, names: readonly string[]): string[] {
  const parts = names.flatMap((name) => {
    const measure = Object.hasOwn(measures, name) ? measures[name] : undefined;
    return measure ? listCountersOf(measure) : [];
  });
  return [...new Set([...names, ...parts])].filter(
    (name) => Object.hasOwn(counters, name) || Object.hasOwn(measures, name),
  );
}

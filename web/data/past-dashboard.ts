/** A dashboard as it was at a moment: its numbers stand still, and another moment is another read. */
import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { type Period, PERIODS, type PastSnapshot, readSnapshot, RefusedError } from '../../src/client/client.js';
import { findNumber, type NumberKind } from '../../src/measures/shown-number.js';
import { describeError } from '../words/problem-words.js';
import type { BoardData, NumbersByKind } from './board-data.js';
import type { LiveDashboard } from './live-dashboard.js';
import { listComparisons } from './comparisons.js';
import type { PeriodData } from './period-data.js';
import { readByThen } from './period-by-then.js';
import { type AsOf, PeriodLoader } from './period-loader.js';
import { isolate } from '../words/isolate.js';
import { words } from '../words/locale.js';
import { formatTime, HOUR_MS, MINUTE_MS } from '../words/times.js';

/** While the slider moves, only the moment at which it rests is read, milliseconds. */
const REST_MS = 150;

/**
 * `exact`: the numbers are those of the moment. `hour`: those of its hour may lack its beginning. `none`: nothing is
 * known. A time, ms since the Unix epoch: finer rows are not kept, and the numbers are those at the end of a row.
 */
type PastPrecision = 'exact' | 'hour' | 'none' | number;

export class PastDashboard implements BoardData {
  readonly base: BoardData['base'];
  readonly name: string;
  readonly tokenOptions: BoardData['tokenOptions'];
  readonly status: BoardData['status'];
  /** The numbers of a moment are true for ever. */
  readonly isLive: ReadonlySignal<boolean> = signal(true);
  readonly definition: BoardData['definition'];
  readonly names = signal<readonly string[]>([]);
  readonly lastChangeAt = signal<number | undefined>(undefined);
  readonly hasNumbers = computed(() => this.lastChangeAt.value !== undefined);
  readonly isUncounted = computed(() => this.lastChangeAt.value === 0);
  readonly revision = signal(0);
  readonly epoch: BoardData['epoch'];
  /** In words. Undefined until the moment has been read, empty if nothing is known of it. */
  readonly precision = computed(() => describePrecision(this.#precision.value, this.at.value, this.#timeZone));
  /** Why nothing can be shown of the moment. */
  readonly fault = signal<string | undefined>(undefined);
  readonly #precision = signal<PastPrecision | undefined>(undefined);
  readonly #snapshot = signal<PastSnapshot | undefined>(undefined);
  readonly #numbers = new Map<string, ReadonlySignal<NumbersByKind>>();
  readonly #periods = new Map<Period, Signal<PeriodData | undefined>>();
  readonly #loader: PeriodLoader;
  #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #stop: () => void;

  /** @param at moment to show, milliseconds since the Unix epoch */
  constructor(
    private readonly live: LiveDashboard,
    private readonly at: ReadonlySignal<number>,
  ) {
    ({ base: this.base, name: this.name, tokenOptions: this.tokenOptions, definition: this.definition } = live);
    this.status = live.status;
    this.epoch = live.epoch;
    this.#loader = new PeriodLoader(live.base);
    this.names.value = live.names.peek();
    this.#stop = effect(() => {
      const moment = at.value;
      // Another definition may have other counters, or read them in another way.
      if (live.definition.value) this.#schedule(moment);
    });
  }

  get #timeZone(): string | undefined {
    return this.definition.value?.resolved.timeZone;
  }

  getNumbers(name: string): ReadonlySignal<NumbersByKind> {
    let numbers = this.#numbers.get(name);
    if (!numbers) {
      numbers = computed(() => readNumbers(this.#snapshot.value, name));
      this.#numbers.set(name, numbers);
    }
    return numbers;
  }

  getPeriodData(period: Period): ReadonlySignal<PeriodData | undefined> {
    let data = this.#periods.get(period);
    if (!data) {
      this.#periods.set(period, (data = signal(undefined)));
      if (this.#snapshot.peek()) void this.#loadPeriod(period, this.at.peek());
    }
    return data;
  }

  now(): number {
    return this.at.value;
  }

  close(): void {
    this.#stop();
    clearTimeout(this.#timer);
    this.#controller.abort();
  }

  #schedule(moment: number): void {
    clearTimeout(this.#timer);
    this.#controller.abort();
    this.#controller = new AbortController();
    this.#timer = setTimeout(() => void this.#load(moment), this.#snapshot.peek() ? REST_MS : 0);
  }

  async #load(at: number): Promise<void> {
    const { signal: abort } = this.#controller;
    const { base, name: dashboard, tokenOptions } = this;
    const counters = this.live.filter;
    try {
      const request = { dashboard, counters, at, periods: PERIODS, signal: abort, ...tokenOptions };
      const snapshot = await readSnapshot(base, request);
      if (abort.aborted) return;
      batch(() => {
        this.#snapshot.value = snapshot;
        this.names.value = this.live.names.peek();
        this.lastChangeAt.value = snapshot.at;
        this.revision.value = snapshot.revision ?? 0;
        this.#precision.value = getPrecision(snapshot);
        this.fault.value = undefined;
      });
      await Promise.all([...this.#periods.keys()].map((period) => this.#loadPeriod(period, at)));
    } catch (error) {
      if (abort.aborted) return;
      batch(() => {
        this.#snapshot.value = undefined;
        this.#precision.value = 'none';
        this.fault.value = describeFault(error, at > this.live.now());
      });
    }
  }

  /** A period whose rows are not kept any more has none: its tiles show their number alone. */
  async #loadPeriod(period: Period, at: number): Promise<void> {
    const { signal: abort } = this.#controller;
    const definition = this.definition.peek();
    const data = this.#periods.get(period);
    if (!definition || !data) return;
    const { timeZone } = definition.resolved;
    try {
      const options = { dashboard: this.name, counters: this.live.filter, signal: abort, ...this.tokenOptions };
      const comparisons = listComparisons(definition, period);
      const asOf: AsOf = {
        at,
        readByThen: (of, rows) => readByThen(of, rows, { ...options, base: this.base, at, timeZone }),
      };
      const loaded = await this.#loader.load(period, comparisons, { ...options, asOf });
      if (!abort.aborted) data.value = loaded;
    } catch (error) {
      if (abort.aborted) return;
      data.value = undefined;
      if (!(error instanceof RefusedError)) this.fault.value = describeError(error);
    }
  }
}

function getPrecision({ exact, revision, at }: PastSnapshot): PastPrecision {
  if (exact) return 'exact';
  return revision === undefined ? at : 'hour';
}

/** Without finer rows the numbers are those of another time than the chosen one, and it is said which. */
function describePrecision(precision: PastPrecision | undefined, at: number, zone?: string): string | undefined {
  const { past } = words.value;
  if (precision === undefined) return undefined;
  if (typeof precision === 'string') return { exact: past.exact, hour: past.toTheHour, none: '' }[precision];
  const style = precision - at > HOUR_MS ? 'dateTime' : precision % MINUTE_MS === 0 ? 'time' : 'seconds';
  return past.numbersOf(isolate(formatTime(precision, style, zone)));
}

function describeFault(error: unknown, isFuture: boolean): string {
  const isUnknown = error instanceof RefusedError && error.problem.code === 'too-far-back';
  if (isFuture || isUnknown) return words.peek().past.nothingKnown;
  return describeError(error);
}

function readNumbers(snapshot: PastSnapshot | undefined, name: string): NumbersByKind {
  if (!snapshot) return {};
  const kinds: readonly NumberKind[] = ['total', ...PERIODS];
  const entries = kinds.map((kind) => [kind, findNumber(snapshot, name, kind)] as const);
  return Object.fromEntries(entries.filter(([, number]) => number !== undefined));
}

/**
 * Turns the lines of a past into rows, totals and a ledger entry, as if each line had been counted at its time. Pure:
 * all stores share it.
 *
 * Lines are in the order of time, so that each counter has one open bucket for each kind of rows. A bucket that ends
 * becomes a row, unless rows of its kind and age have expired. Rows are taken away as they gather, so memory stays
 * bounded by the number of counters, however long the past is.
 */
import {
  type Counter,
  type CounterTotals,
  type Dashboard,
  MAX_TOTAL,
  MAX_VALUE,
  type TimeSpan,
  refuseOverflow,
  refuseRemoval,
  toOutcome,
  getMinimum,
} from '../counters/counters.js';
import type { Reckoning } from '../counters/definition.js';
import { type ErrorCode, TallyError } from '../counters/errors.js';
import { DayCalendar } from '../measures/day-calendar.js';
import { HISTORY_REASON } from './ledger-reasons.js';
import { type BookedPast, MAX_PAST_LINES, type PastAmounts, type PastLine } from './past.port.js';
import type { LedgerEntry } from '../counters/ledger-entry.js';
import { DAY_ROWS, type LevelPoint, ROWS, type RowStepMs } from './store.js';
import type { BucketTotals, ExportRecord } from './transfer.port.js';

interface PastContext {
  readonly reckoning: Reckoning;
  /** Lines may not be later, milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** Time by which rows expire. */
  readonly expiryMs: number;
  /** Epoch of the dashboard after the booking: its time may go back, which it never does within an epoch. */
  readonly epoch: string;
  /** Actor for the ledger. */
  readonly who: string | undefined;
}

/** State to write when the last line has been added. */
export interface FinishedPast extends BookedPast {
  readonly dashboard: Dashboard & { readonly day: TimeSpan; readonly counters: Map<string, Counter> };
  readonly entry: LedgerEntry;
}

/** Rows of one counter and kind. */
interface PastRows {
  readonly stepMs: RowStepMs;
  /** Rows that end by then have expired, milliseconds since the Unix epoch. */
  readonly expiredMs: number;
  /** Start of the open bucket; -1 before the first one. */
  start: number;
  /** Extremes of a gauge in the open bucket. */
  least: number;
  most: number;
  /** Totals at the start of the first row in `ended`, or of the open bucket without one. */
  startTotals: CounterTotals;
  /** Rows that have ended and were not taken yet: those of a counter, or of a gauge. */
  ended: BucketTotals[];
  endedLevels: LevelPoint[];
}

interface PastCounter {
  readonly name: string;
  readonly isGauge: boolean;
  readonly min: number;
  readonly definition: Counter['definition'];
  isTouched: boolean;
  value: number;
  added: bigint;
  removed: bigint;
  readonly rows: readonly PastRows[];
}

export class PastBuilder {
  readonly #days = new DayCalendar();
  readonly #counters = new Map<string, PastCounter>();
  #lineCount = 0;
  #lastMs = -1;
  #day: TimeSpan = { start: 0, end: 0 };
  #endedRows = 0;

  /**
   * @param dashboard the state before; all of it is at 0
   * @throws TallyError `has-history` if it has counted something
   */
  constructor(
    private readonly dashboard: Dashboard,
    private readonly context: PastContext,
  ) {
    assertWithoutHistory(dashboard);
    for (const [name, { definition }] of dashboard.counters) {
      const rows = ROWS.map(({ stepMs, keepMs }) => createRows(stepMs, context.expiryMs - keepMs));
      const isGauge = definition.kind === 'gauge';
      const counter = { name, definition, isGauge, min: getMinimum(definition), isTouched: false };
      this.#counters.set(name, { ...counter, value: 0, added: 0n, removed: 0n, rows });
    }
  }

  /** Rows that have ended and were not taken yet. */
  get endedRows(): number {
    return this.#endedRows;
  }

  /**
   * Adds the next line.
   * @throws TallyError whose message names the line: `invalid-request`; `nothing-to-remove` and `counter-full` for
   *   what a counter is at after the line
   */
  add({ line, at, counters }: PastLine): void {
    this.#assertTime(line, at);
    this.#lineCount += 1;
    this.#lastMs = at;
    this.#day = this.#days.getDay(this.context.reckoning, at);
    for (const name in counters) {
      const counter = this.#counters.get(name);
      const amounts = counters[name];
      if (!counter) throw refuseLine(line, `${this.dashboard.name} has no counter named ${name}`);
      if (amounts) this.#addAmounts(line, counter, amounts);
    }
  }

  /** Takes away the rows that have ended, each kind and counter in the order of time. */
  takeRows(): ExportRecord[] {
    this.#endedRows = 0;
    return [...this.#counters.values()].flatMap((counter) => counter.rows.flatMap((rows) => takeEnded(counter, rows)));
  }

  /**
   * Ends the open buckets: {@link takeRows} has the last rows then.
   * @throws TallyError `invalid-request` if there was no line, or nothing in any
   */
  finish(): FinishedPast {
    if (this.#lineCount === 0) throw new TallyError('invalid-request', 'the past has no lines: send at least one');
    const { name } = this.dashboard;
    const { epoch, who } = this.context;
    const [at, revision] = [this.#lastMs, 1];
    const counters = new Map<string, Counter>();
    const touched = new Map<string, Counter>();
    for (const counter of this.#counters.values()) {
      for (const rows of counter.rows) this.#endBucket(counter, rows);
      const { definition, value, added, removed } = counter;
      counters.set(counter.name, { definition, value, added, removed });
      if (counter.isTouched) touched.set(counter.name, { definition, value, added, removed });
    }
    if (touched.size === 0) {
      const detail = 'the past books nothing: send an amount above 0, or the level of a gauge';
      throw new TallyError('invalid-request', detail);
    }
    // All began at 0, so each has moved by what it came to.
    const changes = [...touched].map(([counter, { value }]) => ({ counter, to: value, moved: value }));
    const entry = { revision, at, changes, reason: HISTORY_REASON, ...(who !== undefined && { who }) };
    return {
      dashboard: { ...this.dashboard, epoch, revision, at, day: this.#day, counters },
      outcome: toOutcome(name, { revision, at, counters: touched }),
      lines: this.#lineCount,
      entry,
    };
  }

  #assertTime(line: number, at: number): void {
    if (this.#lineCount >= MAX_PAST_LINES) throw refuseLine(line, `a past has at most ${MAX_PAST_LINES} lines`);
    if (at % 1_000 !== 0 || at < 0) throw refuseLine(line, 'at must be a whole second since 1970');
    if (at > this.context.nowMs) throw refuseLine(line, `at is in the future: ${formatTime(at)}`);
    if (at <= this.#lastMs)
      throw refuseLine(line, `at must be later than ${formatTime(this.#lastMs)}, the time of the line before`);
  }

  #addAmounts(line: number, counter: PastCounter, { added = 0, removed = 0, value }: PastAmounts): void {
    const { name, isGauge } = counter;
    if (isGauge && (added > 0 || removed > 0)) throw refuseLine(line, `${name} is a gauge: it has a value alone`);
    if (!isGauge && value !== undefined) throw refuseLine(line, `${name} is a counter: it has added and removed`);
    if (isGauge ? value === undefined : added === 0 && removed === 0) return;
    // Rounded beyond MAX_VALUE, but never back within it.
    const next = value ?? counter.value + (added - removed);
    if (next < counter.min) {
      const change = isGauge ? { counter: name, to: next } : { counter: name, by: -removed };
      throw refuseWith(line, refuseRemoval(change, { ...counter, value: counter.value + added }, counter.min));
    }
    if (next > MAX_VALUE) throw refuseWith(line, refuseOverflow(name, counter));
    for (const rows of counter.rows) this.#openBucket(counter, rows);
    counter.isTouched = true;
    counter.value = next;
    if (isGauge) {
      for (const rows of counter.rows) {
        rows.least = Math.min(rows.least, next);
        rows.most = Math.max(rows.most, next);
      }
      return;
    }
    counter.added += BigInt(added);
    counter.removed += BigInt(removed);
    if (counter.added > MAX_TOTAL || counter.removed > MAX_TOTAL) throw refuseWith(line, refuseOverflow(name, counter));
  }

  /** Opens the bucket of the present line, and ends the one before it. */
  #openBucket(counter: PastCounter, rows: PastRows): void {
    const at = this.#lastMs;
    const start = rows.stepMs === DAY_ROWS.stepMs ? this.#day.start : at - (at % rows.stepMs);
    if (start === rows.start) return;
    this.#endBucket(counter, rows);
    rows.start = start;
    // A level stands until it is changed, so the one that the bucket begins with counts.
    rows.least = rows.most = counter.value;
    if (rows.ended.length === 0) rows.startTotals = { added: counter.added, removed: counter.removed };
  }

  #endBucket({ isGauge, value, added, removed }: PastCounter, rows: PastRows): void {
    const { start: at, stepMs, expiredMs, least, most } = rows;
    if (at < 0 || at + stepMs <= expiredMs) return;
    this.#endedRows += 1;
    if (isGauge) rows.endedLevels.push({ at, value, least, most });
    else rows.ended.push({ at, added, removed });
  }
}

/** @throws TallyError `has-history` unless nothing was ever counted on the dashboard */
export function assertWithoutHistory({ name, revision, counters }: Dashboard): void {
  const hasCounted = [...counters.values()].some(({ value, added }) => value !== 0 || added !== 0n);
  if (revision === 0 && !hasCounted) return;
  throw new TallyError('has-history', `${name} is at revision ${revision}: its past can be booked at revision 0 alone`);
}

/**
 * Compares a dashboard with the one that a past was made for, in the step that books it.
 * @throws TallyError `has-history` or `definition-changed`
 */
export function assertUnchanged(begun: Pick<Dashboard, 'epoch' | 'version'>, present: Dashboard): void {
  assertWithoutHistory(present);
  if (present.epoch === begun.epoch && present.version === begun.version) return;
  throw new TallyError('definition-changed', `the definition of ${present.name} has changed since the first line`);
}

function createRows(stepMs: RowStepMs, expiredMs: number): PastRows {
  const startTotals = { added: 0n, removed: 0n };
  return { stepMs, expiredMs, start: -1, least: 0, most: 0, startTotals, ended: [], endedLevels: [] };
}

function takeEnded({ name, isGauge }: PastCounter, rows: PastRows): readonly ExportRecord[] {
  const { stepMs, ended, endedLevels, startTotals } = rows;
  if (isGauge) {
    if (endedLevels.length === 0) return [];
    rows.endedLevels = [];
    return [{ levels: { counter: name, stepMs, levels: endedLevels } }];
  }
  const last = ended.at(-1);
  if (!last) return [];
  rows.ended = [];
  rows.startTotals = { added: last.added, removed: last.removed };
  return [{ points: { counter: name, stepMs, startTotals, buckets: ended } }];
}

function refuseLine(line: number, detail: string): TallyError {
  return refuseWith(line, { code: 'invalid-request', detail });
}

function refuseWith(line: number, { code, detail }: { readonly code: ErrorCode; readonly detail: string }): TallyError {
  return new TallyError(code, `line ${line}: ${detail}`);
}

function formatTime(atMs: number): string {
  return new Date(atMs).toISOString().replace('.000Z', 'Z');
}

/** Chooses the rows of the store that know a moment of the past, the finest that are kept. Pure; times are in ms. */
import type { TimeSpan } from '../../counters/counters.js';
import type { Period, Reckoning } from '../../counters/definition.js';
import { getPeriodAt } from '../../measures/periods.js';
import { findDay } from '../../store/open-day.js';
import { BUCKETS, DAY_ROWS, type RowRange, type RowStepMs } from '../../store/store.js';

const [SECOND, MINUTE, HOUR] = BUCKETS;
const EVER = Number.MAX_SAFE_INTEGER;
/** The longest day of a time zone: one that repeats an hour, or that follows a date that is skipped. */
const MAX_DAY_MS = 50 * 3_600_000;
/** Rows that expire while a request reads them are not used. */
const EXPIRY_MARGIN_MS = 60_000;

/** Rows of a kind, and the first kind in which a whole row of the next one must be kept to be used. */
const KINDS = [
  { ...SECOND, wholeMs: MINUTE.stepMs },
  { ...MINUTE, wholeMs: 2 * HOUR.stepMs },
  { ...HOUR, wholeMs: MAX_DAY_MS },
] as const;

/** True if all rows of a kind from `fromMs` on are kept. */
function areKeptFrom(fromMs: number, keepMs: number, nowMs: number): boolean {
  return fromMs >= nowMs - keepMs + EXPIRY_MARGIN_MS;
}

/**
 * Returns the row that a moment lies in: a second up to 2 h ago, a minute up to 14 d, an hour up to 2 y, a day before.
 * All rows of its kind that the next coarser row covers are kept too.
 */
export function findMomentRow(reckoning: Reckoning, atMs: number, nowMs: number): RowRange {
  for (const { stepMs, keepMs, wholeMs } of KINDS) {
    if (!areKeptFrom(atMs - wholeMs, keepMs, nowMs)) continue;
    const start = atMs - (atMs % stepMs);
    return { stepMs, start, end: start + stepMs };
  }
  return { stepMs: DAY_ROWS.stepMs, ...getPeriodAt(reckoning, 'day', atMs) };
}

/**
 * Returns the rows that add up to all that came after the start of a row: fine ones up to the next coarser row, so that
 * they are few. Days begin at times of their own, so hours reach up to now.
 * @param at start of a row of the kind
 */
export function listRowsFrom(stepMs: RowStepMs, at: number): RowRange[] {
  if (stepMs === DAY_ROWS.stepMs || stepMs === HOUR.stepMs) return [{ stepMs, start: at, end: EVER }];
  const coarser = stepMs === SECOND.stepMs ? MINUTE.stepMs : HOUR.stepMs;
  const end = Math.ceil(at / coarser) * coarser;
  const fine = at < end ? [{ stepMs, start: at, end }] : [];
  return [...fine, ...listRowsFrom(coarser, end)];
}

/** A period that a moment lies in, and the rows that add up to all that came after its start. */
export interface MomentPeriod {
  readonly period: Period;
  readonly span: TimeSpan;
  readonly rows: readonly RowRange[];
  /** False if its start lies within a row, and finer ones have expired: what the row counted before is left out. */
  readonly isExact: boolean;
}

/**
 * Returns the period of a kind that a moment lies in. The open day ends the day before it where it begins: after a
 * change of the zone it does not start where the calendar says.
 */
export function findMomentPeriod(
  reckoning: Reckoning,
  period: Period,
  day: TimeSpan | undefined,
  { atMs, row }: { readonly atMs: number; readonly row: RowRange },
): MomentPeriod {
  if (period !== 'hour') {
    const span = period === 'day' ? findDay(day ? { day } : {}, reckoning, atMs) : getPeriodAt(reckoning, period, atMs);
    const end = period === 'day' && day && atMs < day.start ? Math.min(span.end, day.start) : span.end;
    return { period, span: { ...span, end }, rows: listRowsFrom(DAY_ROWS.stepMs, span.start), isExact: true };
  }
  const span = getPeriodAt(reckoning, period, atMs);
  // Minutes are kept where the moment lies in a second or in a minute.
  const { stepMs } = row.stepMs <= MINUTE.stepMs ? MINUTE : row;
  if (stepMs === DAY_ROWS.stepMs) return { period, span, rows: listRowsFrom(stepMs, span.start), isExact: false };
  const start = Math.ceil(span.start / stepMs) * stepMs;
  return { period, span, rows: listRowsFrom(stepMs, start), isExact: start === span.start };
}

/**
 * Returns the start of the first row of a counter: of the finest kind that still has it. Undefined without rows.
 * @param starts oldest row of each kind in ROWS
 */
export function findFirstRow(starts: readonly (number | undefined)[], nowMs: number): number | undefined {
  const [second, minute, hour, day] = starts;
  let first = day ?? hour ?? minute ?? second;
  for (const [start, { keepMs }] of [
    [hour, HOUR],
    [minute, MINUTE],
    [second, SECOND],
  ] as const) {
    if (first === undefined || start === undefined || !areKeptFrom(first, keepMs, nowMs)) return first;
    first = Math.max(first, start);
  }
  return first;
}

/** Rows of days that started before this time have ended when a row begins. */
export function getEndedDaysBefore(at: number): number {
  return at - MAX_DAY_MS;
}

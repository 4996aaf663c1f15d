/**
 * Decides when a rule about silence holds. Pure. Moments are milliseconds since the epoch.
 *
 * Silence is counted inside windows only. A window starts at 0, counts until it ends, and the count then stands until
 * the next one starts: a silence as long as its window is reached at the end of it, and a caller that asks a little
 * late misses nothing. A change sets the count to 0 at any time, and outside windows it stays there.
 */
import type { Temporal } from 'temporal-polyfill';
import type { Reckoning } from '../../counters/definition.js';
import { findReading, toReading } from '../../measures/time-zone.js';
import { SHORT_WEEKDAYS, type SilenceCondition } from '../rule.js';

/** `PnDTnHnMnS` of ISO 8601, with at least one part. */
export const DURATION_PATTERN = /^P(?=\d|T\d)(?:(\d{1,7})D)?(?:T(?=\d)(?:(\d{1,7})H)?(?:(\d{1,7})M)?(?:(\d{1,7})S)?)?$/;
/** `HH:MM-HH:MM`, 00:00 to 23:59. */
export const WINDOW_PATTERN = /^((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)$/;

export const DURATION_MESSAGE = 'must be an ISO 8601 duration of 1 minute to 31 days, such as PT30M or P1DT12H';
export const WINDOW_MESSAGE = 'must be two different local times, HH:MM-HH:MM, such as 09:00-18:00 or 22:00-06:00';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MAX_SILENCE_MS = 31 * DAY_MS;

/** The part of a day in which silence is counted. */
export interface DailyWindow {
  /** Local times, `HH:MM`. */
  readonly startsAt: string;
  readonly endsAt: string;
  /** True if it ends on the day after the one on which it begins. */
  readonly passesMidnight: boolean;
}

/** A rule about silence, and the moment of the question. */
export interface SilenceQuery extends Pick<SilenceCondition, 'between' | 'on'> {
  /** Time of the newest change set that touched the counter or a part of the measure. */
  readonly lastTouchMs: number;
  /** As {@link parseDuration} returns it. */
  readonly silentForMs: number;
  /** Only its time zone matters: windows follow the calendar, not `dayStartsAt`. */
  readonly reckoning: Pick<Reckoning, 'timeZone'>;
  readonly nowMs: number;
}

export interface Silence {
  /** True once the silence has lasted `silentForMs`. */
  readonly isSilent: boolean;
  /** Moment from which the silence counts: the last touch, or the start of the window if that is later. */
  readonly sinceMs: number;
  /** Start of the present window, or of the last one if none is open. Absent if silence always counts. */
  readonly windowStartMs?: number;
  /**
   * Moment to ask again: when the silence will have lasted long enough or the next window starts, but at most a day
   * ahead, so that no timer is longer. Undefined if only a touch can change the answer.
   */
  readonly nextMs: number | undefined;
}

/** A window, and the start of the one after it or a day from now, whichever is sooner. */
interface Window {
  readonly startMs: number;
  readonly endMs: number;
  readonly nextStartMs: number;
}

const ENDLESS: Window = { startMs: -Infinity, endMs: Infinity, nextStartMs: Infinity };

/**
 * Returns the milliseconds of a duration such as `PT30M` or `P1DT12H`. A day has 24 hours.
 * @throws RangeError for any other text, and for less than 1 minute or more than 31 days
 */
export function parseDuration(text: string): number {
  const parts = DURATION_PATTERN.exec(text);
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts?.slice(1).map((digits) => Number(digits ?? 0)) ?? [];
  const durationMs = days * DAY_MS + hours * HOUR_MS + minutes * MINUTE_MS + seconds * 1_000;
  if (durationMs < MINUTE_MS || durationMs > MAX_SILENCE_MS) throw new RangeError(DURATION_MESSAGE);
  return durationMs;
}

/**
 * Parses `HH:MM-HH:MM`. A window whose end is the earlier time passes midnight.
 * @throws RangeError for any other text, and for equal times
 */
export function parseWindow(text: string): DailyWindow {
  const [, startsAt = '', endsAt = ''] = WINDOW_PATTERN.exec(text) ?? [];
  if (startsAt === endsAt) throw new RangeError(WINDOW_MESSAGE);
  return { startsAt, endsAt, passesMidnight: endsAt < startsAt };
}

/** Returns the length of the longest window, milliseconds, on days without a change of the clock. */
export function findLongestWindow({ between, on }: Pick<SilenceCondition, 'between' | 'on'>): number {
  if (between !== undefined) {
    const { startsAt, endsAt, passesMidnight } = parseWindow(between);
    return toMs(endsAt) - toMs(startsAt) + (passesMidnight ? DAY_MS : 0);
  }
  const isOn = SHORT_WEEKDAYS.map((day) => on?.includes(day) ?? true);
  if (!isOn.includes(false)) return Infinity;
  // Twice, for days that follow each other over the end of the week.
  const runs = [...isOn, ...isOn]
    .map((one) => (one ? '1' : ' '))
    .join('')
    .split(' ');
  return Math.max(...runs.map(({ length }) => length)) * DAY_MS;
}

/** @param time `HH:MM` */
function toMs(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * HOUR_MS + minutes * MINUTE_MS;
}

/**
 * Tells if a counter has been silent for long enough, and when to ask again. Without `between` and `on`, or with every
 * day in `on`, this is a subtraction. Otherwise it takes up to 6 computations in the time zone, 40 to 70 µs: ask at
 * `nextMs` and after a touch of a silent counter, not with every change.
 */
export function findSilence(query: SilenceQuery): Silence {
  const { lastTouchMs, silentForMs, nowMs } = query;
  const { startMs, endMs, nextStartMs } = findWindow(query);
  const sinceMs = Math.max(lastTouchMs, startMs);
  const reachedMs = sinceMs + silentForMs;
  const isReachable = reachedMs <= endMs;
  const isSilent = isReachable && nowMs >= reachedMs;
  const changeMs = isReachable && !isSilent ? reachedMs : nextStartMs;
  return {
    isSilent,
    sinceMs,
    ...(startMs !== -Infinity && { windowStartMs: startMs }),
    nextMs: changeMs === Infinity ? undefined : Math.min(changeMs, nowMs + DAY_MS),
  };
}

/**
 * Returns the last window that has started. A window starts and ends at the first moment at which the clock has reached
 * its time: a time that comes twice counts the first time, and one that is skipped is reached with the jump. Windows of
 * successive days therefore never overlap.
 */
function findWindow({ between, on, reckoning, nowMs }: SilenceQuery): Window {
  if (between === undefined && SHORT_WEEKDAYS.every((day) => on?.includes(day) ?? true)) return ENDLESS;
  const { startsAt, endsAt, passesMidnight } =
    between === undefined ? { startsAt: '00:00', endsAt: '00:00', passesMidnight: true } : parseWindow(between);
  const addDays = (date: Temporal.PlainDate, days: number): Temporal.PlainDate => date.add({ days });
  const isOn = ({ dayOfWeek }: Temporal.PlainDate): boolean =>
    on === undefined || SHORT_WEEKDAYS.some((day, index) => index === dayOfWeek - 1 && on.includes(day));
  // Whole days that follow each other are one window.
  const hasStart = (date: Temporal.PlainDate): boolean =>
    isOn(date) && (between !== undefined || !isOn(addDays(date, -1)));
  const findTime = (date: Temporal.PlainDate, time: string): number =>
    findReading(reckoning.timeZone, date.toPlainDateTime(time));

  const today = toReading(reckoning.timeZone, nowMs).toPlainDate();
  let nextStartMs: number | undefined;
  // The window of tomorrow may have started: a clock can go back over midnight. That of a week ago has, on any day.
  for (let day = 1; day >= -7; day--) {
    const date = addDays(today, day);
    if (!hasStart(date)) continue;
    const startMs = findTime(date, startsAt);
    if (startMs > nowMs) {
      nextStartMs = startMs;
      continue;
    }
    let last = date;
    if (between === undefined) while (isOn(addDays(last, 1))) last = addDays(last, 1);
    const endMs = findTime(passesMidnight ? addDays(last, 1) : last, endsAt);
    // The day after tomorrow can begin within 24 hours, when tomorrow is a short day.
    const later = addDays(today, 2);
    nextStartMs ??= hasStart(later) ? findTime(later, startsAt) : Infinity;
    return { startMs, endMs, nextStartMs: Math.min(nextStartMs, nowMs + DAY_MS) };
  }
  throw new RangeError('must name at least one day of the week');
}

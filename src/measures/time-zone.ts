/** Moments and local readings of a time zone. Moments are milliseconds since the epoch. */
import { Temporal } from 'temporal-polyfill';
import type { TimeSpan } from '../counters/counters.js';

/** An offset such as `+02:00`. `Intl.DateTimeFormat` takes them since Node 22, and refuses them in Node 20. */
const OFFSET = /^[+-]/;
const HOUR_MS = 3_600_000;

/**
 * Tells if `name` is a time zone: any name that `Intl.DateTimeFormat` takes, in any case, but no offset such as
 * `+02:00`. `PST`, `ACT` and other such names, which ICU takes and Temporal refuses, are none.
 */
export function isTimeZone(name: string): boolean {
  if (OFFSET.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    toZoned(name, 0);
    return true;
  } catch {
    return false;
  }
}

/** The local date and time of a moment. */
export function toReading(timeZone: string, atMs: number): Temporal.PlainDateTime {
  return toZoned(timeZone, atMs).toPlainDateTime();
}

/**
 * The first moment, not before `fromMs`, whose local reading is `reading` or later. A reading that comes twice counts
 * the first time. If the clock skips it, this is the moment of the jump.
 */
export function findReading(timeZone: string, reading: Temporal.PlainDateTime, fromMs = -Infinity): number {
  const first = reading.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  if (!first.toPlainDateTime().equals(reading)) return Math.max(getTransition(first, 'next'), fromMs);
  if (first.epochMilliseconds >= fromMs) return first.epochMilliseconds;
  if (Temporal.PlainDateTime.compare(toReading(timeZone, fromMs), reading) >= 0) return fromMs;
  return reading.toZonedDateTime(timeZone, { disambiguation: 'later' }).epochMilliseconds;
}

/** The offset to UTC at a moment, in milliseconds, and the span of time in which the zone has it. */
export function findOffset(timeZone: string, atMs: number): TimeSpan & { readonly offsetMs: number } {
  const at = toZoned(timeZone, atMs);
  // The transition at the moment itself counts as the start.
  const start = toZoned(timeZone, atMs + 1).getTimeZoneTransition('previous')?.epochMilliseconds;
  const end = at.getTimeZoneTransition('next')?.epochMilliseconds;
  return { offsetMs: at.offsetNanoseconds / 1_000_000, start: start ?? -Infinity, end: end ?? Infinity };
}

/** The last moment, not after `atMs`, at which the local clock strikes a full hour or jumps forward to or over one. */
export function getHourStart(timeZone: string, atMs: number): number {
  const at = toZoned(timeZone, atMs);
  const start = atMs - getMsPastHour(at);
  if (toZoned(timeZone, start).offsetNanoseconds === at.offsetNanoseconds) return start;
  const jump = getTransition(toZoned(timeZone, atMs + 1), 'previous');
  return beginsHour(timeZone, jump) ? jump : getHourStart(timeZone, jump - 1);
}

/** The first moment after `atMs` at which the local clock strikes a full hour or jumps forward to or over one. */
export function getHourEnd(timeZone: string, atMs: number): number {
  const at = toZoned(timeZone, atMs);
  const end = atMs + HOUR_MS - getMsPastHour(at);
  if (toZoned(timeZone, end).offsetNanoseconds === at.offsetNanoseconds) return end;
  const jump = getTransition(at, 'next');
  return beginsHour(timeZone, jump) ? jump : getHourEnd(timeZone, jump);
}

/** Tells if the jump of the local clock at a moment leads to a full hour, or forward over one. */
function beginsHour(timeZone: string, jumpMs: number): boolean {
  const after = toZoned(timeZone, jumpMs);
  if (getMsPastHour(after) === 0) return true;
  const before = toReading(timeZone, jumpMs - 1);
  const fullHour = after.toPlainDateTime().round({ smallestUnit: 'hour', roundingMode: 'floor' });
  return Temporal.PlainDateTime.compare(before, fullHour) < 0;
}

function toZoned(timeZone: string, atMs: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timeZone);
}

function getMsPastHour(at: Temporal.ZonedDateTime): number {
  return (at.minute * 60 + at.second) * 1_000 + at.millisecond;
}

/** The next or previous change of the zone's offset. Only called where there is one. */
function getTransition(from: Temporal.ZonedDateTime, direction: 'next' | 'previous'): number {
  const transition = from.getTimeZoneTransition(direction);
  if (transition === null)
    throw new RangeError(`${from.timeZoneId} has no ${direction} transition at ${from.toString()}`);
  return transition.epochMilliseconds;
}

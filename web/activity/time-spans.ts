/** The minute and the hour of a time zone that a moment lies in. Pure. */

/** Milliseconds since the Unix epoch; `end` is not part of the span. */
export interface TimeSpan {
  readonly start: number;
  readonly end: number;
}

const [SPAN_MINUTE_MS, SPAN_HOUR_MS] = [60_000, 3_600_000];
/** Zones change their offsets at whole quarters of an hour of UTC, so that a quarter tells the minute. */
const QUARTER_MS = 900_000;
const MAX_KNOWN_QUARTERS = 5_000;
const knownQuarters = new Map<string, number>();

export function getMinuteSpan(ms: number): TimeSpan {
  const start = Math.floor(ms / SPAN_MINUTE_MS) * SPAN_MINUTE_MS;
  return { start, end: start + SPAN_MINUTE_MS };
}

/** Returns the hour on the clocks of a zone: offsets are whole minutes, not always whole hours. */
export function getHourSpan(ms: number, timeZone: string): TimeSpan {
  const start = getMinuteSpan(ms).start - readMinute(ms, timeZone) * SPAN_MINUTE_MS;
  return { start, end: start + SPAN_HOUR_MS };
}

function readMinute(ms: number, timeZone: string): number {
  const quarter = Math.floor(ms / QUARTER_MS);
  const key = `${timeZone} ${quarter}`;
  let minute = knownQuarters.get(key);
  if (minute === undefined) {
    const format = new Intl.DateTimeFormat('en', { minute: 'numeric', numberingSystem: 'latn', timeZone });
    minute = Number(format.format(quarter * QUARTER_MS));
    if (knownQuarters.size >= MAX_KNOWN_QUARTERS) knownQuarters.clear();
    knownQuarters.set(key, minute);
  }
  return minute + Math.floor((ms - quarter * QUARTER_MS) / SPAN_MINUTE_MS);
}

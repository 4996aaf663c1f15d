/** Converts between moments and readings of a zone's clock, for the marks of the time axis. Pure. */

/** Creating a format takes a hundred times as long as using it. */
const formats = new Map<string, Intl.DateTimeFormat>();

function getFormat(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  return format;
}

/**
 * Returns the reading of a zone's clock, as the milliseconds that UTC has at the same reading.
 * @param ms milliseconds since the Unix epoch
 */
export function toLocal(ms: number, timeZone: string): number {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of getFormat(timeZone).formatToParts(ms)) parts[type] = Number(value);
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((ms % 1_000) + 1_000) % 1_000);
}

/** Returns the moment of a reading; of one that the clocks skip, a moment near to it. */
export function fromLocal(local: number, timeZone: string): number {
  let ms = local;
  // The second round is for readings near a shift of the clocks.
  for (let round = 0; round < 2; round += 1) ms += local - toLocal(ms, timeZone);
  return ms;
}

/** Writes moments as ISO 8601 with the offset of a time zone. */
import { findOffset } from './time-zone.js';

const MINUTE_MS = 60_000;

/** Looks the offset up once for all moments up to the next change of it: one that is known costs a microsecond. */
export class ZonedTimeFormatter {
  #known = { offsetMs: 0, start: Infinity, end: -Infinity };

  constructor(readonly timeZone: string) {}

  /**
   * Writes a moment as `2026-03-01T14:00:00+01:00`.
   * @param atMs milliseconds since the Unix epoch
   * @param digits digits behind the seconds: 3, or 0 to leave milliseconds out
   */
  format(atMs: number, digits: 0 | 3): string {
    if (atMs < this.#known.start || atMs >= this.#known.end) this.#known = findOffset(this.timeZone, atMs);
    const { offsetMs } = this.#known;
    const local = new Date(atMs + offsetMs).toISOString();
    const minutes = Math.abs(offsetMs) / MINUTE_MS;
    const offset = `${toTwoDigits(Math.floor(minutes / 60))}:${toTwoDigits(Math.floor(minutes % 60))}`;
    return `${local.slice(0, digits === 0 ? -5 : -1)}${offsetMs < 0 ? '-' : '+'}${offset}`;
  }
}

function toTwoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/**
 * Local readings of all zones that `Intl` knows, and the starts of hours and days that follow from them. It uses
 * `Intl.DateTimeFormat` and arithmetic alone, so that it can judge code that uses another library. A reading is a
 * number: the moment at which a clock of UTC reads the same, so `Date.UTC(2026, 0, 1)` is midnight of 1 January
 * anywhere.
 */
const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The zones are searched for shifts from `FROM` to `TO`. None shifts twice within a week. */
const FROM = Date.UTC(2024, 10, 1);
const TO = Date.UTC(2027, 2, 1);
const SEARCH_STEP_MS = 7 * DAY_MS;

/** A stretch of time with one offset; `to` is exclusive. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly offset: number;
}

export class ZoneReadings {
  readonly #format: Intl.DateTimeFormat;
  readonly #stretches: readonly Stretch[];

  constructor(readonly timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    this.#stretches = this.#findStretches();
  }

  /** The moments at which the clock is set forward or back, in 2025 and 2026. */
  get shifts(): number[] {
    const starts = this.#stretches.slice(1).map(({ from }) => from);
    return starts.filter((at) => at >= Date.UTC(2025, 0, 1) && at < Date.UTC(2027, 0, 1));
  }

  /** Equal for zones whose clocks read the same throughout. */
  get signature(): string {
    return JSON.stringify(this.#stretches);
  }

  /** The reading of the clock at a moment. */
  read(atMs: number): number {
    const [month = 0, day, year = 0, hour, minute, second] = this.#format.format(atMs).match(/\d+/g)?.map(Number) ?? [];
    return Date.UTC(year, month - 1, day, hour, minute, second) + (((atMs % 1_000) + 1_000) % 1_000);
  }

  /** The first moment, not before `fromMs`, at which the clock reads `reading` or later. */
  findFirst(reading: number, fromMs = FROM): number {
    for (const { from, to, offset } of this.#stretches) {
      const atMs = Math.max(reading - offset, from, fromMs);
      if (atMs < to) return atMs;
    }
    throw new RangeError(`${this.timeZone} does not read ${new Date(reading).toISOString()} within the range`);
  }

  /** The moments from `fromMs` to `toMs` at which the clock strikes a full hour, or is set forward to or over one. */
  listFullHours(fromMs: number, toMs: number): number[] {
    const hours = new Set<number>();
    for (const { from, to, offset } of this.#stretches) {
      const start = Math.max(from, fromMs);
      const end = Math.min(to, toMs + 1);
      // A clock that is set forward to or over a full hour strikes it at that moment.
      const before = start === from ? this.read(from - 1) + 1 : start + offset;
      let fullHour = Math.ceil(Math.min(before, start + offset) / HOUR_MS) * HOUR_MS;
      for (; fullHour - offset < end; fullHour += HOUR_MS) hours.add(Math.max(fullHour - offset, start));
    }
    return [...hours].toSorted((a, b) => a - b);
  }

  #findStretches(): Stretch[] {
    const stretches: Stretch[] = [];
    let from = FROM;
    let offset = this.#getOffset(FROM);
    for (let at = FROM; at < TO; at += SEARCH_STEP_MS) {
      const next = this.#getOffset(at + SEARCH_STEP_MS);
      if (next === offset) continue;
      const to = this.#bisect(at, at + SEARCH_STEP_MS, offset);
      stretches.push({ from, to, offset });
      from = to;
      offset = next;
    }
    return [...stretches, { from, to: TO + SEARCH_STEP_MS, offset }];
  }

  /** The first moment with another offset than at `low`. Zones shift at full minutes. */
  #bisect(low: number, high: number, offset: number): number {
    while (high - low > MINUTE_MS) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS;
      if (this.#getOffset(middle) === offset) low = middle;
      else high = middle;
    }
    return high;
  }

  #getOffset(atMs: number): number {
    return this.read(atMs) - atMs;
  }
}

export interface Shift {
  readonly zone: ZoneReadings;
  readonly at: number;
  /** Position in the list, to rotate what is combined with it. */
  readonly i: number;
}

/** All zones that `Intl` knows. */
export function listZones(): ZoneReadings[] {
  return Intl.supportedValuesOf('timeZone').map((name) => new ZoneReadings(name));
}

/** All shifts of zones in 2025 and 2026. */
export function listShifts(zones: readonly ZoneReadings[]): Shift[] {
  return zones.flatMap((zone) => zone.shifts.map((at) => ({ zone, at }))).map((shift, i) => ({ ...shift, i }));
}

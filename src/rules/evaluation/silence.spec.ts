/** Silence, counted in windows of a time zone, against a walk through time in steps of 5 minutes. */
import {
  type Arbitrary,
  array,
  assert,
  constantFrom,
  integer,
  option,
  property,
  record,
  subarray,
  tuple,
} from 'fast-check';
import { toIso } from '../../../test/support/period-cases.js';
import { DAY_MS, HOUR_MS, ZoneReadings } from '../../../test/support/zone-readings.js';
import { SHORT_WEEKDAYS, type ShortWeekday } from '../rule.js';
import { findSilence, parseDuration, parseWindow, type SilenceQuery } from './silence.js';

const MINUTE_MS = 60_000;

interface Case extends Pick<SilenceQuery, 'between' | 'on'> {
  readonly zone?: string;
  readonly touch: string;
  readonly silentFor?: string;
  readonly now: string;
}

function find({ zone = 'Europe/Berlin', touch, silentFor = 'PT30M', now, ...window }: Case): Record<string, unknown> {
  const { isSilent, sinceMs, windowStartMs, nextMs } = findSilence({
    ...window,
    lastTouchMs: Date.parse(touch),
    silentForMs: parseDuration(silentFor),
    reckoning: { timeZone: zone },
    nowMs: Date.parse(now),
  });
  return {
    isSilent,
    since: toIso(sinceMs),
    ...(windowStartMs !== undefined && { window: toIso(windowStartMs) }),
    ...(nextMs !== undefined && { next: toIso(nextMs) }),
  };
}

describe('a duration', () => {
  it.each([
    ['PT30M', 30 * MINUTE_MS],
    ['PT60S', MINUTE_MS],
    ['P31D', 31 * DAY_MS],
    ['P1DT2H3M4S', DAY_MS + 2 * HOUR_MS + 3 * MINUTE_MS + 4_000],
    ['PT744H', 31 * DAY_MS],
  ])('%s is %d ms', (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  it.each([
    '',
    'P',
    'PT',
    'P1DT',
    'PT59S',
    'P31DT1S',
    'P1W',
    'P1M',
    'PT1.5H',
    'PT1M30',
    '30M',
    'pt30m',
    'PT-5M',
    'PT30M ',
  ])('is not %j', (text) => {
    expect(() => parseDuration(text)).toThrow('must be an ISO 8601 duration of 1 minute to 31 days');
  });
});

describe('a window', () => {
  it('may pass midnight', () => {
    expect(parseWindow('09:00-18:30')).toEqual({ startsAt: '09:00', endsAt: '18:30', passesMidnight: false });
    expect(parseWindow('22:00-06:00')).toEqual({ startsAt: '22:00', endsAt: '06:00', passesMidnight: true });
    expect(parseWindow('09:00-00:00')).toEqual({ startsAt: '09:00', endsAt: '00:00', passesMidnight: true });
  });

  it.each(['', '09:00', '09:00-09:00', '9:00-18:00', '09:00-24:00', '09:60-18:00', '09:00 - 18:00', '09:00-18:00Z'])(
    'is not %j',
    (text) => {
      expect(() => parseWindow(text)).toThrow('must be two different local times');
    },
  );
});

describe('silence', () => {
  it.each<[string, Case, Record<string, unknown>]>([
    [
      'without a window counts at any time',
      { touch: '2026-07-01T22:00Z', now: '2026-07-01T22:10Z' },
      { isSilent: false, since: '2026-07-01T22:00Z', next: '2026-07-01T22:30Z' },
    ],
    [
      'without a window ends with a touch only',
      { touch: '2026-07-01T22:00Z', now: '2026-07-01T22:30Z' },
      { isSilent: true, since: '2026-07-01T22:00Z' },
    ],
    [
      'is asked for at least once a day until then',
      { touch: '2026-07-01T22:00Z', now: '2026-07-01T22:10Z', silentFor: 'P31D' },
      { isSilent: false, since: '2026-07-01T22:00Z', next: '2026-07-02T22:10Z' },
    ],
    [
      'on every day of the week is without a window',
      { touch: '2026-07-01T22:00Z', now: '2026-07-09T22:00Z', on: SHORT_WEEKDAYS },
      { isSilent: true, since: '2026-07-01T22:00Z' },
    ],
    [
      'has not begun with a touch that another clock has dated later',
      { touch: '2026-07-01T22:01Z', now: '2026-07-01T22:00Z' },
      { isSilent: false, since: '2026-07-01T22:01Z', next: '2026-07-01T22:31Z' },
    ],
    [
      'starts at 0 with the window',
      { touch: '2026-06-30T20:00Z', now: '2026-07-01T07:10Z', between: '09:00-18:00' },
      { isSilent: false, since: '2026-07-01T07:00Z', window: '2026-07-01T07:00Z', next: '2026-07-01T07:30Z' },
    ],
    [
      'is reached in the window, and stands until the next one starts',
      { touch: '2026-07-01T10:00Z', now: '2026-07-01T19:00Z', between: '09:00-18:00' },
      { isSilent: true, since: '2026-07-01T10:00Z', window: '2026-07-01T07:00Z', next: '2026-07-02T07:00Z' },
    ],
    [
      'can be as long as the window',
      { touch: '2026-07-01T06:00Z', now: '2026-07-01T16:00Z', between: '09:00-18:00', silentFor: 'PT9H' },
      { isSilent: true, since: '2026-07-01T07:00Z', window: '2026-07-01T07:00Z', next: '2026-07-02T07:00Z' },
    ],
    [
      'does not count after the window',
      { touch: '2026-07-01T15:45Z', now: '2026-07-01T17:00Z', between: '09:00-18:00' },
      { isSilent: false, since: '2026-07-01T15:45Z', window: '2026-07-01T07:00Z', next: '2026-07-02T07:00Z' },
    ],
    [
      'ends with a touch after the window',
      { touch: '2026-07-01T17:30Z', now: '2026-07-01T19:00Z', between: '09:00-18:00' },
      { isSilent: false, since: '2026-07-01T17:30Z', window: '2026-07-01T07:00Z', next: '2026-07-02T07:00Z' },
    ],
    [
      'in a window past midnight belongs to the day on which it begins: Saturday 01:00 to Friday',
      { touch: '2026-07-03T12:00Z', now: '2026-07-03T23:00Z', between: '22:00-06:00', on: ['fri'] },
      { isSilent: true, since: '2026-07-03T20:00Z', window: '2026-07-03T20:00Z', next: '2026-07-04T23:00Z' },
    ],
    [
      'in a window past midnight does not count on the morning of its day',
      { touch: '2026-06-26T20:10Z', now: '2026-07-03T01:00Z', between: '22:00-06:00', on: ['fri'], silentFor: 'PT9H' },
      { isSilent: false, since: '2026-06-26T20:10Z', window: '2026-06-26T20:00Z', next: '2026-07-03T20:00Z' },
    ],
    [
      'counts through a week end that is one window',
      { touch: '2026-07-01T12:00Z', now: '2026-07-05T12:00Z', on: ['sun', 'sat'], silentFor: 'P1DT12H' },
      { isSilent: true, since: '2026-07-03T22:00Z', window: '2026-07-03T22:00Z', next: '2026-07-06T12:00Z' },
    ],
    [
      'of working days starts at 0 on Monday',
      { touch: '2026-07-03T15:00Z', now: '2026-07-05T22:20Z', on: ['mon', 'tue', 'wed', 'thu', 'fri'] },
      { isSilent: false, since: '2026-07-05T22:00Z', window: '2026-07-05T22:00Z', next: '2026-07-05T22:30Z' },
    ],
    [
      'counts real time when clocks go forward: 01:30 to 03:30 is an hour',
      { touch: '2026-03-29T00:30Z', now: '2026-03-29T01:00Z', between: '00:00-06:00', silentFor: 'PT1H' },
      { isSilent: false, since: '2026-03-29T00:30Z', window: '2026-03-28T23:00Z', next: '2026-03-29T01:30Z' },
    ],
    [
      'counts real time when clocks go back: 02:30 to 02:30 is an hour',
      { touch: '2026-10-25T00:30Z', now: '2026-10-25T01:30Z', between: '00:00-06:00', silentFor: 'PT1H' },
      { isSilent: true, since: '2026-10-25T00:30Z', window: '2026-10-24T22:00Z', next: '2026-10-25T23:00Z' },
    ],
    [
      'starts with the jump of the clock over the start of the window',
      { touch: '2026-03-28T20:00Z', now: '2026-03-29T01:10Z', between: '02:30-05:00' },
      { isSilent: false, since: '2026-03-29T01:00Z', window: '2026-03-29T01:00Z', next: '2026-03-29T01:30Z' },
    ],
    [
      'starts with the first of two equal times',
      { touch: '2026-10-24T20:00Z', now: '2026-10-25T00:50Z', between: '02:30-05:00', silentFor: 'PT1H' },
      { isSilent: false, since: '2026-10-25T00:30Z', window: '2026-10-25T00:30Z', next: '2026-10-25T01:30Z' },
    ],
    [
      'does not count in a window that the clock skips',
      { touch: '2026-03-28T01:20Z', now: '2026-03-29T02:00Z', between: '02:05-02:55', silentFor: 'PT1M' },
      { isSilent: false, since: '2026-03-29T01:00Z', window: '2026-03-29T01:00Z', next: '2026-03-30T00:05Z' },
    ],
    [
      'is asked for when a window of the day after tomorrow starts within 24 hours',
      { touch: '2026-03-28T20:00Z', now: '2026-03-28T22:30Z', between: '00:15-05:00', on: ['mon'] },
      { isSilent: false, since: '2026-03-28T20:00Z', window: '2026-03-22T23:15Z', next: '2026-03-29T22:15Z' },
    ],
    [
      'of a day without midnight in Havana starts at 01:00',
      { zone: 'America/Havana', touch: '2026-03-07T20:00Z', now: '2026-03-08T05:10Z', on: ['sun'] },
      { isSilent: false, since: '2026-03-08T05:00Z', window: '2026-03-08T05:00Z', next: '2026-03-08T05:30Z' },
    ],
    [
      'goes on in Havana when midnight comes again',
      { zone: 'America/Havana', touch: '2026-10-31T20:00Z', now: '2026-11-01T05:00Z', on: ['sun'], silentFor: 'PT1H' },
      { isSilent: true, since: '2026-11-01T04:00Z', window: '2026-11-01T04:00Z', next: '2026-11-02T05:00Z' },
    ],
    [
      'on Lord Howe counts half an hour twice',
      { zone: 'Australia/Lord_Howe', touch: '2026-04-04T14:45Z', now: '2026-04-04T15:14Z', between: '01:45-02:15' },
      { isSilent: false, since: '2026-04-04T14:45Z', window: '2026-04-04T14:45Z', next: '2026-04-04T15:15Z' },
    ],
  ])('%s', (_, query, expected) => {
    expect(find(query)).toEqual(expected);
  });

  it('refuses a rule without a day instead of searching for one', () => {
    expect(() => find({ touch: '2026-07-01T10:00Z', now: '2026-07-01T11:00Z', on: [] })).toThrow(RangeError);
  });
});

const STEP_MS = 5 * MINUTE_MS;
const DAY_STEPS = DAY_MS / STEP_MS;
/** A window can have started a week before the first sample. */
const FIRST_SAMPLE = 8 * DAY_STEPS;
const LAST_SAMPLE = 11 * DAY_STEPS;
const STEP_COUNT = 13 * DAY_STEPS;

/** 13 days around a shift of the clocks of a zone. */
interface Walk {
  readonly timeZone: string;
  readonly startMs: number;
  /** The furthest that the clock has been, at each step. A clock that goes back stays where it was. */
  readonly furthest: readonly number[];
}

function walk(zone: ZoneReadings, shiftMs: number): Walk {
  const startMs = shiftMs - 9.5 * DAY_MS;
  let reading = -Infinity;
  const readFurthest = (_: unknown, step: number): number =>
    (reading = Math.max(reading, zone.read(startMs + step * STEP_MS)));
  return { timeZone: zone.timeZone, startMs, furthest: Array.from({ length: STEP_COUNT }, readFurthest) };
}

interface Rule {
  readonly silentForMs: number;
  readonly between: string | null;
  readonly on: readonly ShortWeekday[] | null;
  /** Steps at which the counter is touched. */
  readonly touches: readonly number[];
}

/** The start of the last window, and if it is open, at a reading of a clock that never goes back. */
function locate({ between, on }: Rule, reading: number): { readonly start: number; readonly isOpen: boolean } {
  const days = on ?? SHORT_WEEKDAYS;
  const isOn = (day: number): boolean => days.includes(SHORT_WEEKDAYS[(day / DAY_MS + 3) % 7] ?? 'mon');
  const [start = 0, end = 0] = (between ?? '00:00-00:00')
    .split('-')
    .map((time) => Number(time.slice(0, 2)) * HOUR_MS + Number(time.slice(3)) * MINUTE_MS);
  for (let day = Math.floor(reading / DAY_MS) * DAY_MS; ; day -= DAY_MS) {
    if (day + start > reading || !isOn(day) || (between === null && isOn(day - DAY_MS))) continue;
    let last = day;
    if (between === null) while (isOn(last + DAY_MS)) last += DAY_MS;
    return { start: day + start, isOpen: reading < last + end + (end <= start ? DAY_MS : 0) };
  }
}

/** The answer and the last touch at each step, from a count that grows with each step in a window. */
function countSilence(rule: Rule, { furthest }: Walk): { readonly isSilent: boolean; readonly touch: number }[] {
  let windowStart = NaN;
  let count = 0;
  let touch = 0;
  return furthest.map((reading, step) => {
    const { start, isOpen } = locate(rule, reading);
    if (rule.touches.includes(step)) touch = step;
    if (touch === step || start !== windowStart) count = 0;
    windowStart = start;
    const isSilent = count * STEP_MS >= rule.silentForMs;
    if (isOpen) count += 1;
    return { isSilent, touch };
  });
}

it('silence is what a walk through time counts, and does not change before the next moment to ask', () => {
  const walks = ['Europe/Berlin', 'America/Havana', 'Australia/Lord_Howe', 'America/Santiago'].flatMap((timeZone) => {
    const zone = new ZoneReadings(timeZone);
    return zone.shifts.slice(0, 2).map((shiftMs) => walk(zone, shiftMs));
  });
  const quarters = (from: number, to: number): Arbitrary<number> =>
    integer({ min: from, max: to }).map((count) => count * 15 * MINUTE_MS);
  const steps = (length: number, min: number, max: number): Arbitrary<number[]> =>
    array(integer({ min, max }), { minLength: length, maxLength: length });
  const toTime = (ms: number): string => new Date(ms).toISOString().slice(11, 16);
  const between = tuple(quarters(0, 95), quarters(1, 95)).map(
    ([start, length]) => `${toTime(start)}-${toTime((start + length) % DAY_MS)}`,
  );
  const rules = record({
    silentForMs: quarters(1, 40),
    between: option(between),
    on: option(subarray<ShortWeekday>([...SHORT_WEEKDAYS], { minLength: 1, maxLength: 6 })),
    touches: steps(6, 1, STEP_COUNT - 1),
  }).filter((rule) => rule.between !== null || rule.on !== null);
  assert(
    property(constantFrom(...walks), rules, steps(20, FIRST_SAMPLE, LAST_SAMPLE), (zone, rule, samples) => {
      const answers = countSilence(rule, zone);
      const toMs = (step: number): number => zone.startMs + step * STEP_MS;
      const { silentForMs, touches } = rule;
      for (const sample of samples) {
        const { isSilent, touch } = answers[sample] ?? { isSilent: false, touch: NaN };
        const nowMs = toMs(sample);
        const found = findSilence({
          silentForMs,
          ...omitNull(rule),
          lastTouchMs: toMs(touch),
          reckoning: { timeZone: zone.timeZone },
          nowMs,
        });
        expect(found.isSilent).toBe(isSilent);
        const { nextMs = NaN } = found;
        expect(nextMs > nowMs && nextMs <= nowMs + DAY_MS).toBe(true);
        const change = answers.findIndex((answer, step) => step > sample && answer.isSilent !== isSilent);
        const isTouchedFirst = touches.some((step) => step > sample && step <= change);
        expect(change < 0 || isTouchedFirst || toMs(change) >= nextMs).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

function omitNull({ between, on }: Rule): Pick<SilenceQuery, 'between' | 'on'> {
  return { ...(between !== null && { between }), ...(on !== null && { on }) };
}

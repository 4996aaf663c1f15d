/** Periods of a time zone, against the readings that `Intl` has for every zone and every shift of two years. */
import { Temporal } from 'temporal-polyfill';
import { DAY_MS, HOUR_MS, listShifts, listZones } from '../../test/support/zone-readings.js';
import { DAY_STARTS, listDifferences, toIso, toReckoning } from '../../test/support/period-cases.js';
import type { TimeSpan } from '../counters/counters.js';
import { type Period, type Reckoning, WEEKDAYS } from '../counters/definition.js';
import { DayCalendar } from './day-calendar.js';
import { DEFAULT_RECKONING } from './reckoning.js';
import { getPeriodAt, getPrevious, listPeriods } from './periods.js';
import { findReading, isTimeZone } from './time-zone.js';

const zones = listZones();
const shifts = listShifts(zones);
const distinctZones = [...new Map(zones.map((zone) => [zone.signature, zone])).values()];
const toMs = (time: string): number => Number(time.slice(0, 2)) * HOUR_MS + Number(time.slice(3)) * 60_000;
const toText = ({ start, end }: TimeSpan): string => `${toIso(start)} ${toIso(end)}`;
const toRanges = (starts: readonly number[]): TimeSpan[] =>
  starts.slice(1).map((end, i) => ({ start: starts[i] ?? NaN, end }));

/** The first dates of the periods that begin in 2025 and 2026, and of the one after, as readings at midnight. */
function listFirstDates(period: Exclude<Period, 'hour'>, weekStartsOn: Reckoning['weekStartsOn']): number[] {
  const days = Array.from({ length: 731 }, (_, i) => Date.UTC(2025, 0, 1 + i));
  return days.filter((ms) => {
    const date = new Date(ms);
    switch (period) {
      case 'day':
        return true;
      case 'week':
        return (date.getUTCDay() + 6) % 7 === WEEKDAYS.indexOf(weekStartsOn);
      case 'month':
        return date.getUTCDate() === 1;
      case 'year':
        return date.getUTCDate() === 1 && date.getUTCMonth() === 0;
    }
  });
}

describe('every zone', () => {
  it('is known with its shifts', () => {
    expect(zones.length).toBeGreaterThan(400);
    expect(shifts.length).toBeGreaterThan(400);
    expect(listDifferences(zones, ({ timeZone }) => [timeZone, isTimeZone(timeZone), true])).toEqual([]);
  });

  it.each(['day', 'week', 'month', 'year'] as const)('is divided into each %s of two years without gap', (period) => {
    const differences = listDifferences(
      (period === 'day' ? distinctZones : zones).map((zone, i) => ({ zone, i })),
      ({ zone, i }) => {
        const dayStartsAt = DAY_STARTS[i % DAY_STARTS.length] ?? '';
        const weekStartsOn = WEEKDAYS[i % WEEKDAYS.length] ?? 'monday';
        const firstDates = listFirstDates(period, weekStartsOn);
        const expected = toRanges(firstDates.map((date) => zone.findFirst(date + toMs(dayStartsAt)))).toReversed();
        const before = expected[0]?.end ?? NaN;
        const reckoning = toReckoning(zone.timeZone, dayStartsAt, weekStartsOn);
        return [`${zone.timeZone} ${dayStartsAt}`, listPeriods(reckoning, period, before, expected.length), expected];
      },
    );
    expect(differences).toEqual([]);
  });
});

describe('every shift of a clock', () => {
  it('lies in hours that last from one full hour of the clock to the next', () => {
    const differences = listDifferences(shifts, ({ zone, at }) => {
      const expected = toRanges(zone.listFullHours(at - 4 * HOUR_MS, at + 4 * HOUR_MS)).toReversed();
      const before = expected[0]?.end ?? NaN;
      return [
        `${zone.timeZone} ${toIso(at)}`,
        listPeriods(toReckoning(zone.timeZone), 'hour', before, expected.length),
        expected,
      ];
    });
    expect(differences).toEqual([]);
  });

  it.each(DAY_STARTS)('leaves days that begin when the clock has reached %s, and no earlier', (dayStartsAt) => {
    const differences = listDifferences(shifts, ({ zone, at }) => {
      const days = listPeriods(toReckoning(zone.timeZone, dayStartsAt), 'day', at + 2 * DAY_MS, 4);
      const last = zone.read(days[0]?.start ?? NaN);
      // The newest of the days begins after the shift, and is named by its reading.
      const startReadings = days.map((_, i) => Math.floor(last / DAY_MS) * DAY_MS + toMs(dayStartsAt) - i * DAY_MS);
      const isReached = days.map(({ start }, i) => {
        const reading = startReadings[i] ?? NaN;
        return [zone.read(start) >= reading, zone.read(start - 1) >= reading];
      });
      return [`${zone.timeZone} ${toIso(at)}`, isReached, days.map(() => [true, false])];
    });
    expect(differences).toEqual([]);
  });

  it('finds every moment around it in the one period that contains it', () => {
    const distances = [-DAY_MS, -1, 0, HOUR_MS - 1, 3 * HOUR_MS];
    const differences = listDifferences(shifts, ({ zone, at, i }) => {
      const reckoning = toReckoning(zone.timeZone, DAY_STARTS[i % DAY_STARTS.length]);
      const found = (['hour', 'day'] as const).flatMap((period) => {
        const rows = listPeriods(reckoning, period, at + DAY_MS, period === 'hour' ? 50 : 4);
        return distances.map((distance) => {
          const moment = at + distance;
          const row = rows.find(({ start, end }) => start <= moment && moment < end);
          return [getPeriodAt(reckoning, period, moment), row];
        });
      });
      return [`${zone.timeZone} ${toIso(at)}`, found.map(([actual]) => actual), found.map(([, row]) => row)];
    });
    expect(differences).toEqual([]);
  });
});

const BERLIN = toReckoning('Europe/Berlin');

describe('a period', () => {
  it.each<[string, Reckoning, Period, string, string]>([
    ['is a day of 23 h', BERLIN, 'day', '2025-03-30T12:00Z', '2025-03-29T23:00Z 2025-03-30T22:00Z'],
    ['is a day of 25 h', BERLIN, 'day', '2025-10-26T12:00Z', '2025-10-25T22:00Z 2025-10-26T23:00Z'],
    ['is the first of two hours', BERLIN, 'hour', '2025-10-26T00:30Z', '2025-10-26T00:00Z 2025-10-26T01:00Z'],
    ['is the second of two hours', BERLIN, 'hour', '2025-10-26T01:30Z', '2025-10-26T01:00Z 2025-10-26T02:00Z'],
    ['is the hour after a skipped one', BERLIN, 'hour', '2025-03-30T01:00Z', '2025-03-30T01:00Z 2025-03-30T02:00Z'],
    ['is a week of a shift', BERLIN, 'week', '2025-03-30T12:00Z', '2025-03-23T23:00Z 2025-03-30T22:00Z'],
    ['is a month of a shift', BERLIN, 'month', '2025-10-01T12:00Z', '2025-09-30T22:00Z 2025-10-31T23:00Z'],
    ['is a year', BERLIN, 'year', '2025-07-01T12:00Z', '2024-12-31T23:00Z 2025-12-31T23:00Z'],
    [
      'begins at the first of two midnights',
      toReckoning('America/Havana'),
      'day',
      '2025-11-02T05:30Z',
      '2025-11-02T04:00Z 2025-11-03T05:00Z',
    ],
    [
      'begins at 01:00 where midnight is skipped in Havana',
      toReckoning('America/Havana'),
      'day',
      '2025-03-09T05:00Z',
      '2025-03-09T05:00Z 2025-03-10T04:00Z',
    ],
    [
      'begins at 01:00 where midnight is skipped in the Azores',
      toReckoning('Atlantic/Azores'),
      'day',
      '2025-03-30T12:00Z',
      '2025-03-30T01:00Z 2025-03-31T00:00Z',
    ],
    [
      'begins at the first of two midnights in the Azores',
      toReckoning('Atlantic/Azores'),
      'day',
      '2025-10-26T01:30Z',
      '2025-10-26T00:00Z 2025-10-27T01:00Z',
    ],
    [
      'begins at 01:00 where midnight is skipped in Cairo',
      toReckoning('Africa/Cairo'),
      'day',
      '2025-04-25T12:00Z',
      '2025-04-24T22:00Z 2025-04-25T21:00Z',
    ],
    [
      'keeps its last hour twice in Cairo',
      toReckoning('Africa/Cairo'),
      'day',
      '2025-10-30T21:30Z',
      '2025-10-29T21:00Z 2025-10-30T22:00Z',
    ],
    [
      'stays the day that has begun when the clock goes back behind its start',
      toReckoning('Africa/Cairo', '23:30'),
      'day',
      '2025-10-30T21:15Z',
      '2025-10-30T20:30Z 2025-10-31T21:30Z',
    ],
    [
      'is an hour of 90 min',
      toReckoning('Australia/Lord_Howe'),
      'hour',
      '2025-04-05T15:10Z',
      '2025-04-05T14:00Z 2025-04-05T15:30Z',
    ],
    [
      'is an hour of 30 min',
      toReckoning('Australia/Lord_Howe'),
      'hour',
      '2025-10-04T15:40Z',
      '2025-10-04T15:30Z 2025-10-04T16:00Z',
    ],
    [
      'is an hour of a zone beside the full hour',
      toReckoning('Asia/Kathmandu'),
      'hour',
      '2025-06-01T12:00Z',
      '2025-06-01T11:15Z 2025-06-01T12:15Z',
    ],
    [
      'is a day of a zone beside the full hour',
      toReckoning('Asia/Kathmandu'),
      'day',
      '2025-06-01T18:15Z',
      '2025-06-01T18:15Z 2025-06-02T18:15Z',
    ],
    [
      'is the 45 min before a clock is set from 02:45 to 03:45',
      toReckoning('Pacific/Chatham'),
      'hour',
      '2025-09-27T13:59Z',
      '2025-09-27T13:15Z 2025-09-27T14:00Z',
    ],
    [
      'is the 15 min after a clock was set from 02:45 to 03:45',
      toReckoning('Pacific/Chatham'),
      'hour',
      '2025-09-27T14:00Z',
      '2025-09-27T14:00Z 2025-09-27T14:15Z',
    ],
    [
      'is the hour in which a clock is set from 03:45 to 02:45',
      toReckoning('Pacific/Chatham'),
      'hour',
      '2026-04-04T14:10Z',
      '2026-04-04T13:15Z 2026-04-04T14:15Z',
    ],
    [
      'is 29 December before the skipped date',
      toReckoning('Pacific/Apia'),
      'day',
      '2011-12-30T09:59Z',
      '2011-12-29T10:00Z 2011-12-30T10:00Z',
    ],
    [
      'is 31 December after the skipped date',
      toReckoning('Pacific/Apia'),
      'day',
      '2011-12-30T10:00Z',
      '2011-12-30T10:00Z 2011-12-31T10:00Z',
    ],
    [
      'is a week that begins with a skipped date',
      toReckoning('Pacific/Apia', '00:00', 'friday'),
      'week',
      '2012-01-01T00:00Z',
      '2011-12-30T10:00Z 2012-01-05T10:00Z',
    ],
    [
      'is a day eleven hours behind UTC',
      toReckoning('Pacific/Pago_Pago'),
      'day',
      '2026-01-01T10:59Z',
      '2025-12-31T11:00Z 2026-01-01T11:00Z',
    ],
    [
      'is February of a leap year',
      DEFAULT_RECKONING,
      'month',
      '2028-02-29T23:59Z',
      '2028-02-01T00:00Z 2028-03-01T00:00Z',
    ],
    ['is a leap year', DEFAULT_RECKONING, 'year', '2028-02-29T00:00Z', '2028-01-01T00:00Z 2029-01-01T00:00Z'],
    ['is a week from Monday', DEFAULT_RECKONING, 'week', '2026-03-01T12:00Z', '2026-02-23T00:00Z 2026-03-02T00:00Z'],
    [
      'is a week from Sunday',
      toReckoning('UTC', '00:00', 'sunday'),
      'week',
      '2026-03-01T12:00Z',
      '2026-03-01T00:00Z 2026-03-08T00:00Z',
    ],
    [
      'is a week from Saturday',
      toReckoning('UTC', '00:00', 'saturday'),
      'week',
      '2026-03-01T12:00Z',
      '2026-02-28T00:00Z 2026-03-07T00:00Z',
    ],
    [
      'is the month of the day before, at 02:00 on the 1st where days start at 06:00',
      toReckoning('UTC', '06:00'),
      'month',
      '2026-03-01T02:00Z',
      '2026-02-01T06:00Z 2026-03-01T06:00Z',
    ],
    [
      'is the year of the day before, at 02:00 on 1 January where days start at 06:00',
      toReckoning('UTC', '06:00'),
      'year',
      '2026-01-01T02:00Z',
      '2025-01-01T06:00Z 2026-01-01T06:00Z',
    ],
    [
      'is the week of the day before, at 02:00 on Monday where days start at 06:00',
      toReckoning('UTC', '06:00'),
      'week',
      '2026-03-02T02:00Z',
      '2026-02-23T06:00Z 2026-03-02T06:00Z',
    ],
    ['lies before 1970', DEFAULT_RECKONING, 'hour', '1969-12-31T23:30Z', '1969-12-31T23:00Z 1970-01-01T00:00Z'],
  ])('%s', (_, reckoning, period, moment, expected) => {
    const range = getPeriodAt(reckoning, period, Date.parse(moment));
    expect(toText(range)).toBe(expected);
    expect(listPeriods(reckoning, period, range.end, 3)).toEqual([
      range,
      getPrevious(reckoning, period, range),
      getPrevious(reckoning, period, getPrevious(reckoning, period, range)),
    ]);
    expect(getPrevious(reckoning, period, range).end).toBe(range.start);
  });
});

describe('the calendar of days', () => {
  const noon = Date.parse('2025-03-30T12:00Z');

  it('answers the same object until the day ends, and then the next day', () => {
    const calendar = new DayCalendar();
    const day = calendar.getDay(BERLIN, noon);
    expect(day).toEqual(getPeriodAt(BERLIN, 'day', noon));
    expect(calendar.getDay({ ...BERLIN }, day.start)).toBe(day);
    expect(calendar.getDay(BERLIN, day.end - 1)).toBe(day);
    expect(calendar.getDay(BERLIN, day.end)).toEqual(getPeriodAt(BERLIN, 'day', day.end));
    expect(calendar.getDay(BERLIN, day.start - 1)).toEqual(getPeriodAt(BERLIN, 'day', day.start - 1));
  });

  it('keeps zones and starts of the day apart', () => {
    const calendar = new DayCalendar();
    const reckonings = [BERLIN, toReckoning('Europe/Berlin', '06:00'), toReckoning('Asia/Tokyo', '06:00')];
    const days = reckonings.map((reckoning) => calendar.getDay(reckoning, noon));
    expect(days).toEqual(reckonings.map((reckoning) => getPeriodAt(reckoning, 'day', noon)));
    expect(reckonings.map((reckoning, i) => calendar.getDay(reckoning, noon) === days[i])).toEqual([true, true, true]);
  });

  it('keeps one day of each, however many follow', () => {
    const calendar = new DayCalendar();
    const day = calendar.getDay(BERLIN, noon);
    for (let i = 0; i < 1_000; i++) calendar.getDay(DEFAULT_RECKONING, noon + i * DAY_MS);
    expect(calendar.getDay(BERLIN, noon)).toBe(day);
  });

  it('forgets days beyond the thousandth, and computes them again', () => {
    const calendar = new DayCalendar();
    const day = calendar.getDay(BERLIN, noon);
    const others = Array.from({ length: 1_000 }, (_, i) => new Date(i * 60_000).toISOString().slice(11, 16));
    const isKept = others.map((start) => {
      calendar.getDay(toReckoning('UTC', start), noon);
      return start < '16:38' || calendar.getDay(BERLIN, noon) === day;
    });
    expect(isKept.indexOf(false)).toBe(999);
    const again = calendar.getDay(BERLIN, noon);
    expect(again).toEqual(day);
    calendar.getDay(toReckoning('Asia/Tokyo'), noon);
    expect(calendar.getDay(BERLIN, noon)).toBe(again);
  });
});

describe('the moment of a reading', () => {
  it.each([
    ['is the only one', '2025-03-29T12:00', -Infinity, '2025-03-29T11:00Z'],
    [
      'is where the search begins, if the clock reads more',
      '2025-03-29T12:00',
      '2025-03-29T20:00Z',
      '2025-03-29T20:00Z',
    ],
    ['is that of the jump, if the clock skips it', '2025-03-30T02:30', -Infinity, '2025-03-30T01:00Z'],
    ['is where the search begins, after the jump', '2025-03-30T02:30', '2025-03-30T20:00Z', '2025-03-30T20:00Z'],
    ['is the first of two', '2025-10-26T02:30', -Infinity, '2025-10-26T00:30Z'],
    ['is where the search begins, between the two', '2025-10-26T02:30', '2025-10-26T00:40Z', '2025-10-26T00:40Z'],
    ['is the second of two, after the jump', '2025-10-26T02:30', '2025-10-26T01:00Z', '2025-10-26T01:30Z'],
  ])('%s', (_, reading, from, expected) => {
    const fromMs = typeof from === 'string' ? Date.parse(from) : from;
    expect(toIso(findReading('Europe/Berlin', Temporal.PlainDateTime.from(reading), fromMs))).toBe(expected);
  });
});

describe('the name of a time zone', () => {
  it.each(['Europe/Berlin', 'europe/berlin', 'UTC', 'GMT', 'Etc/GMT+2', 'EST5EDT', 'US/Pacific', 'Asia/Calcutta'])(
    'can be %s',
    (name) => {
      expect(isTimeZone(name)).toBe(true);
      expect(getPeriodAt(toReckoning(name), 'day', 0).end).toBeGreaterThan(0);
    },
  );

  it.each(['', '+02:00', '-0300', 'UTC+2', 'PST', 'Z', 'Europe', 'Europe/Berlin ', '2026-01-01T00:00[Europe/Berlin]'])(
    'cannot be "%s"',
    (name) => {
      expect(isTimeZone(name)).toBe(false);
    },
  );
});

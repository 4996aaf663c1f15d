/** Earlier periods to compare with, and the same reading within them. */
import { DAY_STARTS, listDifferences, toIso, toReckoning } from '../../test/support/period-cases.js';
import { DAY_MS, HOUR_MS, listShifts, listZones } from '../../test/support/zone-readings.js';
import type { TimeSpan } from '../counters/counters.js';
import type { Period, Reckoning } from '../counters/definition.js';
import { getCompared, getSameReading } from './period-comparison.js';
import { DEFAULT_RECKONING } from './reckoning.js';
import { getPeriodAt, getPrevious } from './periods.js';

const BERLIN = toReckoning('Europe/Berlin');
const clamp = (ms: number, { start, end }: TimeSpan): number => Math.min(Math.max(ms, start), end);

describe('the same reading at every shift of a clock', () => {
  it('keeps the minute in hours, the time in days, and the weekday in weeks', () => {
    const differences = listDifferences(listShifts(listZones()), ({ zone, at, i }) => {
      const reckoning = toReckoning(zone.timeZone, DAY_STARTS[i % DAY_STARTS.length]);
      const cases = [-0.2, 1.4, 22.7].flatMap((hours) => {
        const moment = at + Math.round(hours * 60) * 60_000;
        return (['hour', 'day', 'week'] as const).map((period) => {
          const earlier = getPrevious(reckoning, period, getPeriodAt(reckoning, period, moment));
          const lengths = { hour: 0, day: DAY_MS, week: 7 * DAY_MS };
          const wanted =
            period === 'hour'
              ? Math.floor(zone.read(earlier.start) / HOUR_MS) * HOUR_MS + (zone.read(moment) % HOUR_MS)
              : zone.read(moment) - lengths[period];
          const expected = clamp(zone.findFirst(wanted, earlier.start), earlier);
          return [toIso(getSameReading(reckoning, period, moment, earlier)), toIso(expected)];
        });
      });
      return [`${zone.timeZone} ${toIso(at)}`, cases.map(([actual]) => actual), cases.map(([, wanted]) => wanted)];
    });
    expect(differences).toEqual([]);
  });
});

describe('the same reading in the previous period', () => {
  it.each<[string, Reckoning, Period, string, string]>([
    ['is the same minute', DEFAULT_RECKONING, 'hour', '2026-03-01T12:34Z', '2026-03-01T11:34Z'],
    ['is exact to the millisecond', BERLIN, 'hour', '2026-03-01T12:34:56.789Z', '2026-03-01T11:34:56.789Z'],
    ['is the same time', BERLIN, 'day', '2025-03-31T10:00Z', '2025-03-30T10:00Z'],
    ['is the moment of the jump in a skipped hour', BERLIN, 'day', '2025-03-31T00:30Z', '2025-03-30T01:00Z'],
    ['is the first of two', BERLIN, 'day', '2025-10-27T01:30Z', '2025-10-26T00:30Z'],
    ['is within the second of two hours', BERLIN, 'hour', '2025-10-26T02:20Z', '2025-10-26T01:20Z'],
    ['is the same weekday and time', BERLIN, 'week', '2025-04-02T10:00Z', '2025-03-26T11:00Z'],
    ['is the same day of the month', BERLIN, 'month', '2025-04-10T10:00Z', '2025-03-10T11:00Z'],
    ['is the end, on the 31st', BERLIN, 'month', '2026-07-31T10:00Z', '2026-06-30T22:00Z'],
    ['is the end of February, on the 29th', BERLIN, 'month', '2026-03-29T10:00Z', '2026-02-28T23:00Z'],
    ['is the same month and day', BERLIN, 'year', '2026-07-31T10:00Z', '2025-07-31T10:00Z'],
    ['is the same date behind 29 February', BERLIN, 'year', '2024-03-01T11:00Z', '2023-03-01T11:00Z'],
    ['is the end of the year, on 29 February', BERLIN, 'year', '2024-02-29T11:00Z', '2023-12-31T23:00Z'],
    [
      'belongs to the day before where days start at 06:00',
      toReckoning('UTC', '06:00'),
      'day',
      '2026-03-02T02:00Z',
      '2026-03-01T02:00Z',
    ],
    [
      'is that of the last night of the month where days start at 06:00',
      toReckoning('UTC', '06:00'),
      'month',
      '2026-05-01T02:00Z',
      '2026-03-31T02:00Z',
    ],
    [
      'is the end, in the night after the 31st, where days start at 06:00',
      toReckoning('UTC', '06:00'),
      'month',
      '2026-06-01T02:00Z',
      '2026-05-01T06:00Z',
    ],
    [
      'is that of the last night of the week where days start at 06:00',
      toReckoning('UTC', '06:00', 'sunday'),
      'week',
      '2026-03-08T02:00Z',
      '2026-03-01T02:00Z',
    ],
    [
      'is the start, before the reading at which the day begins',
      toReckoning('Africa/Cairo', '23:30'),
      'day',
      '2025-10-30T21:15Z',
      '2025-10-29T20:30Z',
    ],
    [
      'is the start of an hour of 30 min',
      toReckoning('Australia/Lord_Howe'),
      'hour',
      '2025-10-04T16:10Z',
      '2025-10-04T15:30Z',
    ],
    [
      'is the end of an hour that a shift cut short',
      toReckoning('Pacific/Chatham'),
      'hour',
      '2025-09-27T14:14Z',
      '2025-09-27T14:00Z',
    ],
    [
      'is the end of an hour that a shift took its last minutes',
      toReckoning('Pacific/Chatham'),
      'hour',
      '2026-04-04T15:05Z',
      '2026-04-04T14:15Z',
    ],
    [
      'is the same weekday where the week began with a skipped date',
      toReckoning('Pacific/Apia', '00:00', 'friday'),
      'week',
      '2012-01-06T22:00Z',
      '2011-12-30T22:00Z',
    ],
  ])('%s', (_, reckoning, period, moment, expected) => {
    const range = getPeriodAt(reckoning, period, Date.parse(moment));
    const earlier = getPrevious(reckoning, period, range);
    expect(toIso(getSameReading(reckoning, period, Date.parse(moment), earlier))).toBe(expected);
  });
});

describe('the period to compare with', () => {
  it.each<[string, Reckoning, Period, 'previous' | 'week' | 'year', string, string]>([
    ['is the hour before', BERLIN, 'hour', 'previous', '2025-10-26T01:30Z', '2025-10-26T00:00Z'],
    ['is the hour a week ago', BERLIN, 'hour', 'week', '2025-04-01T10:30Z', '2025-03-25T11:00Z'],
    ['is the hour after a skipped one', BERLIN, 'hour', 'week', '2025-04-06T00:30Z', '2025-03-30T01:00Z'],
    ['is the first of two hours', BERLIN, 'hour', 'week', '2025-11-02T01:30Z', '2025-10-26T00:00Z'],
    ['is the hour a year ago', BERLIN, 'hour', 'year', '2026-03-29T10:30Z', '2025-03-29T11:00Z'],
    ['is the hour on 28 February', DEFAULT_RECKONING, 'hour', 'year', '2028-02-29T10:30Z', '2027-02-28T10:00Z'],
    ['is the day before', BERLIN, 'day', 'previous', '2025-03-31T10:00Z', '2025-03-29T23:00Z'],
    ['is the day a week ago', BERLIN, 'day', 'week', '2025-04-01T10:00Z', '2025-03-24T23:00Z'],
    ['is the day a year ago', BERLIN, 'day', 'year', '2026-03-29T10:00Z', '2025-03-28T23:00Z'],
    ['is 28 February', DEFAULT_RECKONING, 'day', 'year', '2028-02-29T10:00Z', '2027-02-28T00:00Z'],
    [
      'is the day that began the day before',
      toReckoning('UTC', '06:00'),
      'day',
      'week',
      '2026-03-10T02:00Z',
      '2026-03-02T06:00Z',
    ],
    ['is the week before, for week', BERLIN, 'week', 'week', '2025-04-02T10:00Z', '2025-03-23T23:00Z'],
    ['is the week before', BERLIN, 'week', 'previous', '2025-04-02T10:00Z', '2025-03-23T23:00Z'],
    ['is the week 52 weeks ago', BERLIN, 'week', 'year', '2026-04-01T10:00Z', '2025-03-30T22:00Z'],
    ['is the month before', BERLIN, 'month', 'previous', '2025-04-02T10:00Z', '2025-02-28T23:00Z'],
    ['is the month before, for week', BERLIN, 'month', 'week', '2025-04-02T10:00Z', '2025-02-28T23:00Z'],
    ['is the month a year ago', BERLIN, 'month', 'year', '2025-04-02T10:00Z', '2024-03-31T22:00Z'],
    ['is the year before', BERLIN, 'year', 'previous', '2025-04-02T10:00Z', '2023-12-31T23:00Z'],
    ['is the year before, for year', BERLIN, 'year', 'year', '2025-04-02T10:00Z', '2023-12-31T23:00Z'],
    [
      'is the date after a skipped one',
      toReckoning('Pacific/Apia'),
      'day',
      'week',
      '2012-01-06T12:00Z',
      '2011-12-30T10:00Z',
    ],
  ])('%s', (_, reckoning, period, compareWith, moment, start) => {
    const compared = getCompared(reckoning, period, getPeriodAt(reckoning, period, Date.parse(moment)), compareWith);
    expect(toIso(compared.start)).toBe(start);
    expect(compared).toEqual(getPeriodAt(reckoning, period, compared.start));
  });
});

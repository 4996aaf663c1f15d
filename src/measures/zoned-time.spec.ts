/** Moments as ISO 8601 with an offset. */
import { assert, constantFrom, integer, property } from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { ZonedTimeFormatter } from './zoned-time.js';

it('a moment has the offset of its zone, before and after each change of it', () => {
  const zones = constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe');
  const formatters = new Map<string, ZonedTimeFormatter>();
  assert(
    property(zones, integer({ min: Date.UTC(2000, 0), max: Date.UTC(2040, 0) }), (zone, atMs) => {
      const formatter = formatters.get(zone) ?? new ZonedTimeFormatter(zone);
      formatters.set(zone, formatter);
      const zoned = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone);
      const toText = (fractionalSecondDigits: 0 | 3): string =>
        zoned.toString({ timeZoneName: 'never', fractionalSecondDigits });
      expect([formatter.format(atMs, 0), formatter.format(atMs, 3)]).toEqual([toText(0), toText(3)]);
    }),
    { numRuns: 500 },
  );
});

it('the repeated hour of a change back has both offsets', () => {
  const formatter = new ZonedTimeFormatter('Europe/Berlin');
  const at = Date.UTC(2026, 9, 25, 0, 30);
  expect([at, at + 3_600_000].map((moment) => formatter.format(moment, 0))).toEqual([
    '2026-10-25T02:30:00+02:00',
    '2026-10-25T02:30:00+01:00',
  ]);
});

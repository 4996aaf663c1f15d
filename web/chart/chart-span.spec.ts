/** Spans of the chart and of its brush, and the marks of the time axis. */
import { assert, constantFrom, integer, property } from 'fast-check';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../words/durations.js';
import { getBrushSpan, snapWindow } from './brush-span.js';
import { getChartSpan, getSpanPeriod } from './chart-span.js';
import { fromLocal, toLocal } from '../data/local-time.js';
import { shiftTime } from './row-loader.js';
import { listTimeTicks } from './time-ticks.js';

const NOW = Date.parse('2026-11-30T14:03:00Z');
const BERLIN = 'Europe/Berlin';
const RECKONING = { timeZone: BERLIN, dayStartsAt: '00:00', weekStartsOn: 'monday' } as const;
const ms = (text: string): number => Date.parse(text);

it.each([
  ['5m', { stepMs: 5_000 }, 60],
  ['1h', { stepMs: MINUTE_MS }, 60],
  ['7d', { period: 'hour' }, 168],
  ['30d', { period: 'day' }, 30],
  ['1y', { period: 'week' }, 53],
  ['2y', { period: 'week' }, 105],
] as const)('%s is drawn in buckets of %j', (range, bucket, count) => {
  expect(getChartSpan({ range, from: undefined, to: undefined }, NOW, true)).toMatchObject({ bucket, count });
});

it.each([
  ['ten minutes of today', 0.01, 10 * MINUTE_MS, { stepMs: 5_000 }, undefined],
  ['ten minutes of yesterday, whose seconds are gone', 1, 10 * MINUTE_MS, { stepMs: MINUTE_MS }, { days: 7 }],
  ['six hours', 1, 6 * HOUR_MS, { stepMs: 5 * MINUTE_MS }, { days: 7 }],
  ['six hours, whose minutes are gone', 30, 6 * HOUR_MS, { period: 'day' }, { days: 7 }],
  ['a day', 1, DAY_MS, { period: 'hour' }, { days: 7 }],
  ['20 days', 20, 20 * DAY_MS, { period: 'day' }, { days: 28 }],
  ['200 days', 300, 200 * DAY_MS, { period: 'week' }, { days: 364 }],
  ['three years', 1_100, 1_095 * DAY_MS, { period: 'month' }, undefined],
])('from-to of %s has bars that have room and are kept', (_case, daysAgo, length, bucket, shift) => {
  const from = NOW - daysAgo * DAY_MS;
  expect(getChartSpan({ range: 'day', from, to: from + length }, NOW, true)).toMatchObject({ bucket, shift });
});

it.each([
  ['2026-11-28T23:00Z', '2026-11-29T23:00Z', 'day'],
  ['2026-10-24T22:00Z', '2026-10-25T23:00Z', 'day'],
  ['2026-11-22T23:00Z', '2026-11-29T23:00Z', 'week'],
  ['2026-10-31T23:00Z', '2026-11-30T23:00Z', 'month'],
  ['2025-12-31T23:00Z', '2026-12-31T23:00Z', 'year'],
  ['2026-11-28T22:00Z', '2026-11-29T22:00Z', undefined],
])('%s to %s is the period %s', (from, to, period) => {
  expect(getSpanPeriod({ from: ms(from), to: ms(to) }, RECKONING)).toBe(period);
});

it('the clocks of a zone convert without loss, and a day later is the same time on another day', () => {
  const zones = constantFrom(BERLIN, 'UTC', 'Asia/Tokyo', 'America/St_Johns', 'Australia/Lord_Howe');
  assert(
    property(integer({ min: 0, max: 4_000_000_000_000 }), zones, (time, zone) => {
      const back = fromLocal(toLocal(time, zone), zone);
      // An hour that comes twice has one reading.
      expect(toLocal(back, zone)).toBe(toLocal(time, zone));
    }),
  );
  expect(shiftTime(ms('2026-10-25T12:00Z'), { days: 1 }, -1, BERLIN)).toBe(ms('2026-10-24T11:00Z'));
  expect(shiftTime(ms('2026-11-30T14:00Z'), { years: 1 }, -1, BERLIN)).toBe(ms('2025-11-30T14:00Z'));
});

it('the brush is 14 times as long, and its window moves by whole days or buckets', () => {
  const day = { from: ms('2026-11-29T23:00Z'), to: ms('2026-11-30T23:00Z') };
  expect(getBrushSpan(day, NOW)).toEqual({ kind: 'last', bucket: { period: 'hour' }, count: 336, shift: undefined });
  const past = { from: day.from - 300 * DAY_MS, to: day.to - 300 * DAY_MS };
  expect(getBrushSpan(past, NOW)).toMatchObject({ kind: 'fixed', bucket: { period: 'day' } });
  const moved = { from: day.from - 5.4 * DAY_MS, to: day.to - 5.4 * DAY_MS };
  expect(snapWindow(moved, HOUR_MS, BERLIN)).toEqual({ from: day.from - 5 * DAY_MS, to: day.to - 5 * DAY_MS });
  const hour = { from: NOW - 90_500, to: NOW - 90_500 + HOUR_MS };
  expect(snapWindow(hour, MINUTE_MS, BERLIN)).toEqual({ from: NOW - 2 * MINUTE_MS, to: NOW + 58 * MINUTE_MS });
});

it.each([
  ['5 minutes', 5 * MINUTE_MS, 'seconds'],
  ['an hour', HOUR_MS, 'time'],
  ['a day', DAY_MS, 'time'],
  ['a week', 7 * DAY_MS, 'day'],
  ['30 days', 30 * DAY_MS, 'date'],
  ['a year', 365 * DAY_MS, 'month'],
  ['20 years', 7_305 * DAY_MS, 'yearOnly'],
])('the time axis of %s has marks at full times', (_case, length, style) => {
  const ticks = listTimeTicks(NOW - length, NOW, 75, BERLIN);
  expect(ticks.style).toBe(style);
  expect(ticks.at.length).toBeGreaterThanOrEqual(4);
  expect(ticks.at.length).toBeLessThanOrEqual(26);
  const isFull = (at: number): boolean => toLocal(at, BERLIN) % (length >= 7 * DAY_MS ? DAY_MS : 30_000) === 0;
  expect(ticks.at.every(isFull)).toBe(true);
});

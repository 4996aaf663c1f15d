/** What a typed change would do. */
import { type ChangeWay, planChange, type PlannedChange, stepTyped } from './planned-change.js';

const ORDERS = { value: 143, min: 0, reading: { scale: 0 } };
const MONEY = { value: 124_805, min: null, reading: { scale: 2, currency: 'EUR' } };
const MOST = Number.MAX_SAFE_INTEGER;

it.each<[ChangeWay, string, typeof ORDERS | typeof MONEY, PlannedChange]>([
  ['add', '3', ORDERS, { request: { by: 3 }, typed: 3, after: 146 }],
  ['remove', '3', ORDERS, { request: { by: -3 }, typed: 3, after: 140 }],
  ['remove', '143', ORDERS, { request: { by: -143 }, typed: 143, after: 0 }],
  ['set', '0', ORDERS, { request: { to: 0 }, typed: 0, after: 0 }],
  ['add', '12.50', MONEY, { request: { by: 1_250 }, typed: 1_250, after: 126_055 }],
  ['remove', '2,000', MONEY, { request: { by: -200_000 }, typed: 200_000, after: -75_195 }],
  ['set', '-1', MONEY, { request: { to: -100 }, typed: -100, after: -100 }],
  ['remove', '144', ORDERS, { fault: 'too-few', typed: 144 }],
  ['set', '-1', ORDERS, { fault: 'below-min', typed: -1 }],
  ['add', '0', ORDERS, { fault: 'not-positive', typed: 0 }],
  ['remove', '-3', ORDERS, { fault: 'not-positive', typed: -3 }],
  ['add', String(MOST), ORDERS, { fault: 'too-large', typed: MOST }],
  ['add', '', ORDERS, { fault: 'empty', typed: undefined }],
  ['add', 'two', ORDERS, { fault: 'malformed', typed: undefined }],
])('%s %j is planned', (way, text, counter, expected) => {
  expect(planChange(way, text, counter, 'en')).toEqual(expected);
});

it.each<[ChangeWay, number | undefined, number, typeof ORDERS | typeof MONEY, number]>([
  ['add', 2, 1, ORDERS, 3],
  ['add', 1, -1, ORDERS, 1],
  ['add', undefined, 1, ORDERS, 1],
  ['add', undefined, -1, ORDERS, 0],
  ['remove', 5, -1, ORDERS, 4],
  ['add', 150, -100, MONEY, 100],
  ['set', undefined, 1, ORDERS, 144],
  ['set', 0, -1, ORDERS, 0],
  ['set', 0, -100, MONEY, -100],
])('a step in %s from %p by %p is %p', (way, typed, step, counter, expected) => {
  expect(stepTyped(way, typed, step, counter)).toBe(expected);
});

/** Levels, targets, pace and comparisons. */
import type { Threshold } from '../counters/definition.js';
import {
  compareNumbers,
  type Delta,
  getLevel,
  getLevelBoundary,
  getPace,
  getProgress,
  getTargetLevel,
  isOnTarget,
  type LevelBoundary,
  type Pace,
  type PaceBasis,
} from './levels.js';

const stock: Threshold[] = [
  { at: 0, level: 'bad' },
  { at: 20, level: 'warn' },
  { at: 40, level: 'good' },
];
const queue: Threshold[] = [
  { at: 0, level: 'good' },
  { at: 10, level: 'warn' },
  { at: 20, level: 'bad' },
];
const temperature: Threshold[] = [
  { at: -5, level: 'bad' },
  { at: 2, level: 'good' },
  { at: 8, level: 'bad' },
];

describe('a level', () => {
  it.each<[string, Threshold[], 'up' | 'down', number, LevelBoundary | undefined]>([
    ['stock', stock, 'up', -1, undefined],
    ['stock', stock, 'up', 0, { level: 'bad', relation: 'Below', at: 20 }],
    ['stock', stock, 'up', 19, { level: 'bad', relation: 'Below', at: 20 }],
    ['stock', stock, 'up', 20, { level: 'warn', relation: 'Below', at: 40 }],
    ['stock', stock, 'up', 39, { level: 'warn', relation: 'Below', at: 40 }],
    ['stock', stock, 'up', 40, { level: 'good', relation: 'From', at: 40 }],
    ['queue', queue, 'down', 7, { level: 'good', relation: 'Under', at: 10 }],
    ['queue', queue, 'down', 10, { level: 'warn', relation: 'From', at: 10 }],
    ['queue', queue, 'down', 25, { level: 'bad', relation: 'From', at: 20 }],
    ['queue, whose better direction was left out', queue, 'up', 7, { level: 'good', relation: 'From', at: 0 }],
    ['temperature', temperature, 'up', -20, undefined],
    ['temperature', temperature, 'up', 1.9, { level: 'bad', relation: 'Below', at: 2 }],
    ['temperature', temperature, 'up', 5, { level: 'good', relation: 'From', at: 2 }],
    ['temperature', temperature, 'up', 9, { level: 'bad', relation: 'From', at: 8 }],
    ['nothing', [], 'up', 9, undefined],
  ])('of %s (%j, good when %s) at %s is %j', (_, thresholds, goodWhen, number, boundary) => {
    expect(getLevelBoundary(thresholds, number, goodWhen)).toEqual(boundary);
    expect(getLevel(thresholds, number)).toBe(boundary?.level);
  });
});

describe('a target', () => {
  it.each([
    [300, 300, 'up', 'good', 1],
    [310, 300, 'up', 'good', 310 / 300],
    [299, 300, 'up', 'warn', 299 / 300],
    [255, 300, 'up', 'warn', 0.85],
    [254, 300, 'up', 'bad', 254 / 300],
    [5_219, 6_140, 'up', 'warn', 0.85],
    [-30, 300, 'up', 'bad', -0.1],
    [20, 20, 'down', 'good', 1],
    [0, 20, 'down', 'good', 0],
    [23, 20, 'down', 'warn', 1.15],
    [24, 20, 'down', 'bad', 1.2],
    [-100, -100, 'up', 'good', 1],
    [-115, -100, 'up', 'warn', 1.15],
    [-116, -100, 'up', 'bad', 1.16],
  ] as const)(
    'at %s of %s (good when %s) is %s, with a progress of %s',
    (number, target, goodWhen, level, progress) => {
      expect(getTargetLevel(number, target, goodWhen)).toBe(level);
      expect(isOnTarget(number, target, goodWhen)).toBe(level === 'good');
      expect(getProgress(number, target)).toBe(progress);
    },
  );
});

describe('a pace', () => {
  it.each<[string, PaceBasis, Pace]>([
    [
      'follows the compared period',
      { number: 143, elapsed: 0.5, compared: { total: 312, byNow: 144 } },
      { number: (143 * 312) / 144, even: 144 / 312 },
    ],
    [
      'follows the compared period from 5 % of its total on',
      { number: 10, elapsed: 0.5, compared: { total: 100, byNow: 5 } },
      { number: 200, even: 0.05 },
    ],
    ['is linear below', { number: 10, elapsed: 0.5, compared: { total: 100, byNow: 4 } }, { number: 20, even: 0.5 }],
    ['is linear if nothing is compared', { number: 30, elapsed: 0.25 }, { number: 120, even: 0.25 }],
    [
      'is linear if nothing came in the compared period',
      { number: 30, elapsed: 0.25, compared: { total: 0, byNow: 0 } },
      { number: 120, even: 0.25 },
    ],
    [
      'is linear if the compared period lost',
      { number: 30, elapsed: 0.25, compared: { total: -100, byNow: -50 } },
      { number: 120, even: 0.25 },
    ],
    [
      'falls if the compared period lost what it had by now',
      { number: 60, elapsed: 0.25, compared: { total: 100, byNow: 120 } },
      { number: 50, even: 1 },
    ],
    ['is unknown at the start', { number: 0, elapsed: 0 }, { number: undefined, even: 0 }],
    ['of a loss is a loss', { number: -6, elapsed: 0.5 }, { number: -12, even: 0.5 }],
  ])('%s', (_, basis, pace) => {
    expect(getPace(basis)).toEqual(pace);
  });
});

describe('a comparison', () => {
  const up = { way: 'up', isBetter: true } as const;
  const down = { way: 'down', isBetter: false } as const;

  it.each<[number, number, object, Delta]>([
    [146, 146, {}, { kind: 'same', way: 'same' }],
    [0, -0, { percent: true }, { kind: 'same', way: 'same' }],
    [112, 100, {}, { kind: 'percent', percent: 12, ...up }],
    [1_004, 1_000, {}, { kind: 'percent', percent: 0.4, ...up }],
    [10_096, 10_000, {}, { kind: 'percent', percent: 1, ...up }],
    [100_001, 100_000, {}, { kind: 'percent', percent: 0.1, ...up }],
    [101, 100, {}, { kind: 'percent', percent: 1, ...up }],
    [10_149, 10_000, {}, { kind: 'percent', percent: 1, ...up }],
    [73, 100, {}, { kind: 'percent', percent: 27, ...down }],
    [-50, 100, {}, { kind: 'percent', percent: 150, ...down }],
    [12, 0, {}, { kind: 'new', ...up }],
    [-12, 0, {}, { kind: 'amount', amount: 12, ...down }],
    [-300, -612, {}, { kind: 'amount', amount: 312, ...up }],
    [5, -5, {}, { kind: 'amount', amount: 10, ...up }],
    [4.5, 4, { percent: true }, { kind: 'points', amount: 0.5, ...up }],
    [2, 0, { percent: true }, { kind: 'points', amount: 2, ...up }],
    [4, 4.5, { percent: true, goodWhen: 'down' }, { kind: 'points', amount: 0.5, way: 'down', isBetter: true }],
    [132, 100, { goodWhen: 'down' }, { kind: 'percent', percent: 32, way: 'up', isBetter: false }],
    [12, 0, { goodWhen: 'down' }, { kind: 'new', way: 'up', isBetter: false }],
  ])('of %s with %s (%j) is %j', (now, before, reading, delta) => {
    expect(compareNumbers(now, before, reading)).toEqual(delta);
  });
});

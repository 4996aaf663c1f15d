/** When rules about thresholds fire and clear. */
import { assert, constantFrom, double, integer, oneof, option, property, record } from 'fast-check';
import type { ThresholdCondition } from '../rule.js';
import { decideThreshold, getBounds } from './threshold.js';

const ABOVE: ThresholdCondition = { of: 'orders', above: 10 };
const BELOW: ThresholdCondition = { of: 'stock', below: 10 };

describe('a threshold', () => {
  it.each<[string, ThresholdCondition, number, 'fire' | undefined]>([
    ['above fires once the number is greater', ABOVE, 11, 'fire'],
    ['above does not fire at its number', ABOVE, 10, undefined],
    ['below fires once the number is less', BELOW, 9, 'fire'],
    ['below does not fire at its number', BELOW, 10, undefined],
  ])('%s', (_, condition, number, decision) => {
    expect(decideThreshold(condition, undefined, false, number)).toBe(decision);
  });

  it.each<[string, ThresholdCondition, number | undefined, number, 'clear' | undefined]>([
    ['above clears at its number', ABOVE, undefined, 10, 'clear'],
    ['above holds beyond its number', ABOVE, undefined, 11, undefined],
    ['above clears at clearsAt', ABOVE, 7, 7, 'clear'],
    ['above holds until clearsAt', ABOVE, 7, 8, undefined],
    ['below clears at its number', BELOW, undefined, 10, 'clear'],
    ['below holds under its number', BELOW, undefined, 9, undefined],
    ['below clears at clearsAt', BELOW, 13, 13, 'clear'],
    ['below holds until clearsAt', BELOW, 13, 12, undefined],
    ['a clearsAt of 0 counts', ABOVE, 0, 1, undefined],
  ])('%s', (_, condition, clearsAt, number, decision) => {
    expect(decideThreshold(condition, clearsAt, true, number)).toBe(decision);
  });

  it.each([true, false])('ignores a ratio whose divisor is 0, holding: %s', (isHolding) => {
    expect(decideThreshold(ABOVE, undefined, isHolding, null)).toBeUndefined();
    expect(decideThreshold(BELOW, undefined, isHolding, null)).toBeUndefined();
  });
});

describe('the bounds of a threshold', () => {
  it('are closed, and open-ended on one side', () => {
    expect(getBounds(ABOVE, 7, false)).toEqual({ low: -Infinity, high: 10 });
    expect(getBounds(BELOW, 13, false)).toEqual({ low: 10, high: Infinity });
    const [above, below] = [getBounds(ABOVE, 7, true), getBounds(BELOW, 13, true)];
    expect([Math.ceil(above.low), above.high]).toEqual([8, Infinity]);
    expect([below.low, Math.floor(below.high)]).toEqual([-Infinity, 12]);
  });

  it('contain exactly the numbers that change nothing', () => {
    const anyNumber = oneof(integer({ min: -20, max: 20 }), double({ noNaN: true, noDefaultInfinity: true }));
    const rule = record({
      kind: constantFrom('above', 'below'),
      number: anyNumber,
      distance: option(oneof(integer({ min: 0, max: 5 }), double({ min: 0, max: 1e9, noNaN: true }))),
      isHolding: constantFrom(true, false),
    });
    const readings = record({ number: anyNumber, steps: integer({ min: -2, max: 2 }) });
    assert(
      property(rule, readings, ({ kind, number, distance, isHolding }, reading) => {
        const condition: ThresholdCondition =
          kind === 'above' ? { of: 'a', above: number } : { of: 'a', below: number };
        const clearsAt = distance === null ? undefined : kind === 'above' ? number - distance : number + distance;
        const { low, high } = getBounds(condition, clearsAt, isHolding);
        const near = clearsAt ?? number;
        const beside = near + reading.steps * Math.max(Number.MIN_VALUE, Math.abs(near) * Number.EPSILON);
        for (const candidate of [reading.number, number, near, beside, low, high].filter(Number.isFinite))
          expect(candidate >= low && candidate <= high).toBe(
            decideThreshold(condition, clearsAt, isHolding, candidate) === undefined,
          );
      }),
      { numRuns: 500 },
    );
  });
});

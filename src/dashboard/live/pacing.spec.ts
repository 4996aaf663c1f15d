/** Pacing, by its words: single changes singly, a storm in a tenth of the loop, and never beyond the bounds. */
import { assert, double, nat, property, record } from 'fast-check';
import { computePauseMs } from './pacing.js';

const BOUNDS = { minMs: 20, maxMs: 400 };
const broadcastCost = record({ costMs: double({ min: 0, max: 10_000, noNaN: true }), changes: nat(100_000) });

it('a cheap fan-out is followed after the least wait', () => {
  expect(computePauseMs({ costMs: 1, changes: 5 }, BOUNDS)).toBe(20);
});

it('after a frame of a single change fan-out takes at most half of the loop', () => {
  expect(computePauseMs({ costMs: 60, changes: 1 }, BOUNDS)).toBe(60);
});

it('in a storm fan-out takes at most a tenth of the loop', () => {
  expect(computePauseMs({ costMs: 10, changes: 500 }, BOUNDS)).toBe(90);
});

it('no wait is outside its bounds, and more cost or more changes never make it shorter', () => {
  assert(
    property(broadcastCost, broadcastCost, (a, b) => {
      const [cheaper, costlier] = [
        { costMs: Math.min(a.costMs, b.costMs), changes: Math.min(a.changes, b.changes) },
        { costMs: Math.max(a.costMs, b.costMs), changes: Math.max(a.changes, b.changes) },
      ];
      const pauses = [computePauseMs(cheaper, BOUNDS), computePauseMs(costlier, BOUNDS)] as const;
      expect(pauses[0]).toBeGreaterThanOrEqual(BOUNDS.minMs);
      expect(pauses[1]).toBeLessThanOrEqual(BOUNDS.maxMs);
      expect(pauses[0]).toBeLessThanOrEqual(pauses[1]);
    }),
  );
});

it('a least wait above the greatest wins', () => {
  expect(computePauseMs({ costMs: 0, changes: 1 }, { minMs: 500, maxMs: 400 })).toBe(500);
});

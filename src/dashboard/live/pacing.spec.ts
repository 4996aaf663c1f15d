/** The pause between broadcasts: proportional to their cost, longer under load, always within its limits. */
import { assert, double, nat, property, record } from 'fast-check';
import { computePauseMs } from './pacing.js';

const BOUNDS = { minMs: 20, maxMs: 400 };
const broadcastCost = record({ costMs: double({ min: 0, max: 10_000, noNaN: true }), changes: nat(100_000) });

it('a cheap broadcast is followed by the shortest pause', () => {
  expect(computePauseMs({ costMs: 1, changes: 5 }, BOUNDS)).toBe(20);
});

it('broadcasts of single changes take at most half of the event loop', () => {
  expect(computePauseMs({ costMs: 60, changes: 1 }, BOUNDS)).toBe(60);
});

it('under load broadcasts take at most a tenth of the event loop', () => {
  expect(computePauseMs({ costMs: 10, changes: 500 }, BOUNDS)).toBe(90);
});

it('a pause stays within its limits, and more cost or more changes never shorten it', () => {
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

it('the minimum pause applies even if it exceeds the maximum', () => {
  expect(computePauseMs({ costMs: 0, changes: 1 }, { minMs: 500, maxMs: 400 })).toBe(500);
});

/** The pause between broadcasts: proportional to their cost, longer under load, always within its limits. */
import { assert, double, nat, property, record } from 'fast-check';
import { computePause } from './pacing.js';

const BOUNDS = { minMs: 20, maxMs: 400 };
const broadcastCost = record({ costMs: double({ min: 0, max: 10_000, noNaN: true }), changes: nat(100_000) });

it('a cheap broadcast is followed by the shortest pause', () => {
  expect(computePause({ costMs: 1, changes: 5 }, BOUNDS)).toEqual({ ms: 20, quietMs: 20 });
});

it('broadcasts of single changes take at most half of the event loop', () => {
  expect(computePause({ costMs: 60, changes: 1 }, BOUNDS).ms).toBe(60);
});

it('under load broadcasts take at most a tenth of the event loop', () => {
  expect(computePause({ costMs: 10, changes: 9 }, BOUNDS).ms).toBe(90);
});

it('in a storm broadcasts take at most a nineteenth of the event loop', () => {
  expect(computePause({ costMs: 10, changes: 2_560 }, BOUNDS).ms).toBe(180);
});

it('a pause ends early when no change has come for twice the cost of the last broadcast', () => {
  expect(computePause({ costMs: 10, changes: 1_280 }, BOUNDS).quietMs).toBe(20);
  expect(computePause({ costMs: 60, changes: 1_280 }, BOUNDS).quietMs).toBe(120);
});

it('a pause stays within its limits, and more cost or more changes never shorten it', () => {
  assert(
    property(broadcastCost, broadcastCost, (a, b) => {
      const [cheaper, costlier] = [
        { costMs: Math.min(a.costMs, b.costMs), changes: Math.min(a.changes, b.changes) },
        { costMs: Math.max(a.costMs, b.costMs), changes: Math.max(a.changes, b.changes) },
      ];
      const pauses = [computePause(cheaper, BOUNDS).ms, computePause(costlier, BOUNDS).ms] as const;
      expect(pauses[0]).toBeGreaterThanOrEqual(BOUNDS.minMs);
      expect(pauses[1]).toBeLessThanOrEqual(BOUNDS.maxMs);
      expect(pauses[0]).toBeLessThanOrEqual(pauses[1]);
    }),
  );
});

it('the minimum pause applies even if it exceeds the maximum', () => {
  expect(computePause({ costMs: 0, changes: 1 }, { minMs: 500, maxMs: 400 }).ms).toBe(500);
});

/** Property tests of the counting rule: any sequence of change sets gives the same result as a naive fold. */
import * as fc from 'fast-check';
import {
  advance,
  applyChanges,
  type Change,
  type Counter,
  type Dashboard,
  isRefusal,
  MAX_AMOUNT,
  MAX_TOTAL,
  MAX_VALUE,
} from './counters.js';
import type { CounterDefinition } from './definition.js';

type Totals = Record<string, { level: bigint; added: bigint; removed: bigint }>;

/** Counters of each kind, with and without a lowest value. */
const DEFINITIONS: Readonly<Record<string, CounterDefinition>> = {
  a: {},
  b: { min: null },
  c: { kind: 'gauge', min: -3 },
};

/** The counting rule written naively: integers of any size, and a copy for every step. */
function foldChanges(
  start: Totals,
  changes: readonly Change[],
): Totals | 'nothing-to-remove' | 'counter-full' | 'unknown-counter' {
  const totals = structuredClone(start);
  for (const change of changes) {
    const total = totals[change.counter];
    if (!total) return 'unknown-counter';
    const { kind, min = 0 } = DEFINITIONS[change.counter] ?? {};
    const by = 'by' in change ? BigInt(change.by) : BigInt(change.to) - total.level;
    total.level += by;
    if (total.level < BigInt(min ?? -MAX_VALUE)) return 'nothing-to-remove';
    if (total.level > 2n ** 53n - 1n) return 'counter-full';
    if (kind === 'gauge') continue;
    if (by > 0n) total.added += by;
    else total.removed -= by;
    if (total.added > 2n ** 63n - 1n || total.removed > 2n ** 63n - 1n) return 'counter-full';
  }
  return totals;
}

const value = fc.oneof(fc.nat(5), fc.nat(MAX_AMOUNT), fc.integer({ min: MAX_VALUE - 5, max: MAX_VALUE }));
const counter = fc.tuple(value, fc.oneof(fc.constant(0n), fc.bigInt(0n, MAX_TOTAL))).map(([now, all]): Counter => {
  const added = all < BigInt(now) ? BigInt(now) : all;
  return { definition: {}, value: now, added, removed: added - BigInt(now) };
});
const amount = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: MAX_AMOUNT }));
const name = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom('a', 'b', 'c') },
  { weight: 1, arbitrary: fc.constant('z') },
);
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ counter: name, by: amount }),
  fc.record({ counter: name, by: amount.map((by) => -by) }),
  fc.record({ counter: name, to: fc.oneof(value, fc.integer({ min: -5, max: -1 }), fc.constant(-MAX_VALUE)) }),
);
const changeSet = fc.array(change, { minLength: 1, maxLength: 6 });
const counters = fc.record({
  a: counter,
  b: counter.map((some) => ({ ...some, definition: DEFINITIONS['b'] ?? {} })),
  c: value.map((now): Counter => ({ definition: DEFINITIONS['c'] ?? {}, value: now, added: 0n, removed: 0n })),
});

function createDashboard(start: Record<string, Counter>): Dashboard & { counters: Map<string, Counter> } {
  return {
    name: 'main',
    settings: {},
    version: 1,
    epoch: 'e',
    revision: 0,
    at: 0,
    counters: new Map(Object.entries(start)),
  };
}

function toTotals({ counters: living }: Dashboard): Totals {
  return Object.fromEntries(
    [...living].map(([key, { value: now, added, removed }]) => [key, { level: BigInt(now), added, removed }]),
  );
}

describe('any sequence of change sets', () => {
  it('equals a naive fold, with each change set applied completely or not at all', () => {
    fc.assert(
      fc.property(counters, fc.array(changeSet, { maxLength: 20 }), (start, changeSets) => {
        const dashboard = createDashboard(start);
        let expected = toTotals(dashboard);
        for (const changes of changeSets) {
          const result = applyChanges(dashboard, changes, 0);
          const folded = foldChanges(expected, changes);
          if (!isRefusal(result)) advance(dashboard, result);
          if (typeof folded !== 'string') expected = folded;
          expect(isRefusal(result) ? result.code : 'applied').toBe(typeof folded === 'string' ? folded : 'applied');
          expect(toTotals(dashboard)).toEqual(expected);
        }
      }),
    );
  });

  it('keeps every value from its minimum to 2^53 - 1 and equal to added - removed, and never decreases a total', () => {
    fc.assert(
      fc.property(counters, fc.array(changeSet, { maxLength: 20 }), (start, changeSets) => {
        const dashboard = createDashboard(start);
        for (const changes of changeSets) {
          const result = applyChanges(dashboard, changes, 0);
          if (isRefusal(result)) continue;
          for (const [key, after] of result.counters) {
            const before = result.previous.get(key);
            expect(before).toBe(dashboard.counters.get(key));
            const { kind, min = 0 } = after.definition;
            expect(after.value >= (min ?? -MAX_VALUE) && after.value <= MAX_VALUE).toBe(true);
            expect(after.added - after.removed).toBe(kind === 'gauge' ? 0n : BigInt(after.value));
            expect(before && after.added >= before.added && after.removed >= before.removed).toBe(true);
            expect(after.added <= MAX_TOTAL && after.removed <= MAX_TOTAL).toBe(true);
          }
          advance(dashboard, result);
        }
      }),
    );
  });

  it('increments the revision once per applied change set, and never sets the time back', () => {
    fc.assert(
      fc.property(counters, fc.array(fc.tuple(changeSet, fc.nat(100))), (start, steps) => {
        const dashboard = createDashboard(start);
        for (const [changes, now] of steps) {
          const { revision, at } = dashboard;
          const result = applyChanges(dashboard, changes, now);
          if (isRefusal(result)) continue;
          expect(result.revision).toBe(revision + 1);
          expect(result.at).toBe(Math.max(at, now));
          advance(dashboard, result);
        }
      }),
    );
  });

  it('modifies nothing in place', () => {
    fc.assert(
      fc.property(counters, changeSet, (start, changes) => {
        const dashboard = createDashboard(start);
        const [before, asked] = [structuredClone(dashboard), structuredClone(changes)];
        for (const living of dashboard.counters.values()) Object.freeze(living);
        applyChanges(dashboard, Object.freeze(changes), 1);
        expect(dashboard).toEqual(before);
        expect(changes).toEqual(asked);
      }),
    );
  });
});

/** The cheap check of a line takes only what the shape's class takes, and all that is as it mostly comes. */
import * as fc from 'fast-check';
import { isChangeSet, parseChangeLine, validateChangeSet } from './change-line.js';

const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,63}$/);
const change = fc.oneof(
  fc.record({ counter: name, by: fc.integer({ min: 1, max: 1_000_000_000 }) }),
  fc.record({ counter: name, by: fc.integer({ min: -1_000_000_000, max: -1 }) }),
  fc.record({ counter: name, to: fc.maxSafeNat() }),
);
const changeSet = fc.record(
  {
    dashboard: name,
    changes: fc.array(change, { minLength: 1, maxLength: 5 }),
    key: fc.stringMatching(/^[\x21-\x7e]{1,255}$/),
    reason: fc.string({ minLength: 1, maxLength: 500 }),
  },
  { requiredKeys: ['dashboard', 'changes'] },
);

/** What could stand anywhere, and mostly should not. */
const unexpectedValue = fc.oneof(
  fc.constantFrom(null, true, '', 'a', 0, -1, 1.5, 2 ** 53, 1e300, -1e9 - 1, [], {}, 'A', 'x'.repeat(600), 'a b'),
  fc.jsonValue({ maxDepth: 2 }),
);
/** A change set with one of its members, or of its first change's, replaced, added or taken away. */
const mutatedChangeSet = fc
  .tuple(
    changeSet,
    fc.constantFrom('dashboard', 'changes', 'key', 'reason', 'at', '__proto__', 'counter', 'by', 'to'),
    unexpectedValue,
    fc.boolean(),
  )
  .map(([set, member, value, removed]) => {
    const copy = structuredClone(set) as Record<string, unknown> & { changes: Record<string, unknown>[] };
    const target = ['counter', 'by', 'to'].includes(member) ? (copy.changes[0] ?? {}) : copy;
    if (removed) delete target[member];
    else Object.defineProperty(target, member, { value, enumerable: true, configurable: true, writable: true });
    return copy;
  });

const validateOrRefuse = (value: unknown): unknown => {
  try {
    return validateChangeSet(value);
  } catch {
    return 'refused';
  }
};

it('takes nothing that the shape refuses, and reads the rest as the shape does', () => {
  fc.assert(
    fc.property(fc.oneof(mutatedChangeSet, fc.jsonValue()), (value) => {
      const verdict = validateOrRefuse(value);
      expect(isChangeSet(value) ? verdict : value).toEqual(value);
    }),
    { numRuns: 2_000 },
  );
});

it('takes every change set that is as it should be', () => {
  fc.assert(
    fc.property(changeSet, (value) => {
      expect(isChangeSet(value)).toBe(true);
      expect(parseChangeLine(JSON.stringify(value))).toEqual(validateChangeSet(value));
    }),
  );
});

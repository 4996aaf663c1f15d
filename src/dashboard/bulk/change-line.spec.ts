/** The fast check of a line agrees with the DTO class. */
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
    key: fc.stringMatching(/^[\x21-\x7e]{1,255}( \d{1,16})?$/),
    reason: fc.string({ minLength: 1, maxLength: 500 }),
  },
  { requiredKeys: ['dashboard', 'changes'] },
);

/** Values to put where they mostly do not belong. */
const unexpectedValue = fc.oneof(
  fc.constantFrom(null, true, '', 'a', 0, -1, 1.5, 2 ** 53, 1e300, -1e9 - 1, [], {}, 'A', 'x'.repeat(600), 'a b'),
  fc.jsonValue({ maxDepth: 2 }),
);
/** A change set in which one field, or one field of the first change, is replaced, added or removed. */
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

it('the fast check accepts only values that the DTO accepts unchanged', () => {
  fc.assert(
    fc.property(fc.oneof(mutatedChangeSet, fc.jsonValue()), (value) => {
      const verdict = validateOrRefuse(value);
      expect(isChangeSet(value) ? verdict : value).toEqual(value);
    }),
    { numRuns: 2_000 },
  );
});

it('the fast check accepts every valid change set', () => {
  fc.assert(
    fc.property(changeSet, (value) => {
      expect(isChangeSet(value)).toBe(true);
      expect(parseChangeLine(JSON.stringify(value))).toEqual(validateChangeSet(value));
    }),
  );
});

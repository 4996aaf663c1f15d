/** The cheap check of a line and its class agree: what the one takes the other takes too, and as the same change set. */
import 'reflect-metadata';
import * as fc from 'fast-check';
import { TallyError } from '../../counters/errors.js';
import { isChangeSet, parseLine, readChangeSet } from './change.line.js';

const name = fc.oneof(
  fc.constantFrom('orders', 'main', 'a', 'a'.repeat(64)),
  fc.stringMatching(/^[a-z][a-z0-9_-]{0,63}$/),
);
const by = fc.oneof(fc.integer({ min: -1_000_000_000, max: -1 }), fc.integer({ min: 1, max: 1_000_000_000 }));
const change = fc.oneof(fc.record({ counter: name, by }), fc.record({ counter: name, to: fc.maxSafeNat() }));
const words = fc.string({ unit: 'binary', minLength: 1, maxLength: 250 });
const valid = fc.record(
  {
    dashboard: name,
    changes: fc.array(change, { minLength: 1, maxLength: 5 }),
    key: fc.oneof(fc.stringMatching(/^[\x21-\x7e]{1,255}$/), fc.constant('k'.repeat(255))),
    reason: words,
  },
  { requiredKeys: ['dashboard', 'changes'] },
);

/** Nearly a change set: each part is right, or wrong in one of the ways that come to mind, or in another. */
const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(null, 0, -0, -1, 1, 1.5, 1e9, 1e9 + 1, 2 ** 53, 1e300, true, '', '1', [], {}, [1], {
    by: 1,
  }),
  fc.constantFrom(
    'A',
    'a b',
    'a'.repeat(65),
    'k'.repeat(256),
    'é',
    '\uFE0F',
    '\uFE0Fx',
    '🎉',
    'x'.repeat(500),
    'x'.repeat(501),
  ),
  fc.constantFrom('a\n', '\n', 'a'.repeat(499) + '🎉', '🎉'.repeat(500), '\uFE0F'.repeat(501), '\ud800'),
);
const member = fc.constantFrom(
  'dashboard',
  'changes',
  'key',
  'reason',
  'by',
  'to',
  'who',
  '__proto__',
  'constructor',
  'toString',
);
const nearChange = fc.dictionary(
  fc.constantFrom('counter', 'by', 'to', 'at', '__proto__', 'constructor'),
  fc.oneof({ weight: 2, arbitrary: name }, { weight: 4, arbitrary: by }, { weight: 2, arbitrary: odd }),
  { maxKeys: 3 },
);
const near = fc
  .record(
    {
      dashboard: fc.oneof({ weight: 9, arbitrary: name }, odd),
      changes: fc.oneof(
        {
          weight: 6,
          arbitrary: fc.array(fc.oneof({ weight: 4, arbitrary: change }, nearChange), { minLength: 1, maxLength: 3 }),
        },
        { weight: 1, arbitrary: fc.array(odd, { maxLength: 3 }) },
        { weight: 1, arbitrary: odd },
      ),
      key: fc.oneof({ weight: 4, arbitrary: fc.constant('k') }, odd),
      reason: fc.oneof({ weight: 4, arbitrary: words }, odd, fc.string({ unit: 'binary', maxLength: 510 })),
    },
    { requiredKeys: ['dashboard', 'changes'] },
  )
  .chain((whole) =>
    fc.oneof(
      { weight: 3, arbitrary: fc.constant(whole) },
      fc.tuple(member, odd).map(([extra, value]) => ({ ...whole, [extra]: value })),
    ),
  );

/** As it comes out of a line. */
const parsed = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

function verdict(value: unknown): unknown {
  try {
    return readChangeSet(value);
  } catch (error) {
    if (error instanceof TallyError) return error.code;
    throw error;
  }
}

describe('the cheap check', () => {
  it('takes every change set, as what its class makes of it', () => {
    fc.assert(
      fc.property(valid, (changeSet) => {
        const value = parsed(changeSet);
        expect(isChangeSet(value)).toBe(true);
        expect(readChangeSet(value)).toEqual(value);
        expect(parseLine(JSON.stringify(changeSet))).toEqual(value);
      }),
    );
  });

  it('takes 1,000 changes as its class does, and no more', () => {
    const of = (length: number) => ({
      dashboard: 'main',
      changes: Array.from({ length }, () => ({ counter: 'a', by: 1 })),
    });
    expect([isChangeSet(of(1_000)), verdict(of(1_000))]).toEqual([true, of(1_000)]);
    expect([isChangeSet(of(1_001)), verdict(of(1_001))]).toEqual([false, 'invalid-request']);
  });

  it('takes nothing that its class refuses or reads otherwise', () => {
    let [taken, refused] = [0, 0];
    fc.assert(
      fc.property(fc.oneof({ weight: 5, arbitrary: near }, odd), (one) => {
        const value = parsed(one);
        const [takes, read] = [isChangeSet(value), verdict(value)];
        if (takes) taken += 1;
        if (read === 'invalid-request') refused += 1;
        expect([takes, takes ? read : undefined]).toEqual([takes, takes ? value : undefined]);
      }),
      { numRuns: 2_000 },
    );
    // It has been among both.
    expect(Math.min(taken, refused)).toBeGreaterThan(100);
  });

  it.each([
    ['a member __proto__', '{"dashboard":"main","changes":[{"counter":"a","by":1}],"__proto__":null}'],
    ['a change with __proto__ for its step', '{"dashboard":"main","changes":[{"counter":"a","__proto__":{"by":1}}]}'],
    ['a step of -0', '{"dashboard":"main","changes":[{"counter":"a","by":-0}]}'],
    ['no changes', '{"dashboard":"main","changes":[]}'],
  ])('leaves %s to its class, which refuses it', (_, text) => {
    expect(isChangeSet(JSON.parse(text))).toBe(false);
    expect(() => parseLine(text)).toThrow(TallyError);
  });

  it.each([
    ['a key and a reason of null', { key: null, reason: null }, {}],
    ['a reason of 500 letters that are two units each', { reason: '🎉'.repeat(500) }, { reason: '🎉'.repeat(500) }],
  ])('leaves %s to its class, which takes it', (_, more, read) => {
    const changeSet = { dashboard: 'main', changes: [{ counter: 'a', by: 1 }] };
    expect(isChangeSet({ ...changeSet, ...more })).toBe(false);
    expect(readChangeSet({ ...changeSet, ...more })).toEqual({ ...changeSet, ...read });
  });
});

/** The counting rule, by example. */
import {
  advance,
  type AppliedChangeSet,
  applyChanges,
  type Counter,
  type Dashboard,
  isRefusal,
  MAX_AMOUNT,
  MAX_TOTAL,
  MAX_VALUE,
  NAME_PATTERN,
  toOutcome,
  toSnapshot,
} from './counters.js';
import type { Refusal } from './errors.js';

const createCounter = (value: number, removed = 0n): Counter => ({ value, added: BigInt(value) + removed, removed });

function createDashboard(
  counters: Readonly<Record<string, Counter>>,
  at = 0,
): Dashboard & { counters: Map<string, Counter> } {
  return { name: 'main', epoch: 'e', revision: 7, at, counters: new Map(Object.entries(counters)) };
}

function assertApplied(result: AppliedChangeSet | Refusal): AppliedChangeSet {
  if (isRefusal(result)) throw new Error(`refused: ${result.detail}`);
  return result;
}

function assertRefused(result: AppliedChangeSet | Refusal): Refusal {
  if (!isRefusal(result)) throw new Error('it was applied');
  return result;
}

describe('a change', () => {
  it('adds, removes or sets a value, and adds every step to a total that never decreases', () => {
    const changes = [
      { counter: 'orders', by: 5 },
      { counter: 'orders', by: -2 },
      { counter: 'orders', to: 10 },
      { counter: 'orders', to: 4 },
    ];
    const { counters, previous } = assertApplied(
      applyChanges(createDashboard({ orders: createCounter(1) }), changes, 1),
    );
    expect(counters.get('orders')).toEqual({ value: 4, added: 12n, removed: 8n });
    expect(previous.get('orders')).toEqual(createCounter(1));
  });

  it('that sets the same value reports the counter as changed and increments the revision', () => {
    const result = assertApplied(
      applyChanges(createDashboard({ orders: createCounter(3) }), [{ counter: 'orders', to: 3 }], 1),
    );
    expect(result.revision).toBe(8);
    expect(result.counters.get('orders')).toEqual(createCounter(3));
  });

  it('keeps the title and unit of the counter', () => {
    const dashboard = createDashboard({ orders: { ...createCounter(0), title: 'Orders', unit: 'order' } });
    const { counters } = assertApplied(applyChanges(dashboard, [{ counter: 'orders', by: 1 }], 1));
    expect(counters.get('orders')).toMatchObject({ title: 'Orders', unit: 'order', value: 1 });
  });

  it('that removes from zero is refused with a message that uses the unit of the counter', () => {
    const dashboard = createDashboard({ orders: { ...createCounter(0), unit: 'order' }, visits: createCounter(0) });
    expect(applyChanges(dashboard, [{ counter: 'orders', by: -1 }], 1)).toEqual({
      code: 'nothing-to-remove',
      detail: 'no order remains to remove',
    });
    expect(assertRefused(applyChanges(dashboard, [{ counter: 'visits', by: -1 }], 1)).detail).toBe(
      'no visits remains to remove',
    );
  });

  it.each([
    [1, 'cannot remove 3 from orders: only 1 remains'],
    [2, 'cannot remove 3 from orders: only 2 remain'],
  ])('that removes 3 from a value of %d is refused with the number that remains', (value, detail) => {
    const result = applyChanges(createDashboard({ orders: createCounter(value) }), [{ counter: 'orders', by: -3 }], 1);
    expect(result).toEqual({ code: 'nothing-to-remove', detail });
  });

  it('can raise a value to 2^53 - 1 but not beyond', () => {
    const dashboard = createDashboard({ orders: createCounter(MAX_VALUE - 1) });
    const { counters } = assertApplied(applyChanges(dashboard, [{ counter: 'orders', by: 1 }], 1));
    expect(counters.get('orders')?.value).toBe(9_007_199_254_740_991);
    expect(assertRefused(applyChanges(dashboard, [{ counter: 'orders', by: 2 }], 1)).code).toBe('counter-full');
    expect(assertRefused(applyChanges(dashboard, [{ counter: 'orders', by: MAX_AMOUNT }], 1)).code).toBe(
      'counter-full',
    );
  });

  it('can raise a total to its maximum but not beyond, and can still remove', () => {
    const full = createDashboard({ orders: { value: 5, added: MAX_TOTAL - 1n, removed: MAX_TOTAL - 6n } });
    const { counters } = assertApplied(applyChanges(full, [{ counter: 'orders', by: 1 }], 1));
    expect(counters.get('orders')).toEqual({ value: 6, added: MAX_TOTAL, removed: MAX_TOTAL - 6n });
    expect(assertRefused(applyChanges(full, [{ counter: 'orders', by: 2 }], 1)).code).toBe('counter-full');
    expect(assertApplied(applyChanges(full, [{ counter: 'orders', to: 0 }], 1)).counters.get('orders')?.value).toBe(0);
  });

  it('of an unknown counter causes its whole change set to be refused', () => {
    const dashboard = createDashboard({ orders: createCounter(1) });
    const changes = [
      { counter: 'orders', by: 1 },
      { counter: 'odrers', by: 1 },
    ];
    expect(applyChanges(dashboard, changes, 1)).toEqual({
      code: 'unknown-counter',
      detail: 'main has no counter named odrers',
    });
  });

  it('has the current time, or that of the last change if the clock went back', () => {
    const change = [{ counter: 'orders', by: 1 }];
    expect(assertApplied(applyChanges(createDashboard({ orders: createCounter(0) }, 100), change, 150)).at).toBe(150);
    expect(assertApplied(applyChanges(createDashboard({ orders: createCounter(0) }, 100), change, 50)).at).toBe(100);
  });
});

describe('the public state', () => {
  it('has every counter in a snapshot and the changed counters in an outcome', () => {
    const dashboard = createDashboard({ orders: createCounter(1), customers: createCounter(2) }, 5);
    const result = assertApplied(applyChanges(dashboard, [{ counter: 'orders', by: 1 }], 9));
    expect(toOutcome('main', result)).toEqual({
      dashboard: 'main',
      revision: 8,
      at: 9,
      replayed: false,
      counters: { orders: 2 },
      added: { orders: 2 },
    });
    advance(dashboard, result);
    expect(toSnapshot(dashboard)).toEqual({
      dashboard: 'main',
      epoch: 'e',
      revision: 8,
      at: 9,
      counters: { orders: 2, customers: 2 },
    });
  });

  it('rounds a total beyond 2^53 to the nearest double', () => {
    const orders = { value: 1, added: 2n ** 60n + 129n, removed: 2n ** 60n + 128n };
    const outcome = toOutcome('main', { revision: 1, at: 1, counters: new Map([['orders', orders]]) });
    expect(outcome.added).toEqual({ orders: 2 ** 60 + 256 });
  });

  it.each(['orders', 'a', 'a1_b-c', 'x'.repeat(64)])('accepts the name %s', (name) => {
    expect(name).toMatch(NAME_PATTERN);
  });

  it.each(['', 'Orders', '1a', '_a', 'a.b', 'a b', 'x'.repeat(65), 'a\n', '__proto__'])(
    'rejects the name %j',
    (name) => {
      expect(name).not.toMatch(NAME_PATTERN);
    },
  );
});

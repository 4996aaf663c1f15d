/** The counting rule, by example. */
import {
  advance,
  type AppliedChangeSet,
  applyChanges,
  type Change,
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
import type { CounterDefinition } from './definition.js';
import type { Refusal } from './errors.js';

const createCounter = (value: number, removed = 0n, definition: CounterDefinition = {}): Counter => ({
  definition,
  value,
  added: BigInt(value) + removed,
  removed,
});

function createDashboard(
  counters: Readonly<Record<string, Counter>>,
  at = 0,
): Dashboard & { counters: Map<string, Counter> } {
  return {
    name: 'main',
    settings: {},
    version: 1,
    epoch: 'e',
    revision: 7,
    at,
    counters: new Map(Object.entries(counters)),
  };
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
    expect(counters.get('orders')).toEqual({ definition: {}, value: 4, added: 12n, removed: 8n });
    expect(previous.get('orders')).toEqual(createCounter(1));
  });

  it('that sets the same value reports the counter as changed and increments the revision', () => {
    const result = assertApplied(
      applyChanges(createDashboard({ orders: createCounter(3) }), [{ counter: 'orders', to: 3 }], 1),
    );
    expect(result.revision).toBe(8);
    expect(result.counters.get('orders')).toEqual(createCounter(3));
  });

  it('keeps the definition of the counter', () => {
    const definition = { title: 'Orders', singular: 'order' };
    const dashboard = createDashboard({ orders: createCounter(0, 0n, definition) });
    const { counters } = assertApplied(applyChanges(dashboard, [{ counter: 'orders', by: 1 }], 1));
    expect(counters.get('orders')).toMatchObject({ definition, value: 1 });
  });

  it('is booked with the amount that each recount came to', () => {
    const changes = [
      { counter: 'orders', by: 5 },
      { counter: 'orders', to: 4 },
      { counter: 'orders', by: -1 },
    ];
    const apply = (some: readonly Change[]) =>
      assertApplied(applyChanges(createDashboard({ orders: createCounter(1) }), some, 1)).booked;
    expect(apply(changes)).toEqual([changes[0], { counter: 'orders', to: 4, moved: -2 }, changes[2]]);
    const steps = [{ counter: 'orders', by: 5 }];
    expect(apply(steps)).toBe(steps);
  });

  it.each([
    [{ min: null }, [{ by: -3 }, { to: -MAX_VALUE }], -MAX_VALUE],
    [{ min: -5 }, [{ by: -5 }], -5],
    [{ kind: 'gauge', min: null }, [{ to: 4 }, { by: -6 }], -2],
    [{ kind: 'gauge' }, [{ to: 4 }, { by: -4 }], 0],
  ] as const)('of a counter with %j may go down to its lowest value', (definition, steps, value) => {
    const changes = steps.map((step) => ({ counter: 'level', ...step }));
    const { counters } = assertApplied(
      applyChanges(createDashboard({ level: createCounter(0, 0n, definition) }), changes, 1),
    );
    expect(counters.get('level')?.value).toBe(value);
  });

  it.each([
    [{ min: -5 }, { by: -6 }, 'cannot remove 6 from level: it is at 0, and its lowest value is -5'],
    [{ min: null }, { by: -MAX_VALUE }, undefined],
    [{}, { to: -1 }, 'cannot set level to -1: its lowest value is 0'],
    [{ kind: 'gauge', min: 0 }, { by: -1 }, 'no level remains to remove'],
  ] as const)('of a counter with %j is refused below it: %j', (definition, step, detail) => {
    const result = applyChanges(
      createDashboard({ level: createCounter(0, 0n, definition) }),
      [{ counter: 'level', ...step }],
      1,
    );
    expect(isRefusal(result) ? result : undefined).toEqual(detail && { code: 'nothing-to-remove', detail });
  });

  it('between the limits of a counter without a lowest value is worked out exactly', () => {
    const dashboard = createDashboard({ level: createCounter(MAX_VALUE, 0n, { min: null }) });
    const { counters, booked } = assertApplied(applyChanges(dashboard, [{ counter: 'level', to: 1 - MAX_VALUE }], 1));
    expect(counters.get('level')).toMatchObject({ value: 1 - MAX_VALUE, removed: 18_014_398_509_481_981n });
    expect(booked).toEqual([{ counter: 'level', to: 1 - MAX_VALUE, moved: '-18014398509481981' }]);
  });

  it('of a gauge has no totals, and never fills it', () => {
    const gauge = createCounter(0, 0n, { kind: 'gauge' });
    const changes = Array.from({ length: 3_000 }, (_, index) => ({ counter: 'level', to: index % 2 ? 0 : MAX_VALUE }));
    const { counters } = assertApplied(applyChanges(createDashboard({ level: gauge }), changes, 1));
    expect(counters.get('level')).toEqual(gauge);
  });

  it('that removes from zero is refused with a message that uses the singular of the counter', () => {
    const dashboard = createDashboard({
      orders: createCounter(0, 0n, { singular: 'order' }),
      visits: createCounter(0),
    });
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
    const full = createDashboard({
      orders: { definition: {}, value: 5, added: MAX_TOTAL - 1n, removed: MAX_TOTAL - 6n },
    });
    const { counters } = assertApplied(applyChanges(full, [{ counter: 'orders', by: 1 }], 1));
    expect(counters.get('orders')).toEqual({ definition: {}, value: 6, added: MAX_TOTAL, removed: MAX_TOTAL - 6n });
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
      removed: { orders: 0 },
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

  it('has totals as numbers, and exact beyond 2^53', () => {
    const orders = { definition: {}, value: 1, added: 2n ** 60n + 129n, removed: 2n ** 60n + 128n };
    const queue = { definition: { kind: 'gauge' as const }, value: 3, added: 0n, removed: 0n };
    const counters = new Map<string, Counter>(Object.entries({ orders, queue }));
    const { added, removed } = toOutcome('main', { revision: 1, at: 1, counters });
    expect([added, removed]).toEqual([{ orders: orders.added }, { orders: orders.removed }]);
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

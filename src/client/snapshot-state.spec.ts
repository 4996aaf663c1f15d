/** Applying live messages to a snapshot, and comparing snapshots by age. */
import type { Snapshot } from '../counters/counters.js';
import { applyMessage, isNewer } from './snapshot-state.js';

const at = (revision: number, counters: Snapshot['counters'] = { orders: revision }, epoch = 'e1'): Snapshot => ({
  dashboard: 'main',
  epoch,
  revision,
  at: revision,
  counters,
});
const snapshot = (state: Snapshot) => ({ type: 'snapshot', ...state }) as const;
const patch = (from: number, revision: number, counters: Snapshot['counters']) =>
  ({ type: 'patch', from, revision, at: revision, counters }) as const;

describe('applyMessage', () => {
  it('replaces the state with a snapshot, even one of a lower revision', () => {
    expect(applyMessage(undefined, snapshot(at(5)))).toEqual(at(5));
    expect(applyMessage(at(7), snapshot(at(5)))).toEqual(at(5));
  });

  it('applies a patch that starts at the current revision', () => {
    const last = at(5, { orders: 5, products: 1 });
    expect(applyMessage(last, patch(5, 8, { orders: 6 }))).toEqual({ ...last, ...at(8, { orders: 6, products: 1 }) });
    expect(last.counters).toEqual({ orders: 5, products: 1 });
  });

  it('keeps the totals of unchanged counters and takes over those in a patch', () => {
    const first = applyMessage(undefined, {
      ...snapshot(at(5, { orders: 5, products: 1 })),
      added: { orders: 9, products: 1 },
    });
    const next = applyMessage(first, { ...patch(5, 8, { orders: 4 }), added: { orders: 11 } });
    expect([first?.added, next?.added]).toEqual([
      { orders: 9, products: 1 },
      { orders: 11, products: 1 },
    ]);
    expect(applyMessage(next, snapshot(at(9)))).toEqual(at(9));
  });

  it.each([4, 6])('does not apply a patch from revision %i to a state at revision 5', (from) => {
    expect(applyMessage(at(5), patch(from, 8, { orders: 6 }))).toBeUndefined();
  });

  it('keeps measures and periods of a patch without them, and starts a new period at 0', () => {
    const numbers = { added: { orders: 3, products: 1 }, removed: { orders: 1, products: 0 } };
    const first = applyMessage(undefined, {
      ...snapshot(at(5, { orders: 5, products: 1 })),
      definition: 3,
      heartbeatMs: 15_000,
      measures: { basket: 2.5 },
      periods: { day: { start: 0, end: 24, ...numbers } },
    });
    expect(applyMessage(first, patch(5, 6, { orders: 4 }))).toMatchObject({
      measures: { basket: 2.5 },
      periods: { day: numbers },
    });
    const begun = { start: 24, end: 48, added: { orders: 1 }, removed: {} };
    expect(applyMessage(first, { ...patch(5, 5, {}), periods: { day: begun } })).toEqual({
      ...at(5, { orders: 5, products: 1 }),
      measures: { basket: 2.5 },
      periods: { day: { ...begun, added: { orders: 1, products: 0 }, removed: { orders: 0, products: 0 } } },
    });
  });

  it('does not apply a patch before the first snapshot', () => {
    expect(applyMessage(undefined, patch(0, 1, { orders: 1 }))).toBeUndefined();
  });
});

describe('a snapshot is newer', () => {
  it('than none', () => {
    expect(isNewer(at(0), undefined)).toBe(true);
  });

  it('if its revision is higher, and not if it is lower or the same', () => {
    expect([4, 5, 6].map((revision) => isNewer(at(revision, { orders: 1 }), at(5, { orders: 1 })))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('if it has another epoch, whatever its revision', () => {
    expect(isNewer(at(0, {}, 'e2'), at(5))).toBe(true);
  });

  it('if a period has begun or a measure is defined at the same revision', () => {
    const numbers = { end: 9, added: { orders: 1 }, removed: { orders: 0 } };
    const current = { ...at(5), periods: { day: { ...numbers, start: 1 } } };
    expect([
      isNewer(current, current),
      isNewer({ ...current, periods: { day: { ...numbers, start: 2 } } }, current),
      isNewer({ ...current, measures: { basket: null } }, current),
    ]).toEqual([false, true, true]);
  });

  it('if it lacks a counter of the other at the same revision', () => {
    expect(isNewer(at(5, { orders: 1 }), at(5, { orders: 1, products: 2 }))).toBe(true);
  });
});

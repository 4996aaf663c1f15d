/** Own changes that are not confirmed yet, in every order in which snapshots and responses arrive. */
import { array, assert, boolean, infiniteStream, integer, nat, property, record } from 'fast-check';
import { beginChange, getShownValue, NO_PENDING_CHANGES, settleChange } from './pending-changes.js';

it('a change that a snapshot has already is counted once, and others are counted too', () => {
  const { pending, moved } = beginChange(NO_PENDING_CHANGES, 5, 2, 0);
  expect([5, 7, 17].map((total) => getShownValue(total, 1, pending))).toEqual([7, 7, 17]);
  const settled = settleChange(pending, moved, { revision: 3, value: 17 });
  expect([getShownValue(5, 2, settled), getShownValue(20, 4, settled)]).toEqual([17, 20]);
});

it('a change that goes below the lowest value is shown as reaching it', () => {
  const { pending, moved } = beginChange(NO_PENDING_CHANGES, 5, -100, 0);
  expect(getShownValue(5, 1, pending)).toBe(0);
  expect(getShownValue(5, 1, settleChange(pending, moved))).toBe(5);
});

it('of several changes, only those that are refused are taken back, in every order of the responses', () => {
  const changes = array(record({ net: integer({ min: 1, max: 9 }), isRefused: boolean() }), {
    minLength: 1,
  });
  const isExact = property(changes, infiniteStream(nat()), (all, numbers) => {
    let pending = NO_PENDING_CHANGES;
    const waiting = all.map(({ net, isRefused }) => {
      const begun = beginChange(pending, getShownValue(0, 0, pending), net, 0);
      pending = begun.pending;
      return { moved: begun.moved, isRefused };
    });
    let [revision, value] = [0, 0];
    let outstanding = waiting.reduce((sum, { moved }) => sum + moved, 0);
    while (waiting.length > 0) {
      const [change] = waiting.splice((numbers.next().value ?? 0) % waiting.length, 1);
      if (!change) break;
      outstanding -= change.moved;
      if (!change.isRefused) [revision, value] = [revision + 1, value + change.moved];
      pending = settleChange(pending, change.moved, change.isRefused ? undefined : { revision, value });
      expect(getShownValue(0, 0, pending)).toBe(value + outstanding);
    }
  });
  assert(isExact);
});

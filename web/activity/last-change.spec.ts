/** The change that the strip offers to undo. */
import { followChange, type LastChange } from './last-change.js';

const PLUS_ONE: LastChange = { counter: 'orders', revisions: [7], by: 1, reason: '' };

it.each<[string, LastChange | undefined, Parameters<typeof followChange>[3], LastChange]>([
  ['the first change stands alone', undefined, { by: 1 }, { ...PLUS_ONE, revisions: [8] }],
  ['presses on the same counter add up', PLUS_ONE, { by: -3 }, { ...PLUS_ONE, revisions: [7, 8], by: -2 }],
  ['another counter begins anew', { ...PLUS_ONE, counter: 'visits' }, { by: 1 }, { ...PLUS_ONE, revisions: [8] }],
  ['a reason stands alone', PLUS_ONE, { by: 1, reason: 'late' }, { ...PLUS_ONE, revisions: [8], reason: 'late' }],
  ['nothing adds up to a reason', { ...PLUS_ONE, reason: 'late' }, { by: 1 }, { ...PLUS_ONE, revisions: [8] }],
  ['a value stands alone', PLUS_ONE, { to: 5 }, { counter: 'orders', revisions: [8], to: 5, reason: '' }],
])('%s', (_, last, request, expected) => {
  expect(followChange(last, 'orders', 8, request)).toEqual(expected);
});

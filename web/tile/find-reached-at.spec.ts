/** The row in which a sum has reached its target. */
import { findReachedAt } from './find-reached-at.js';

const find = (added: readonly number[], removed: readonly number[], target: number): number | undefined =>
  findReachedAt(
    {
      dashboard: 'shop',
      epoch: 'e',
      step: 60_000,
      at: added.map((_, row) => row * 60_000),
      counters: { orders: { value: [], added, removed }, queue: { value: [9], least: [9], most: [9] } },
    } as never,
    'orders',
    target,
  );

it.each([
  ['in the first row', [5, 1], [0, 0], 5, 0],
  ['in a later row, which is not the last', [3, 0, 2, 4], [0, 0, 0, 0], 5, 120_000],
  ['again, after it was lost', [5, 0, 1], [0, 1, 0], 5, 120_000],
  ['not at the end', [5, 0], [0, 1], 5, undefined],
  ['never', [1, 1], [0, 0], 5, undefined],
] as const)('reached %s', (_, added, removed, target, expected) => {
  expect(find(added, removed, target)).toBe(expected);
});

it('a gauge has no sum', () => {
  const history = { at: [0], counters: { queue: { value: [9], least: [9], most: [9] } } } as never;
  expect(findReachedAt(history, 'queue', 5)).toBeUndefined();
});

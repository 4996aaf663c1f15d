/** The numbers to show of a counter or a measure: the latest ones, with the viewer's changes that are on their way. */
import { computed, type ReadonlySignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { type Board, useBoard } from '../app/board-context.js';
import type { NumbersByKind } from '../data/board-data.js';

export function createShownNumbers(
  { data, changes }: Pick<Board, 'data' | 'changes'>,
  name: string,
): ReadonlySignal<NumbersByKind> {
  return computed(() => {
    const offset = changes.getOffset(name).value;
    const numbers = data.getNumbers(name).value;
    if (offset === 0) return numbers;
    const moved = Object.entries(numbers).map(([kind, number]) => [kind, number === null ? null : number + offset]);
    return Object.fromEntries(moved) as NumbersByKind;
  });
}

export function useShownNumbers(name: string): ReadonlySignal<NumbersByKind> {
  const { data, changes } = useBoard();
  return useMemo(() => createShownNumbers({ data, changes }, name), [data, changes, name]);
}

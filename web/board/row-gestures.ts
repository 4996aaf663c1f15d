/** Gestures on a row that change its counter: a press and Enter open the sheet, + and − change it by one. */
import { isMeasure } from '../../src/measures/shown-number.js';
import { listenForChanges } from '../activity/tile-gestures.js';
import { useBoard } from '../app/board-context.js';
import { getOne } from '../tile/steps.js';

/** Returns the listeners of a row; none for readers, measures, and a board of the past. */
export function useRowGestures(
  name: string,
): Partial<ReturnType<typeof listenForChanges>> & { readonly class?: string } {
  const { data, view, right, changes, ui } = useBoard();
  const definition = data.definition.value;
  const isChangeable =
    right.value !== 'read' && view.value.at === undefined && !!definition && !isMeasure(definition, name);
  if (!isChangeable) return {};
  const onOpen = (): void => void (ui.changing.value = name);
  const onStep = (direction: 1 | -1): void => void changes.change(name, { by: direction * getOne(definition, name) });
  return { ...listenForChanges(onOpen, onStep), onClick: onOpen, class: 'changeable' };
}

/** The numbers of a board, in the form that was chosen: tiles, a list of all, or the largest. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { useBoard } from '../app/board-context.js';
import { Lazy } from '../app/lazy.js';
import type { BoardData } from '../data/board-data.js';
import { Board } from './board.js';
import { getForm, MAX_TILES } from './form.js';
import { listGroups } from './layout.js';
import { TypeAhead } from './type-ahead.js';

/** Loaded for boards with tools: few numbers have none. */
const loadMany = async () => (await import('./many.js')).Many;

export function Numbers({ onOther }: { readonly onOther: (name: string) => void }): JSX.Element {
  const { data, view, ui } = useBoard();
  const definition = data.definition.value;
  const all = useNames(data);
  const shown = useMemo(
    () => (definition ? listGroups(definition, all).flatMap(({ tiles }) => tiles.map(({ show }) => show)) : all),
    [definition, all],
  );
  const form = getForm(view.value.form, shown.length);
  const tiles = <Board onOther={onOther} names={shown} />;
  const hasTools = form !== 'tiles' || shown.length > MAX_TILES;
  if (!hasTools && !ui.isSearchOpen.value) return tiles;
  const placeholder = (
    <>
      {ui.isSearchOpen.value && <TypeAhead />}
      {form === 'tiles' ? tiles : <div class="numbers-place" />}
    </>
  );
  return <Lazy load={loadMany} props={{ form, hasTools, names: shown, onOther }} placeholder={placeholder} />;
}

/** Returns the names of the numbers; before these have come, those of the definition, so that tiles stand in place. */
function useNames(data: BoardData): readonly string[] {
  const { view } = useBoard();
  const definition = data.definition.value;
  const names = data.names.value;
  const { counters: wanted } = view.value;
  return useMemo(() => {
    if (!definition || names.length > 0 || data.lastChangeAt.peek() !== undefined) return names;
    const defined = Object.keys({ ...definition.counters, ...definition.measures });
    return wanted.length === 0 ? defined : defined.filter((name) => wanted.includes(name));
  }, [data, definition, names, wanted]);
}

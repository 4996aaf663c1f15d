/** The numbers of a board, in the form that was chosen: tiles, a list of all, or the largest. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { useBoard } from '../app/board-context.js';
import type { BoardData } from '../data/board-data.js';
import { words } from '../words/locale.js';
import { Board } from './board.js';
import { BoardFacts } from './facts.js';
import { getForm, MAX_TILES } from './form.js';
import { listGroups } from './layout.js';
import { List } from './list.js';
import { filterByText } from './sorting.js';
import { Tools } from './tools.js';
import { Top } from './top.js';

export function Numbers({ onOther }: { readonly onOther: (name: string) => void }): JSX.Element {
  const board = useBoard();
  const { data, view, ui } = board;
  const facts = useMemo(() => new BoardFacts(board), [board]);
  const typed = useSignal('');
  const definition = data.definition.value;
  const all = useNames(data);
  const shown = useMemo(
    () => (definition ? listGroups(definition, all).flatMap(({ tiles }) => tiles.map(({ show }) => show)) : all),
    [definition, all],
  );
  const found = useMemo(
    () =>
      typed.value.trim() === ''
        ? shown
        : filterByText(
            shown.map((name) => facts.get(name).peek()),
            typed.value,
          ),
    [shown, facts, typed.value],
  );
  const form = getForm(view.value.form, shown.length);
  const hasTools = form !== 'tiles' || shown.length > MAX_TILES || ui.isSearchOpen.value;
  const { numbers } = words.value;
  return (
    <>
      {hasTools && <Tools form={form} facts={facts} names={found} count={shown.length} typed={typed} />}
      {form === 'tiles' && <Board onOther={onOther} names={found} />}
      {form === 'list' && <List facts={facts} names={found} />}
      {form === 'top' && <Top facts={facts} names={found} />}
      <p class="hint" role="status">
        {typed.value !== '' && found.length === 0 && numbers.noneFound(typed.value.trim())}
      </p>
    </>
  );
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

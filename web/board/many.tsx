/** The numbers of a board with the tools above them: searched, ordered, and as tiles, a list or the largest. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { useBoard } from '../app/board-context.js';
import type { BoardForm } from '../app/page-url.js';
import { words } from '../words/locale.js';
import { Board } from './board.js';
import { BoardFacts } from './facts.js';
import { List } from './list.js';
import './list.css';
import { filterByText } from './sorting.js';
import { Tools } from './tools.js';
import './tools.css';
import { Top } from './top.js';
import './top.css';

interface ManyProps {
  readonly form: BoardForm;
  /** True if the tools are there also when nobody searches. */
  readonly hasTools: boolean;
  /** Names of all that is shown, in the order of the board. */
  readonly names: readonly string[];
  readonly onOther: (name: string) => void;
}

export function Many({ form, hasTools, names, onOther }: ManyProps): JSX.Element {
  const board = useBoard();
  const facts = useMemo(() => new BoardFacts(board), [board]);
  const typed = board.ui.searchText;
  const found = useMemo(
    () =>
      typed.value.trim() === ''
        ? names
        : filterByText(
            names.map((name) => facts.get(name).peek()),
            typed.value,
          ),
    [names, facts, typed.value],
  );
  return (
    <>
      <Tools form={form} hasTools={hasTools} facts={facts} names={found} count={names.length} />
      {form === 'tiles' && <Board onOther={onOther} names={found} />}
      {form === 'list' && <List facts={facts} names={found} />}
      {form === 'top' && <Top facts={facts} names={found} />}
      <p class="hint" role="status">
        {typed.value !== '' && found.length === 0 && words.value.numbers.noneFound(typed.value.trim())}
      </p>
    </>
  );
}

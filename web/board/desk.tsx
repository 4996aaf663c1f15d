/** The board at a desk: numbers, chart, and what stands beside them. */
import type { JSX } from 'preact';
import { words } from '../words/locale.js';
import { useBoard } from '../app/board-context.js';
import { Board } from './board.js';
import { EmptyBoard } from './empty-board.js';

interface DeskProps {
  /** Names of the URL that do not exist. */
  readonly unknownNames: readonly string[];
}

export function Desk({ unknownNames }: DeskProps): JSX.Element {
  const { data, ui } = useBoard();
  const definition = data.definition.value;
  const isEmpty =
    definition !== undefined && Object.keys({ ...definition.counters, ...definition.measures }).length === 0;
  const { board } = words.value;
  return (
    <div class="desk" {...(ui.isActivityOpen.value && { 'data-beside': '' })}>
      <div class="column">
        {unknownNames.length > 0 && (
          <p class="strip" role="status">
            {board.unknownNames(unknownNames.join(', '))}
          </p>
        )}
        {!isEmpty && <Board onOther={(name) => (ui.changing.value = name)} />}
        {data.lastChangeAt.value === 0 || isEmpty ? <EmptyBoard isEmpty={isEmpty} /> : null}
      </div>
    </div>
  );
}

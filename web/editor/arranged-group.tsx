/** A group while the board is edited: its name, a grip, and its tiles. */
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { useBoard } from '../app/board-context.js';
import { isPhone } from '../app/phone.js';
import { chooseColumns, TILE_REM } from '../board/columns.js';
import { countUnits, getRoom } from '../board/board.js';
import { getPhoneRoom, listFullTiles } from '../board/phone-tiles.js';
import { Icon } from '../signs/icon.js';
import type { SeriesSlot } from '../signs/series-mark.js';
import { words } from '../words/locale.js';
import type { ArrangedGroup as Group } from './arrangement.js';
import { ArrangedTile } from './arranged-tile.js';
import { useArranging } from './arranging.js';
import { useDragStart } from './drag.js';

interface ArrangedGroupProps {
  readonly group: Group;
  /** Ids of all groups, in their order. */
  readonly order: readonly string[];
  /** Width of the board, rem. */
  readonly width: number;
  readonly getSlot: (name: string) => SeriesSlot | undefined;
  readonly commonKind: string;
  /** Tile that the Tab key reaches. */
  readonly tabStop: string | undefined;
}

/** A new counter takes the place of a tile. */
const ADD_UNITS = 1;

export function ArrangedGroup({ group, order, width, getSlot, commonKind, tabStop }: ArrangedGroupProps): JSX.Element {
  const { data, ui } = useBoard();
  const definition = data.definition.value;
  const { drag } = useArranging();
  const { editor } = words.value;
  const { id, title } = group;
  const tiles = group.tiles.filter(({ isHidden }) => !isHidden);
  const isLast = order.at(-1) === id;
  const columns = chooseColumns(width, countUnits({ tiles }) + (isLast ? ADD_UNITS : 0));
  const tileWidth = (width - TILE_REM.gap * (columns - 1)) / columns;
  const full = definition && isPhone.value ? listFullTiles(definition, { title, tiles }) : undefined;
  const onPointerDown = useDragStart('group', id);
  const isDragged = drag.value?.kind === 'group' && drag.value.id === id;
  return (
    <section
      class="group"
      aria-label={title === undefined ? editor.untitledGroup : editor.groupNamed(title)}
      data-group-section={id}
      {...(isDragged && { 'data-dragged': '' })}
      onPointerDown={onPointerDown}
    >
      <GroupHead group={group} order={order} />
      <div class="tiles" style={{ '--columns': columns }}>
        {tiles.map(({ show, size }) => {
          const drawnSize = full || (size === 'large' && columns === 1) ? 'medium' : size;
          return (
            <ArrangedTile
              key={show}
              show={show}
              group={id}
              size={size}
              drawnSize={drawnSize}
              isFull={full?.has(show) ?? false}
              room={full ? getPhoneRoom(full.has(show), width) : getRoom(drawnSize, tileWidth)}
              getSlot={getSlot}
              commonKind={commonKind}
              isTabStop={show === tabStop}
            />
          );
        })}
        {tiles.length === 0 && (
          <p class="nothing" data-empty-group data-group={id}>
            {editor.emptyGroup}
          </p>
        )}
        {isLast && (
          <button type="button" class="add" onClick={() => (ui.adminDialog.value = 'new-counter')}>
            <Icon name="plus" />
            <b>{editor.counter}</b>
            <small>{editor.orMeasure}</small>
          </button>
        )}
      </div>
    </section>
  );
}

function GroupHead({ group: { id, title }, order }: Pick<ArrangedGroupProps, 'group' | 'order'>): JSX.Element {
  const { draft } = useArranging();
  const { editor } = words.value;
  const grip = useRef<HTMLButtonElement>(null);
  const name = title ?? editor.untitledGroup;
  const rename = (text: string): void =>
    draft.take({ kind: 'rename-group', group: id, title: text === '' ? undefined : text });
  const move = (by: -1 | 1): void => {
    const index = order.indexOf(id);
    const target = by < 0 ? order[index - 1] : order[index + 2];
    if (by < 0 && target === undefined) return;
    draft.take({ kind: 'move-group', group: id, before: target });
    // Moved elements lose the focus.
    requestAnimationFrame(() => grip.current?.focus());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    move(event.key === 'ArrowUp' ? -1 : 1);
  };
  return (
    <h2>
      <button
        ref={grip}
        type="button"
        class="grip"
        aria-label={editor.moveGroup(name)}
        title="↑ ↓"
        onKeyDown={onKeyDown}
      >
        <Icon name="grip" />
      </button>
      <input
        class="ghost"
        aria-label={editor.groupName}
        placeholder={editor.groupName}
        maxLength={200}
        value={title ?? ''}
        // As it is typed, so that it counts as unsaved; spaces go when the field is left.
        onInput={({ currentTarget }) => rename(currentTarget.value)}
        onChange={({ currentTarget }) => rename(currentTarget.value.trim())}
        onKeyDown={({ key, currentTarget }) => key === 'Enter' && currentTarget.blur()}
      />
      {order.length > 1 && (
        <button
          type="button"
          class="button"
          data-look="quiet"
          data-icon
          title={editor.deleteGroup(name)}
          aria-label={editor.deleteGroup(name)}
          onClick={() => draft.take({ kind: 'delete-group', group: id })}
        >
          <Icon name="trash" />
        </button>
      )}
    </h2>
  );
}

/** A tile while the board is edited: with a grip, and with its tools when it is chosen. */
import type { JSX } from 'preact';
import { signal } from '@preact/signals';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { Right } from '../../src/client/client.js';
import { BoardContext, useBoard } from '../app/board-context.js';
import type { SeriesSlot } from '../signs/series-mark.js';
import { Icon } from '../signs/icon.js';
import { Tile, type TileSize } from '../tile/tile.js';
import { words } from '../words/locale.js';
import { getTitle, useArranging } from './arranging.js';
import { useDragStart } from './drag.js';
import { useTileKeys } from './tile-keys.js';
import { TileTools } from './tile-tools.js';

/** Right with which a tile has no controls. */
export const READ = signal<Right>('read');

interface ArrangedTileProps {
  readonly show: string;
  /** Id of its group. */
  readonly group: string;
  /** Its own size, and that in which it is drawn where there is one column. */
  readonly size: TileSize;
  readonly drawnSize: TileSize;
  /** True if it takes the whole width of a phone. */
  readonly isFull: boolean;
  readonly room: number;
  readonly getSlot: (name: string) => SeriesSlot | undefined;
  readonly commonKind: string;
  /** True for the one tile that the Tab key reaches. */
  readonly isTabStop: boolean;
}

export function ArrangedTile(props: ArrangedTileProps): JSX.Element {
  const { show, group, size, drawnSize, isFull, room, getSlot, commonKind, isTabStop } = props;
  const board = useBoard();
  const { data } = board;
  // While it is arranged, a number is not changed by a tap or a key.
  const shown = useMemo(() => ({ ...board, right: READ }), [board]);
  const { draft, chosen, drag, focused } = useArranging();
  const grip = useRef<HTMLButtonElement>(null);
  const { editor } = words.value;
  const title = getTitle(data, show);
  const isDragged = drag.value?.kind === 'tile' && drag.value.id === show;
  const isPicked = draft.picked.value?.id === show;
  const isChosen = chosen.value === show;
  const choose = (): void => {
    chosen.value = show;
    grip.current?.focus({ preventScroll: true });
  };
  const onPointerDown = useDragStart('tile', show, choose);
  const onKeyDown = useTileKeys(show);
  const takesFocus = focused.value === show;
  useLayoutEffect(() => {
    if (!takesFocus) return;
    focused.value = undefined;
    grip.current?.focus();
  }, [takesFocus, focused]);
  const place = {
    'data-arranged': show,
    'data-group': group,
    'data-size': drawnSize,
    ...(isFull && { 'data-full': '' }),
  };
  if (isDragged) return <div class="arranged gap" {...place} />;
  return (
    <div
      class="arranged"
      {...place}
      {...(isChosen && { 'data-open': '' })}
      {...(isPicked && { 'data-picked': '' })}
      onPointerDown={onPointerDown}
    >
      <BoardContext.Provider value={shown}>
        <Tile name={show} size={drawnSize} isFull={isFull} room={room} getSlot={getSlot} commonKind={commonKind} />
      </BoardContext.Provider>
      <button
        ref={grip}
        type="button"
        class="grip"
        aria-label={editor.move(title)}
        aria-pressed={isPicked}
        tabIndex={isTabStop ? 0 : -1}
        onFocus={() => (chosen.value = show)}
        onKeyDown={onKeyDown}
      >
        <Icon name="grip" />
      </button>
      <TileTools show={show} size={size} title={title} isOpen={isChosen} />
    </div>
  );
}

/** The copy of a tile that follows the pointer while it is dragged. */
import type { JSX } from 'preact';
import { Icon } from '../signs/icon.js';
import type { SeriesSlot } from '../signs/series-mark.js';
import { getRoom } from '../board/board.js';
import { Tile } from '../tile/tile.js';
import { findTile } from './arrangement.js';
import { useArranging } from './arranging.js';

interface FloatingTileProps {
  readonly getSlot: (name: string) => SeriesSlot | undefined;
  readonly commonKind: string;
}

export function FloatingTile({ getSlot, commonKind }: FloatingTileProps): JSX.Element | null {
  const { draft, drag } = useArranging();
  const dragged = drag.value;
  const tile = dragged?.kind === 'tile' ? findTile(draft.arrangement.value, dragged.id) : undefined;
  if (!dragged || !tile) return null;
  const { left, top, width, height } = dragged;
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return (
    <div
      class="floating arranged"
      aria-hidden="true"
      style={{ transform: `translate(${left}px, ${top}px)`, width: `${width}px`, height: `${height}px` }}
    >
      <Tile
        name={tile.show}
        size={tile.size}
        room={getRoom('medium', width / rem)}
        getSlot={getSlot}
        commonKind={commonKind}
      />
      <span class="grip">
        <Icon name="grip" />
      </span>
    </div>
  );
}

/** The tiles of a board at a desk, in their groups. */
import type { JSX } from 'preact';
import { useCallback, useMemo, useRef } from 'preact/hooks';
import { useBoard } from '../app/board-context.js';
import { isPhone } from '../app/phone.js';
import { Tile, type TileSize } from '../tile/tile.js';
import { getCommonKind, listSlots } from '../tile/shown-tile.js';
import { words } from '../words/locale.js';
import { chooseColumns, TILE_REM } from './columns.js';
import { MAX_TILES } from './form.js';
import { listGroups } from './layout.js';
import { getPhoneRoom, listFullTiles } from './phone-tiles.js';
import { useRovingFocus } from './roving-focus.js';
import { useWidth } from './width.js';

/** Columns that a tile takes. */
const UNITS: Readonly<Record<TileSize, number>> = { small: 0.5, medium: 1, large: 2 };
/** Padding of a tile at both sides and its edges, rem. */
const TILE_PADDING_REM = 2.125;
/** Share of a large tile that its numbers have: the rest is the sparkline's. */
const LARGE_SHARE = 0.5;

/** Sizes of numbers, rem, as in tokens.css: least, share of the tile's inner width, most. */
const NUMBER_SIZES: Readonly<Record<TileSize, readonly [least: number, share: number, most: number]>> = {
  small: [1.25, 0.11, 1.625],
  medium: [1.75, 0.155, 2.625],
  large: [2.25, 0.115, 4],
};
/** Share of a small tile that its number may take beside the comparison. */
const SMALL_SHARE = 0.55;

interface BoardProps {
  readonly onOther: (name: string) => void;
  /** Names of what is shown; all by default. */
  readonly names?: readonly string[];
}

export function Board({ onOther, names: wanted }: BoardProps): JSX.Element {
  const { data, view } = useBoard();
  const section = useRef<HTMLElement>(null);
  const width = useWidth(section);
  const definition = data.definition.value;
  const names = wanted ?? data.names.value;
  const groups = useMemo(() => (definition ? listGroups(definition, names) : []), [definition, names]);
  const slots = useMemo(() => (definition ? listSlots(definition) : new Map()), [definition]);
  const getSlot = useCallback((name: string) => slots.get(name), [slots]);
  const commonKind = view.value.period ?? (definition ? getCommonKind(definition) : 'total');
  useRovingFocus(section);
  return (
    <section ref={section} class="numbers" aria-labelledby="numbers">
      <h2 class="unseen" id="numbers">
        {words.value.board.numbers}
      </h2>
      {groups.map((group, index) => {
        const columns = chooseColumns(width, countUnits(group));
        const full = definition && isPhone.value ? listFullTiles(definition, group) : undefined;
        const tileWidth = (width - TILE_REM.gap * (columns - 1)) / columns;
        return (
          <div key={group.title ?? index} class="group">
            {group.title !== undefined && <h2>{group.title}</h2>}
            <div class="tiles" style={{ '--columns': columns }} {...(names.length > MAX_TILES && { 'data-many': '' })}>
              {group.tiles.map(({ show, size }) => (
                <Tile
                  key={show}
                  name={show}
                  size={full || (size === 'large' && columns === 1) ? 'medium' : size}
                  isFull={full?.has(show) ?? false}
                  room={full ? getPhoneRoom(full.has(show), width) : getRoom(size, tileWidth)}
                  getSlot={getSlot}
                  commonKind={commonKind}
                  tabIndex={-1}
                  onOther={onOther}
                />
              ))}
            </div>
          </div>
        );
      })}
    </section>
  );
}

/** Returns the columns that tiles take together. */
export function countUnits({ tiles }: { readonly tiles: readonly { readonly size: TileSize }[] }): number {
  return Math.ceil(tiles.reduce((sum, { size }) => sum + UNITS[size], 0));
}

/** Returns the room for a number, em of its digits. @param tileWidth of a medium tile, rem */
export function getRoom(size: TileSize, tileWidth: number): number {
  const [least, share, most] = NUMBER_SIZES[size];
  const inner = (size === 'large' ? 2 * tileWidth + TILE_REM.gap : tileWidth) - TILE_PADDING_REM;
  const digits = Math.min(most, Math.max(least, share * inner));
  const room = size === 'large' ? inner * LARGE_SHARE : size === 'small' ? inner * SMALL_SHARE : inner;
  return room / digits;
}

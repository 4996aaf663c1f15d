/** Keys that arrange a tile whose grip has the focus. */
import { useBoard } from '../app/board-context.js';
import { direction, words } from '../words/locale.js';
import { findGroupOf, type Step } from './arrangement.js';
import { type Arranging, getTitle, useArranging } from './arranging.js';
import { findNeighbour, type Way } from './neighbours.js';
import type { TileSize } from '../tile/tile.js';

const SIZES: Readonly<Record<string, TileSize>> = { '1': 'small', '2': 'medium', '3': 'large' };

/** Returns the handler of keys for a tile. */
export function useTileKeys(show: string): (event: KeyboardEvent) => void {
  const arranging = useArranging();
  const { data, ui } = useBoard();
  const { draft, announcement } = arranging;
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { editor } = words.peek();
    const title = getTitle(data, show);
    const isPicked = draft.picked.peek()?.id === show;
    const way = toWay(event.key);
    const size = SIZES[event.key];
    if (way && isPicked) carryTile(arranging, show, way, title);
    else if (way) moveFocus(arranging, show, way);
    else if (size) draft.take({ kind: 'resize', show, size });
    else if (event.key === ' ' && isPicked) {
      draft.putDown();
      announcement.value = editor.putDown(title);
    } else if (event.key === ' ') {
      draft.picked.value = { id: show, step: undefined };
      announcement.value = editor.pickedUp(title);
    } else if (event.key === 'Escape' && isPicked) {
      draft.picked.value = undefined;
      arranging.focused.value = show;
      announcement.value = editor.putBack(title);
    } else if (event.key.toLowerCase() === 'h' && !isPicked) {
      const next = findNeighbour(show, 'next') ?? findNeighbour(show, 'previous');
      draft.take({ kind: 'hide', show, isHidden: true });
      arranging.focused.value = next?.show;
    } else if (event.key === 'Enter') ui.configuring.value = show;
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}

/** Returns where an arrow key leads: with the reading direction. */
function toWay(key: string): Way | undefined {
  const [left, right] = direction.peek() === 'rtl' ? (['next', 'previous'] as const) : (['previous', 'next'] as const);
  const ways: Readonly<Record<string, Way>> = {
    ArrowLeft: left,
    ArrowRight: right,
    ArrowUp: 'above',
    ArrowDown: 'below',
  };
  return ways[key];
}

function moveFocus(arranging: Arranging, show: string, way: Way): void {
  const neighbour = findNeighbour(show, way);
  if (neighbour?.show !== undefined) arranging.focused.value = neighbour.show;
}

function carryTile({ draft, focused, announcement }: Arranging, show: string, way: Way, title: string): void {
  const step = findStep(draft.arrangement.peek(), show, way);
  if (!step) return;
  draft.carry(step);
  focused.value = show;
  const group = findGroupOf(draft.arrangement.peek(), show);
  if (!group) return;
  const tiles = group.tiles.filter(({ isHidden }) => !isHidden);
  const position = tiles.findIndex((tile) => tile.show === show) + 1;
  const { editor } = words.peek();
  announcement.value = editor.position(title, position, tiles.length, group.title ?? editor.untitledGroup);
}

/** Returns the step that moves a tile by one place; undefined if there is none in that direction. */
function findStep(
  arrangement: Arranging['draft']['arrangement']['value'],
  show: string,
  way: Way,
): Extract<Step, { kind: 'move' }> | undefined {
  const neighbour = findNeighbour(show, way);
  if (!neighbour) return undefined;
  if (neighbour.show === undefined) return { kind: 'move', show, group: neighbour.group, before: undefined };
  const own = findGroupOf(arrangement, show);
  const goesBack = way === 'previous' || way === 'above';
  // Into another group it goes beside the neighbour: behind the last tile, before the first one.
  const isBefore = own?.id === neighbour.group ? goesBack : !goesBack;
  if (isBefore) return { kind: 'move', show, group: neighbour.group, before: neighbour.show };
  const { tiles = [] } = arrangement.find(({ id }) => id === neighbour.group) ?? {};
  const others = tiles.filter((tile) => tile.show !== show);
  const before = others[others.findIndex((tile) => tile.show === neighbour.show) + 1]?.show;
  return { kind: 'move', show, group: neighbour.group, before };
}

/**
 * The arrangement of a board while it is edited: groups with all tiles, hidden ones too. It is changed by steps, which
 * can be taken back, and which can be repeated on an arrangement that somebody else has saved. Pure.
 */
import type { DashboardDefinition, Layout } from '../../src/client/client.js';
import type { TileSize } from '../tile/tile.js';

export interface ArrangedTile {
  /** Name of a counter or a measure. */
  readonly show: string;
  readonly size: TileSize;
  readonly isHidden: boolean;
}

export interface ArrangedGroup {
  /** The same as long as the group has its title; steps name groups by it. */
  readonly id: string;
  readonly title: string | undefined;
  readonly tiles: readonly ArrangedTile[];
}

export type Arrangement = readonly ArrangedGroup[];

/** One change of an arrangement. What a step names and does not exist any more is passed over. */
export type Step =
  /** Moves a tile before another one; to the end of the group if `before` is undefined. */
  | { readonly kind: 'move'; readonly show: string; readonly group: string; readonly before: string | undefined }
  | { readonly kind: 'resize'; readonly show: string; readonly size: TileSize }
  | { readonly kind: 'hide'; readonly show: string; readonly isHidden: boolean }
  | { readonly kind: 'add-group'; readonly group: string; readonly title: string }
  | { readonly kind: 'rename-group'; readonly group: string; readonly title: string | undefined }
  /** Moves a group before another one; to the end if `before` is undefined. */
  | { readonly kind: 'move-group'; readonly group: string; readonly before: string | undefined }
  /** Its tiles go to the end of the group before, or to the beginning of the next one. */
  | { readonly kind: 'delete-group'; readonly group: string };

/** Group of an arrangement that has none: of a board without a layout. */
const ONLY_GROUP: ArrangedGroup = { id: '1 ', title: undefined, tiles: [] };

/** Returns the arrangement of a definition. What the layout does not name stands at the end, as on the board. */
export function toArrangement({ layout, counters, measures }: DashboardDefinition): Arrangement {
  const named = new Set<string>();
  const counts = new Map<string | undefined, number>();
  const createId = (title: string | undefined): string => {
    const count = (counts.get(title) ?? 0) + 1;
    counts.set(title, count);
    return `${count} ${title ?? ''}`;
  };
  const groups = (layout?.groups ?? []).map(({ title, tiles }): ArrangedGroup => {
    const own = tiles.filter(({ show }) => !named.has(show));
    for (const { show } of own) named.add(show);
    return {
      id: createId(title),
      title,
      tiles: own.map(({ show, size = 'medium', hidden = false }) => ({ show, size, isHidden: hidden })),
    };
  });
  const rest = Object.keys({ ...counters, ...measures })
    .filter((show) => !named.has(show))
    .map((show): ArrangedTile => ({ show, size: 'medium', isHidden: false }));
  const last = groups.at(-1);
  if (last && (last.title === undefined || rest.length === 0))
    return [...groups.slice(0, -1), { ...last, tiles: [...last.tiles, ...rest] }];
  return [...groups, { id: createId(undefined), title: undefined, tiles: rest }];
}

/** Returns the layout to store: without empty groups that have no title. */
export function toLayout(arrangement: Arrangement): Layout {
  const groups = arrangement.filter(({ title, tiles }) => title !== undefined || tiles.length > 0);
  return {
    groups: groups.map(({ title, tiles }) => ({
      ...(title !== undefined && { title }),
      tiles: tiles.map(({ show, size, isHidden }) => ({
        show,
        ...(size !== 'medium' && { size }),
        ...(isHidden && { hidden: true as const }),
      })),
    })),
  };
}

/** Returns the arrangement after a step: the same one if the step changes nothing. */
export function applyStep(arrangement: Arrangement, step: Step): Arrangement {
  const next = takeStep(arrangement, step);
  return areEqual(arrangement, next) ? arrangement : next;
}

function takeStep(arrangement: Arrangement, step: Step): Arrangement {
  switch (step.kind) {
    case 'move':
      return moveTile(arrangement, step.show, step.group, step.before);
    case 'resize':
      return changeTile(arrangement, step.show, { size: step.size });
    case 'hide':
      return changeTile(arrangement, step.show, { isHidden: step.isHidden });
    case 'add-group':
      return [...arrangement, { id: step.group, title: step.title, tiles: [] }];
    case 'rename-group':
      return arrangement.map((group) => (group.id === step.group ? { ...group, title: step.title } : group));
    case 'move-group':
      return moveGroup(arrangement, step.group, step.before);
    case 'delete-group':
      return deleteGroup(arrangement, step.group);
  }
}

function moveTile(arrangement: Arrangement, show: string, group: string, before: string | undefined): Arrangement {
  const tile = findTile(arrangement, show);
  if (!tile || show === before) return arrangement;
  // Another editor may have moved the neighbour to another group, or deleted the group.
  const home =
    (before === undefined ? undefined : findGroupOf(arrangement, before)) ??
    arrangement.find(({ id }) => id === group) ??
    findGroupOf(arrangement, show);
  return arrangement.map((one) => {
    const others = one.tiles.filter((other) => other.show !== show);
    if (one !== home) return { ...one, tiles: others };
    const index = others.findIndex((other) => other.show === before);
    return { ...one, tiles: others.toSpliced(index < 0 ? others.length : index, 0, tile) };
  });
}

function changeTile(arrangement: Arrangement, show: string, change: Partial<ArrangedTile>): Arrangement {
  return arrangement.map((group) => ({
    ...group,
    tiles: group.tiles.map((tile) => (tile.show === show ? { ...tile, ...change } : tile)),
  }));
}

function moveGroup(arrangement: Arrangement, id: string, before: string | undefined): Arrangement {
  const group = arrangement.find((one) => one.id === id);
  if (!group || id === before) return arrangement;
  const others = arrangement.filter((one) => one !== group);
  const index = others.findIndex((one) => one.id === before);
  return others.toSpliced(index < 0 ? others.length : index, 0, group);
}

function deleteGroup(arrangement: Arrangement, id: string): Arrangement {
  const index = arrangement.findIndex((group) => group.id === id);
  const { tiles = [] } = arrangement[index] ?? {};
  if (index < 0) return arrangement;
  const [before, next] = [arrangement[index - 1], arrangement[index + 1]];
  if (!before && !next) return [{ ...ONLY_GROUP, tiles }];
  return arrangement
    .filter((group) => group.id !== id)
    .map((group) => {
      if (group === before) return { ...group, tiles: [...group.tiles, ...tiles] };
      return group === next && !before ? { ...group, tiles: [...tiles, ...group.tiles] } : group;
    });
}

export function findTile(arrangement: Arrangement, show: string): ArrangedTile | undefined {
  return findGroupOf(arrangement, show)?.tiles.find((tile) => tile.show === show);
}

export function findGroupOf(arrangement: Arrangement, show: string): ArrangedGroup | undefined {
  return arrangement.find(({ tiles }) => tiles.some((tile) => tile.show === show));
}

/** Returns all tiles in the order of the board. */
export function listTiles(arrangement: Arrangement): ArrangedTile[] {
  return arrangement.flatMap(({ tiles }) => tiles);
}

function areEqual(one: Arrangement, other: Arrangement): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

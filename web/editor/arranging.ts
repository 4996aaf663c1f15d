/** What the parts of the editor share: the draft, the tile that is chosen, and the one that is dragged. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Signal } from '@preact/signals';
import { getPresentation } from '../../src/measures/shown-number.js';
import type { BoardData } from '../data/board-data.js';
import type { Draft } from './draft.js';

/** A tile or a group that follows the pointer. Lengths are CSS pixels of the window. */
export interface Drag {
  readonly kind: 'tile' | 'group';
  /** Name of the tile, or id of the group. */
  readonly id: string;
  /** Position of its corner, and its size. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Height of the pointer, which scrolls the board near the edges of the window. */
  readonly pointerTop: number;
}

export interface Arranging {
  readonly draft: Draft;
  /** Tile whose tools are open. */
  readonly chosen: Signal<string | undefined>;
  readonly drag: Signal<Drag | undefined>;
  /** Tile that takes the focus when it is drawn next: one that moves to another group is drawn anew. */
  readonly focused: Signal<string | undefined>;
  /** Read out by assistive tools. */
  readonly announcement: Signal<string>;
}

export const ArrangingContext = createContext<Arranging | undefined>(undefined);

/** @throws Error outside the editor */
export function useArranging(): Arranging {
  const arranging = useContext(ArrangingContext);
  if (!arranging) throw new Error('this part stands outside the editor');
  return arranging;
}

/** Returns the title of a counter or a measure; its name if it has none. */
export function getTitle({ definition }: Pick<BoardData, 'definition'>, name: string): string {
  return (definition.value && getPresentation(definition.value, name).title) ?? name;
}

/** The board that a part of the page belongs to, so that it need not be handed from part to part. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { ReadonlySignal, Signal } from '@preact/signals';
import type { Right } from '../../src/client/client.js';
import type { LastChange } from '../activity/last-change.js';
import type { BoardData } from '../data/board-data.js';
import type { OptimisticChanges } from '../data/optimistic-changes.js';
import type { RuleSubject } from '../rules/rule-form.js';
import type { PageView } from './page-url.js';

export interface Board {
  /** The numbers that are shown. */
  readonly data: BoardData;
  readonly view: ReadonlySignal<PageView>;
  /** Changes the view and its URL. */
  readonly setView: (change: Partial<PageView>) => void;
  /** The viewer's greatest right on this dashboard; `read` until it is known. */
  readonly right: ReadonlySignal<Right>;
  readonly changes: OptimisticChanges;
  /** Starts over, for example after the dashboard has been created. */
  readonly restart: () => void;
  readonly ui: BoardUi;
}

export type AdminDialogName = 'new-counter' | 'new-measure' | 'new-board' | 'missing-board' | 'board';
export type BoardPart = 'numbers' | 'chart' | 'activity';

/** What is open on the page beside the numbers. */
export interface BoardUi {
  readonly isActivityOpen: Signal<boolean>;
  readonly isEditing: Signal<boolean>;
  /** Counter whose sheet for changes is open. */
  readonly changing: Signal<string | undefined>;
  /** Counter or measure whose settings are open. */
  readonly configuring: Signal<string | undefined>;
  /** Dialog of an admin that makes something new, also the board that is missing, or changes the whole board. */
  readonly adminDialog: Signal<AdminDialogName | undefined>;
  /** Rules that are open: all, or the form of a new one. */
  readonly rules: Signal<'all' | RuleSubject | undefined>;
  /** Change of this viewer that can still be undone from the strip. */
  readonly lastChange: Signal<LastChange | undefined>;
  /** Part that is shown on a phone while the activity is closed. */
  readonly part: Signal<'numbers' | 'chart'>;
  readonly isSearchOpen: Signal<boolean>;
  /** Words that the shown numbers have; all are shown while it is empty. */
  readonly searchText: Signal<string>;
  readonly areKeysShown: Signal<boolean>;
}

export const BoardContext = createContext<Board | undefined>(undefined);

/** @throws Error outside a board */
export function useBoard(): Board {
  const board = useContext(BoardContext);
  if (!board) throw new Error('this part of the page stands outside a board');
  return board;
}

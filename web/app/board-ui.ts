/** What is open on the page beside the numbers. */
import { signal } from '@preact/signals';
import type { BoardUi } from './board-context.js';

export function createBoardUi(): BoardUi {
  return {
    isActivityOpen: signal(false),
    isEditing: signal(false),
    changing: signal(undefined),
    configuring: signal(undefined),
    adminDialog: signal(undefined),
    rules: signal(undefined),
    lastChange: signal(undefined),
    part: signal<'numbers' | 'chart'>('numbers'),
    isSearchOpen: signal(false),
    searchText: signal(''),
    areKeysShown: signal(false),
  };
}

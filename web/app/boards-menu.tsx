/** The name of the board, which opens a searchable list of all boards that the viewer may see. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { type DashboardEntry, listDashboards } from '../../src/client/client.js';
import { Icon } from '../signs/icon.js';
import { words } from '../words/locale.js';
import { describeError } from '../words/problem-words.js';
import { useBoard } from './board-context.js';
import { toFragment } from './page-url.js';

/** Largest number of entries shown at a time; the search finds the rest. */
const MAX_LISTED_BOARDS = 100;
const MENU_ID = 'boards';

/**
 * Marks the search to be focused as soon as the list opens, so that what is typed at once is searched. An attribute in
 * the markup would ask for the focus when the page loads.
 */
function focusOnOpening(input: HTMLInputElement | null): void {
  input?.setAttribute('autofocus', '');
}

export function BoardsMenu(): JSX.Element {
  const { data, view, right, ui } = useBoard();
  const entries = useSignal<readonly DashboardEntry[]>([]);
  const search = useSignal('');
  const message = useSignal('');
  const menu = useRef<HTMLElement>(null);
  const title = data.definition.value?.title ?? data.name;
  const { board } = words.value;
  const { theme, locale, range, from, to, period } = view.value;

  const load = async (): Promise<void> => {
    message.value = entries.value.length === 0 ? board.loading : '';
    try {
      entries.value = await listDashboards(data.base, data.tokenOptions);
      message.value = '';
    } catch (error) {
      message.value = board.cannotLoad(describeError(error));
    }
  };
  const onToggle = ({ newState }: Pick<ToggleEvent, 'newState'>): void => {
    if (newState === 'open') void load();
    else search.value = '';
  };
  const typed = search.value.toLowerCase().split(/\s+/);
  const matches = entries.value.filter((entry) =>
    typed.every((word) => `${entry.name} ${entry.title ?? ''}`.toLowerCase().includes(word)),
  );
  const more = matches.length - MAX_LISTED_BOARDS;
  return (
    <>
      <h1 tabIndex={-1}>
        <button type="button" class="button" data-look="quiet" popovertarget={MENU_ID}>
          <bdi>{title}</bdi>
          <Icon name="down" />
        </button>
      </h1>
      <nav ref={menu} id={MENU_ID} class="menu boards" popover="auto" aria-label={board.boards} onToggle={onToggle}>
        <input
          ref={focusOnOpening}
          class="input"
          type="search"
          autocomplete="off"
          placeholder={board.searchBoards}
          aria-label={board.searchBoards}
          value={search.value}
          onInput={({ currentTarget }) => (search.value = currentTarget.value)}
          onKeyDown={({ key }) => key === 'Enter' && menu.current?.querySelector('a')?.click()}
        />
        <ul onClick={() => menu.current?.hidePopover()}>
          {matches.slice(0, MAX_LISTED_BOARDS).map((entry) => (
            <li key={entry.name}>
              <a
                class="item"
                href={toFragment({ dashboard: entry.name, theme, locale, range, from, to, period })}
                aria-current={entry.name === data.name ? 'page' : undefined}
              >
                <bdi>{entry.title ?? entry.name}</bdi>
                <small>{board.counters(entry.counterCount)}</small>
              </a>
            </li>
          ))}
        </ul>
        <p class="hint" role="status">
          {message.value || (matches.length === 0 ? board.noBoardMatches : more > 0 ? board.moreBoards(more) : '')}
        </p>
        {right.value === 'admin' && (
          <button
            type="button"
            class="item new"
            onClick={() => {
              menu.current?.hidePopover();
              ui.adminDialog.value = 'new-board';
            }}
          >
            <Icon name="plus" />
            {board.newBoard}
          </button>
        )}
      </nav>
    </>
  );
}

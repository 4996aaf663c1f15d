/** The content of a `<live-board>`: its code is loaded only where one is shown. */
import { effect, signal } from '@preact/signals';
import { type JSX, render } from 'preact';
import type { TicketSource, WatchStatus } from '../../src/client/client.js';
import { type Board as BoardState, BoardContext } from '../app/board-context.js';
import { createBoardUi } from '../app/board-ui.js';
import { DEFAULT_VIEW, type PageView } from '../app/page-url.js';
import { StatusPill } from '../app/status-pill.js';
import { Board } from '../board/board.js';
import { followNeededPeriods } from '../board/needed-periods.js';
import { LiveDashboard } from '../data/live-dashboard.js';
import { OptimisticChanges } from '../data/optimistic-changes.js';
import { direction, useLocale, words } from '../words/locale.js';
import { getBoardStyles } from './embedded-board-styles.js';

interface EmbeddedBoardOptions {
  /** Base URL of the service. */
  readonly base: URL;
  readonly dashboard: string;
  /** Counters and measures to show; all if empty. */
  readonly counters: readonly string[];
  /** BCP 47 tag; empty for the browser's languages. The last board of a page decides for all of them. */
  readonly locale: string;
  readonly ticket?: TicketSource;
  readonly onState: (state: WatchStatus['state']) => void;
}

/** Shows a board in a shadow root. @returns a function that ends it */
export function mountBoard(
  root: ShadowRoot,
  { base, dashboard, counters, locale, ticket, onState }: EmbeddedBoardOptions,
): () => void {
  root.adoptedStyleSheets = [getBoardStyles()];
  void useLocale(locale);
  const view = signal<PageView>({ ...DEFAULT_VIEW, dashboard, counters, locale });
  const data = new LiveDashboard(base, dashboard, counters, ticket ? { ticket } : {});
  const board: BoardState = {
    data,
    view,
    setView: () => undefined,
    right: signal('read'),
    // Nobody changes anything here.
    changes: new OptimisticChanges(
      data,
      () => undefined,
      () => undefined,
    ),
    restart: () => undefined,
    ui: createBoardUi(),
  };
  const stops = [followNeededPeriods(data, view), effect(() => onState(data.status.value.state))];
  render(<EmbeddedBoard board={board} />, root);
  return () => {
    for (const stop of stops) stop();
    render(null, root);
    data.close();
  };
}

function EmbeddedBoard({ board }: { readonly board: BoardState }): JSX.Element {
  const isLive = board.data.isLive.value;
  return (
    <BoardContext.Provider value={board}>
      <div class="embedded" lang={words.value.language} dir={direction.value}>
        {!isLive && (
          <div class="freshness">
            <StatusPill />
          </div>
        )}
        <Board onOther={() => undefined} />
      </div>
    </BoardContext.Provider>
  );
}

/** Creates the board of one dashboard: its numbers, the viewer's right, and what is open beside them. */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Right } from '../../src/client/client.js';
import { followChange } from '../activity/last-change.js';
import { readRight } from '../auth/right.js';
import type { SessionToken } from '../auth/session-token.js';
import { followNeededPeriods } from '../board/needed-periods.js';
import { LiveDashboard } from '../data/live-dashboard.js';
import { type ChangeFailure, OptimisticChanges } from '../data/optimistic-changes.js';
import type { Board } from './board-context.js';
import { createBoardUi } from './board-ui.js';
import type { PageView } from './page-url.js';

interface BoardOptions {
  readonly base: URL;
  readonly view: Signal<PageView>;
  readonly setView: (change: Partial<PageView>) => void;
  readonly session: SessionToken;
  readonly restart: () => void;
  readonly onProblem: (failure: ChangeFailure) => void;
}

/** Watches the dashboard of the view, and learns what the viewer may do. */
export function createBoard({ base, view, setView, session, restart, onProblem }: BoardOptions): {
  readonly board: Board;
  readonly data: LiveDashboard;
  readonly isRightKnown: ReadonlySignal<boolean>;
  readonly close: () => void;
} {
  const { dashboard, counters } = view.peek();
  const { tokenOptions } = session;
  const data = new LiveDashboard(base, dashboard, counters, tokenOptions);
  const controller = new AbortController();
  const right = signal<Right>('read');
  const isRightKnown = signal(false);
  const learnRight = async (): Promise<void> => {
    right.value = await readRight(base, dashboard, tokenOptions, controller.signal);
    isRightKnown.value = true;
  };
  void learnRight();
  const ui = createBoardUi();
  const changes = new OptimisticChanges(
    data,
    (...counted) => (ui.lastChange.value = followChange(ui.lastChange.peek(), ...counted)),
    onProblem,
  );
  const stop = followNeededPeriods(data, view);
  return {
    board: { data, view, setView, right, changes, restart, ui },
    data,
    isRightKnown,
    close: () => {
      stop();
      controller.abort();
      data.close();
    },
  };
}

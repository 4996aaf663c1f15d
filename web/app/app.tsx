/** The page of one dashboard: puts its parts together and follows its URL. */
import type { JSX } from 'preact';
import { effect, type ReadonlySignal, type Signal, signal, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { Right, WatchStatus } from '../../src/client/client.js';
import { isAuthError } from '../../src/client/errors.js';
import { readRight } from '../auth/right.js';
import type { SessionToken } from '../auth/session-token.js';
import { SignIn } from '../auth/sign-in.js';
import { LiveDashboard } from '../data/live-dashboard.js';
import { Changing } from '../activity/changing.js';
import { describeFailure } from '../activity/change-words.js';
import { type ChangeFailure, OptimisticChanges } from '../data/optimistic-changes.js';
import { Desk } from '../board/desk.js';
import { listNeededPeriods, getShownKind } from '../tile/shown-tile.js';
import { words } from '../words/locale.js';
import { type Board, BoardContext, type BoardUi } from './board-context.js';
import { readBrand } from './brand.js';
import { Ended } from './ended.js';
import { Header, type HeaderAction } from './header.js';
import { Lazy } from './lazy.js';
import { type Notice, NoticeLine } from './notice.js';
import type { PageView } from './page-url.js';

const brand = readBrand(document);
const loadEditor = async () => (await import('../editor/editor.js')).Editor;
const loadAdminDialogs = async () => (await import('../editor/admin-dialogs.js')).AdminDialogs;

/** Why a token is asked for. */
type Prompt = { readonly reason: string; readonly isOptional: boolean; readonly takesFocus: boolean };

interface PageProps {
  readonly base: URL;
  readonly view: Signal<PageView>;
  readonly setView: (change: Partial<PageView>) => void;
  readonly session: SessionToken;
  /** Starts over: with another token, or after the watch has ended. */
  readonly onRestart: () => void;
}

/** One dashboard with one token: another one is another page. */
export function Page({ base, view, setView, session, onRestart }: PageProps): JSX.Element {
  const prompt = useSignal<Prompt | undefined>(undefined);
  const notice = useSignal<Notice | undefined>(undefined);
  const { board, data, isRightKnown, close } = useMemo(
    () => createBoard({ base, view, setView, session, onProblem: onChangeFailed }),
    // The parent mounts another page for another dashboard, filter or token.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [],
  );
  useEffect(() => close, [close]);

  function onChangeFailed(failure: ChangeFailure): void {
    const { signIn } = words.peek();
    if (isAuthError(failure.problem)) {
      prompt.value = { reason: forgetRefusedToken() ?? signIn.toChange, isOptional: true, takesFocus: true };
    } else notice.value = { text: describeFailure(failure, data) };
  }
  /** Forgets the token. @returns the message for the viewer; undefined if there was no token */
  function forgetRefusedToken(): string | undefined {
    if (session.token === undefined) return undefined;
    session.clear();
    return words.peek().signIn.expired;
  }

  const status: WatchStatus = data.status.value;
  const isRefused = status.state === 'closed' && isAuthError(status.problem, status.code);
  const hasNumbers = data.names.value.length > 0 || data.lastChangeAt.value !== undefined;
  useEffect(() => {
    if (!isRefused) return;
    const { signIn } = words.peek();
    const refusal = forgetRefusedToken();
    const reason = refusal ?? signIn.toWatch(data.definition.peek()?.title ?? data.name);
    prompt.value = { reason, isOptional: refusal !== undefined, takesFocus: !hasNumbers };
  }, [isRefused]);
  useDocumentTitle(data, status);

  const problem = status.state === 'closed' ? status.problem : undefined;
  // Numbers that the viewer may not see any more, or that do not exist any more, are removed.
  const isHidden = status.state === 'closed' && (!hasNumbers || problem?.status === 404 || problem?.status === 403);
  const { definition } = data;
  const isEditing = board.ui.isEditing.value && board.right.value === 'admin' && !isHidden;
  const page = (
    <>
      <Header actions={listActions(board)}>
        {session.token === undefined ? (
          // Without rights to change anything, a token may give them.
          isRightKnown.value && board.right.value === 'read' ? (
            <button
              type="button"
              class="button"
              onClick={() =>
                (prompt.value = { reason: words.peek().signIn.toChange, isOptional: true, takesFocus: true })
              }
            >
              {words.value.board.signIn}
            </button>
          ) : undefined
        ) : (
          <button
            type="button"
            class="button"
            data-look="quiet"
            onClick={() => {
              session.clear();
              onRestart();
            }}
          >
            {words.value.board.signOut}
          </button>
        )}
      </Header>
      <main>
        {prompt.value && (
          <SignIn
            base={base}
            dashboard={data.name}
            reason={prompt.value.reason}
            takesFocus={prompt.value.takesFocus}
            alternative={
              prompt.value.isOptional
                ? {
                    text: isRefused ? words.value.signIn.without : words.value.board.cancel,
                    onClick: isRefused ? onRestart : () => (prompt.value = undefined),
                  }
                : undefined
            }
            onToken={(token) => {
              session.save(token);
              onRestart();
            }}
          />
        )}
        {status.state === 'closed' && !isRefused && !prompt.value && (
          <Ended
            status={status}
            onRetry={onRestart}
            onOtherToken={() =>
              (prompt.value = { reason: words.peek().signIn.other, isOptional: true, takesFocus: true })
            }
          />
        )}
        {!isHidden && <Desk unknownNames={data.unknownNames.value} />}
      </main>
      {board.right.value === 'admin' && isDialogOpen(board.ui) && <Lazy load={loadAdminDialogs} props={{}} />}
    </>
  );
  return (
    <BoardContext.Provider value={board}>
      {isEditing && definition.value ? (
        <Lazy load={loadEditor} props={{ definition: definition.value }} placeholder={page} />
      ) : (
        page
      )}
      <Changing />
      <NoticeLine notice={notice} />
    </BoardContext.Provider>
  );
}

interface BoardOptions extends Pick<PageProps, 'base' | 'view' | 'setView' | 'session'> {
  readonly onProblem: (failure: ChangeFailure) => void;
}

function createBoard({ base, view, setView, session, onProblem }: BoardOptions): {
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
  void readRight(base, dashboard, tokenOptions, controller.signal).then((found) => {
    right.value = found;
    isRightKnown.value = true;
  });
  const ui: BoardUi = {
    isActivityOpen: signal(false),
    isEditing: signal(false),
    changing: signal(undefined),
    configuring: signal(undefined),
    adminDialog: signal(undefined),
    lastChange: signal(undefined),
    isSearchOpen: signal(false),
    areKeysShown: signal(false),
  };
  const changes = new OptimisticChanges(
    data,
    (counter, revision) => (ui.lastChange.value = { counter, revision }),
    onProblem,
  );
  const stop = effect(() => {
    const definition = data.definition.value;
    const { period } = view.value;
    if (!definition) return;
    const names = Object.keys({ ...definition.counters, ...definition.measures });
    data.setPeriods(
      names.flatMap((name) => listNeededPeriods(definition, name, getShownKind(definition, name, period))),
    );
  });
  return {
    board: { data, view, setView, right, changes, ui },
    data,
    isRightKnown,
    close: () => {
      stop();
      controller.abort();
      data.close();
    },
  };
}

function isDialogOpen({ configuring, adminDialog }: BoardUi): boolean {
  return configuring.value !== undefined || adminDialog.value !== undefined;
}

/** Actions of the header; those that change the board are shown to admins only. */
function listActions({ right, setView, ui }: Board): HeaderAction[] {
  const { board } = words.value;
  const toggle = (one: Signal<boolean>) => (): void => void (one.value = !one.peek());
  const actions: HeaderAction[] = [
    { icon: 'search', label: board.search, key: '/', onClick: toggle(ui.isSearchOpen) },
    {
      icon: 'activity',
      label: board.activity,
      key: 'A',
      isPressed: ui.isActivityOpen.value,
      onClick: toggle(ui.isActivityOpen),
    },
    { icon: 'wall', label: board.wall, key: 'W', onClick: () => setView({ kiosk: true }) },
  ];
  if (right.value !== 'admin') return actions;
  const edit = { isPressed: ui.isEditing.value, isWritten: true, onClick: toggle(ui.isEditing) };
  return [...actions, { icon: 'edit', label: board.edit, key: 'E', ...edit }];
}

/** The title of the tab tells what is shown, and that it is not live. */
function useDocumentTitle(data: LiveDashboard, { state }: WatchStatus): void {
  const title = data.definition.value?.title ?? data.name;
  useEffect(() => {
    document.title = `${state === 'live' ? '' : `${state} · `}${title} · ${brand.name}`;
  }, [title, state]);
}

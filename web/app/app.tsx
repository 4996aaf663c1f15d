/** The page of one dashboard: puts its parts together and follows its URL. */
import type { JSX } from 'preact';
import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { WatchStatus } from '../../src/client/client.js';
import { isAuthError } from '../../src/client/errors.js';
import { describeFailure } from '../activity/change-words.js';
import { Changing } from '../activity/changing.js';
import type { SessionToken } from '../auth/session-token.js';
import { Desk } from '../board/desk.js';
import type { ChangeFailure } from '../data/optimistic-changes.js';
import { usePast } from '../past/use-past.js';
import { words } from '../words/locale.js';
import { listActions, listEntries } from './actions.js';
import { BoardContext, type BoardUi } from './board-context.js';
import { createBoard } from './create-board.js';
import { useDocumentTitle } from './document-title.js';
import { Header } from './header.js';
import { Keys } from './keys.js';
import { Lazy } from './lazy.js';
import { type Notice, NoticeLine } from './notice.js';
import type { PageView } from './page-url.js';
import { isPhone } from './phone.js';
import { PhoneTabs } from './phone-tabs.js';
import { SkipLink } from './skip-link.js';

const loadTimeStrip = async () => (await import('../past/time-strip.js')).TimeStrip;
const loadEditor = async () => (await import('../editor/editor.js')).Editor;
const loadSignIn = async () => (await import('../auth/sign-in.js')).SignIn;
const loadEnded = async () => (await import('./ended.js')).Ended;
const loadRules = async () => (await import('../rules/rules.js')).Rules;
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

/** Loaded when a screen first shows a wall. */
const loadWall = async () => (await import('../wall/wall.js')).Wall;

/** One dashboard with one token: another one is another page. */
export function Page({ base, view, setView, session, onRestart }: PageProps): JSX.Element {
  const prompt = useSignal<Prompt | undefined>(undefined);
  const notice = useSignal<Notice | undefined>(undefined);
  const { board, data, isRightKnown, close } = useMemo(
    () => createBoard({ base, view, setView, session, restart: onRestart, onProblem: onChangeFailed }),
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
  const hasNumbers = data.names.value.length > 0 || data.hasNumbers.value;
  useEffect(() => {
    if (!isRefused) return;
    const { signIn } = words.peek();
    const refusal = forgetRefusedToken();
    const reason = refusal ?? signIn.toWatch(data.definition.peek()?.title ?? data.name);
    prompt.value = { reason, isOptional: refusal !== undefined, takesFocus: !hasNumbers };
  }, [isRefused]);
  // A wall names the board that it shows in turn.
  useDocumentTitle(data, !view.value.kiosk);
  const past = usePast(data, view);

  const problem = status.state === 'closed' ? status.problem : undefined;
  // Numbers that the viewer may not see any more, or that do not exist any more, are removed.
  const isHidden = status.state === 'closed' && (!hasNumbers || problem?.status === 404 || problem?.status === 403);
  const obstacle = prompt.value ? (
    <Lazy
      key="sign-in"
      load={loadSignIn}
      props={{
        base,
        dashboard: data.name,
        reason: prompt.value.reason,
        takesFocus: prompt.value.takesFocus,
        alternative: prompt.value.isOptional
          ? {
              text: isRefused ? words.value.signIn.without : words.value.board.cancel,
              onClick: isRefused ? onRestart : () => (prompt.value = undefined),
            }
          : undefined,
        onToken: (token: string) => {
          session.save(token);
          onRestart();
        },
      }}
    />
  ) : status.state === 'closed' && !isRefused ? (
    <Lazy
      key="ended"
      load={loadEnded}
      props={{
        status,
        onOtherToken: () => (prompt.value = { reason: words.peek().signIn.other, isOptional: true, takesFocus: true }),
      }}
    />
  ) : undefined;
  if (view.value.kiosk) {
    const props = {
      obstacle,
      needsToken: prompt.value !== undefined,
      onRetry: onRestart,
    };
    return (
      <BoardContext.Provider value={board}>
        <Lazy load={loadWall} props={props} />
      </BoardContext.Provider>
    );
  }
  const { definition } = data;
  const shown = past ? { ...board, data: past } : board;
  const entries = listEntries(shown, (text) => (notice.value = { text }));
  const isEditing = board.ui.isEditing.value && board.right.value === 'admin' && !isHidden;
  const page = (
    <>
      {!isHidden && <SkipLink />}
      <Header
        actions={listActions(board)}
        entries={entries}
        precision={past?.precision.value}
        onSignOut={
          session.token === undefined
            ? undefined
            : () => {
                session.clear();
                onRestart();
              }
        }
      >
        {/* Without rights to change anything, a token may give them. */}
        {session.token === undefined && isRightKnown.value && board.right.value === 'read' ? (
          <button
            type="button"
            class="button"
            onClick={() =>
              (prompt.value = { reason: words.peek().signIn.toChange, isOptional: true, takesFocus: true })
            }
          >
            {words.value.board.signIn}
          </button>
        ) : undefined}
      </Header>
      {view.value.at !== undefined && (
        <Lazy load={loadTimeStrip} props={{ now: data.now(), fault: past?.fault.value }} />
      )}
      <main>
        {obstacle}
        {!isHidden && <Desk />}
      </main>
      {board.right.value === 'admin' && isDialogOpen(board.ui) && <Lazy load={loadAdminDialogs} props={{}} />}
    </>
  );
  return (
    <BoardContext.Provider value={shown}>
      {isEditing && definition.value ? (
        <Lazy load={loadEditor} props={{ definition: definition.value }} placeholder={page} />
      ) : (
        page
      )}
      {isPhone.value && !isHidden && !isEditing && <PhoneTabs />}
      {board.right.value === 'admin' && board.ui.rules.value !== undefined && <Lazy load={loadRules} props={{}} />}
      <Changing />
      {!isEditing && <Keys entries={entries} />}
      <NoticeLine notice={notice} />
    </BoardContext.Provider>
  );
}

function isDialogOpen({ configuring, adminDialog }: BoardUi): boolean {
  return configuring.value !== undefined || adminDialog.value !== undefined;
}

/** Shown when watching has ended: the dashboard does not exist, or the viewer may not see it. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { listDashboards, type WatchStatus } from '../../src/client/client.js';
import { CLOSE_CODES } from '../../src/protocol/close-codes.js';
import { isolate } from '../words/isolate.js';
import { words } from '../words/locale.js';
import { describeProblem } from '../words/problem-words.js';
import { Sentence } from '../words/sentence.js';
import { useBoard } from './board-context.js';
import { NAME_PATTERN } from './name-pattern.js';
import { toFragment } from './page-url.js';

/** Largest number of dashboards suggested to a viewer who may not see this one. */
const MAX_SUGGESTED_DASHBOARDS = 20;

type ClosedStatus = Extract<WatchStatus, { state: 'closed' }>;

interface EndedProps {
  readonly status: ClosedStatus;
  /** Called when the viewer wants to use another token. */
  readonly onOtherToken: () => void;
}

export function Ended({ status, onOtherToken }: EndedProps): JSX.Element {
  const { data, view, right, restart, ui } = useBoard();
  const { problem } = status;
  const { board, ended } = words.value;
  const readable = useSignal<readonly string[]>([]);
  const isForbidden = problem?.code === 'forbidden';
  useEffect(() => {
    if (!isForbidden) return;
    // Nothing is suggested if the list cannot be read.
    listDashboards(data.base, data.tokenOptions).then(
      (entries) => (readable.value = entries.slice(0, MAX_SUGGESTED_DASHBOARDS).map(({ name }) => name)),
      () => undefined,
    );
  }, [data, isForbidden, readable]);
  const isMissing = problem?.code === 'unknown-dashboard';
  const mayCreate = isMissing && right.value === 'admin' && !view.value.kiosk;
  return (
    <section class="ended" aria-label={isMissing ? words.value.status.notFound : words.value.status.ended}>
      <h2>
        <Sentence text={describeEnd(status, data.name)} />
      </h2>
      {isMissing && <p class="hint">{mayCreate ? ended.mayCreate : ended.askSomebody}</p>}
      {/* A link may name anything, and a command is copied. */}
      {isMissing && !view.value.kiosk && NAME_PATTERN.test(data.name) && (
        <Elsewhere base={data.base} name={data.name} />
      )}
      <Suggestions title={board.didYouMean} names={(isMissing && problem.near) || []} />
      <Suggestions title={board.tokenCanRead} names={readable.value} />
      <div class="buttons">
        <button type="button" class="button" onClick={restart}>
          {board.retry}
        </button>
        {mayCreate && (
          <button
            type="button"
            class="button"
            data-look="primary"
            onClick={() => (ui.adminDialog.value = 'missing-board')}
          >
            {ended.create}
          </button>
        )}
        {isForbidden && (
          <button type="button" class="button" data-look="primary" onClick={onOtherToken}>
            {board.otherToken}
          </button>
        )}
      </div>
    </section>
  );
}

/** The ways to create the board without the page. */
function Elsewhere({ base, name }: { readonly base: URL; readonly name: string }): JSX.Element {
  const url = base.href.replace(/\/$/, '');
  return (
    <details class="hint">
      <summary>{words.value.ended.elsewhere}</summary>
      <pre dir="ltr">
        {`npx tallyboard define ${url} ${name} orders=Orders\n\n`}
        {"import { define } from '@tallyboard/client';\n"}
        {`await define('${url}', { dashboard: '${name}', counters: { orders: {} } });`}
      </pre>
    </details>
  );
}

function describeEnd({ code, reason, problem }: ClosedStatus, name: string): string {
  const { ended } = words.value;
  if (problem?.code === 'unknown-dashboard') return ended.missing(isolate(name));
  if (problem?.code === 'forbidden') return ended.forbidden;
  if (code === CLOSE_CODES.gone.code) return ended.deleted;
  return describeProblem(problem, problem?.detail ?? reason);
}

function Suggestions({
  title,
  names,
}: {
  readonly title: string;
  readonly names: readonly string[];
}): JSX.Element | null {
  const { theme, locale } = useBoard().view.value;
  if (names.length === 0) return null;
  return (
    <>
      <p>{title}</p>
      <ul>
        {names.map((name) => (
          <li key={name}>
            <a href={toFragment({ dashboard: name, theme, locale })}>{name}</a>
          </li>
        ))}
      </ul>
    </>
  );
}

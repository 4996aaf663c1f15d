/** Shown when watching has ended: the dashboard does not exist, or the viewer may not see it. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { listDashboards, type WatchStatus } from '../../src/client/client.js';
import { words } from '../words/locale.js';
import { useBoard } from './board-context.js';
import { toFragment } from './page-url.js';

/** Largest number of dashboards suggested to a viewer who may not see this one. */
const MAX_SUGGESTED_DASHBOARDS = 20;

interface EndedProps {
  readonly status: Extract<WatchStatus, { state: 'closed' }>;
  readonly onRetry: () => void;
  /** Called when the viewer wants to use another token. */
  readonly onOtherToken: () => void;
}

export function Ended({ status: { reason, problem }, onRetry, onOtherToken }: EndedProps): JSX.Element {
  const { data } = useBoard();
  const { board } = words.value;
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
  const near = problem?.code === 'unknown-dashboard' ? (problem.near ?? []) : [];
  return (
    <section class="ended" aria-label={words.value.status.ended}>
      <h2>{problem?.detail ?? reason}</h2>
      {/* The page has its own advice about tokens. */}
      {problem?.remedy !== undefined && !isForbidden && <p class="hint">{problem.remedy}</p>}
      <Suggestions title={board.didYouMean} names={near} />
      <Suggestions title={board.tokenCanRead} names={readable.value} />
      <div class="buttons">
        <button type="button" class="button" onClick={onRetry}>
          {board.retry}
        </button>
        {isForbidden && (
          <button type="button" class="button" data-look="primary" onClick={onOtherToken}>
            {board.otherToken}
          </button>
        )}
      </div>
    </section>
  );
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

/** The rows of the activity, by days. Arrow keys move from row to row; the next page comes by scrolling. */
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useBoard } from '../app/board-context.js';
import { words } from '../words/locale.js';
import { ActivityEntry } from './activity-entry.js';
import type { ActivityFeed } from './activity-feed.js';
import { foldEntries } from './activity-rows.js';
import { formatDay } from './activity-words.js';

interface ActivityListProps {
  readonly feed: ActivityFeed;
  readonly isFiltered: boolean;
}

/** Keys that move the focus in the list, with the row that they move to. */
const MOVES: Readonly<Record<string, (at: number, count: number) => number>> = {
  ArrowDown: (at, count) => Math.min(count - 1, at + 1),
  ArrowUp: (at) => Math.max(0, at - 1),
  Home: () => 0,
  End: (_, count) => count - 1,
};

export function ActivityList({ feed, isFiltered }: ActivityListProps): JSX.Element {
  const { data } = useBoard();
  const list = useRef<HTMLOListElement>(null);
  const [active, setActive] = useState<string>();
  const definition = data.definition.value;
  const entries = feed.entries.value;
  const hasMore = feed.hasMore.value;
  const timeZone = definition?.resolved.timeZone ?? 'UTC';
  const now = data.now();
  const rows = useMemo(
    () => foldEntries(entries, { now, timeZone, hasMore }),
    // A later time folds nothing else until there are other entries.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [entries, timeZone, hasMore],
  );
  const byRevision = useMemo(() => new Map(entries.map((entry) => [entry.revision, entry])), [entries]);
  const { activity, board } = words.value;
  const state = feed.state.value;
  const tabStop = rows.some(({ key }) => key === active) ? active : rows[0]?.key;

  const onKeyDown = (event: KeyboardEvent): void => {
    const { target } = event;
    const move = MOVES[event.key];
    const all = [...(list.current?.querySelectorAll<HTMLElement>('.entry') ?? [])];
    const at = all.findIndex((row) => target instanceof Node && row.contains(target));
    if (!move || at < 0) return;
    event.preventDefault();
    all[
      move(
        all.findLastIndex((row) => target instanceof Node && row.contains(target)),
        all.length,
      )
    ]?.focus();
  };
  return (
    <ol ref={list} class="entries" aria-busy={state === 'loading'} onKeyDown={onKeyDown}>
      {rows.map((row, index) => {
        const at = row.entries[0]?.at ?? row.start;
        const day = formatDay(at, now, timeZone);
        const before = rows[index - 1];
        const isFirstOfDay = !before || formatDay(before.entries[0]?.at ?? before.start, now, timeZone) !== day;
        return [
          isFirstOfDay && (
            <li key={`day ${day}`} class="day">
              <h3>{day}</h3>
            </li>
          ),
          <ActivityEntry
            key={row.key}
            row={row}
            now={now}
            byRevision={byRevision}
            tabIndex={row.key === tabStop ? 0 : -1}
            onActive={() => setActive(row.key)}
          />,
        ];
      })}
      {state === 'failed' && (
        <li class="none">
          <p>{activity.cannotLoad}</p>
          <button
            type="button"
            class="button"
            onClick={() => {
              feed.state.value = 'loading';
              feed.refresh();
            }}
          >
            {board.retry}
          </button>
        </li>
      )}
      {state === 'ready' && rows.length === 0 && !hasMore && (
        <li class="none">{isFiltered ? activity.noMatch : activity.nothing}</li>
      )}
      {hasMore && <MoreButton feed={feed} count={entries.length} />}
    </ol>
  );
}

/** Loads the next page when it comes into view. @param count of entries before it: it is watched anew after each page */
function MoreButton({ feed, count }: { readonly feed: ActivityFeed; readonly count: number }): JSX.Element {
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    const { current } = item;
    if (!current) return undefined;
    const observer = new IntersectionObserver((seen) => {
      if (seen.some(({ isIntersecting }) => isIntersecting)) void feed.loadMore();
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, [feed, count]);
  return (
    <li ref={item} class="none">
      <button type="button" class="button" data-look="quiet" onClick={() => void feed.loadMore()}>
        {words.value.activity.moreEntries}
      </button>
    </li>
  );
}

/** The rows of the activity, by days. Arrow keys move from row to row; the next page comes by scrolling. */
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useBoard } from '../app/board-context.js';
import type { BoardData } from '../data/board-data.js';
import type { SeriesSlot } from '../signs/series-mark.js';
import { listSlots } from '../tile/shown-tile.js';
import { locale, words } from '../words/locale.js';
import { formatTime } from '../words/times.js';
import { ActivityEntry } from './activity-entry.js';
import type { ActivityFeed } from './activity-feed.js';
import { foldEntries } from './activity-rows.js';
import { formatDay } from './activity-words.js';

interface ActivityListProps {
  readonly feed: ActivityFeed;
  readonly isFiltered: boolean;
}

/** Rows that are shown at first, and added each time the end comes into view. */
const SHOWN_ROWS = 100;

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
  const [shown, setShown] = useState(SHOWN_ROWS);
  const definition = data.definition.value;
  const entries = feed.entries.value;
  const hasMore = feed.hasMore.value;
  const timeZone = definition?.resolved.timeZone ?? 'UTC';
  const now = data.now();
  const today = useToday(data, timeZone);
  const rows = useMemo(
    () => foldEntries(entries, { now, timeZone, hasMore }),
    // A later time folds nothing else until there are other entries.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [entries, timeZone, hasMore],
  );
  const byRevision = useMemo(() => new Map(entries.map((entry) => [entry.revision, entry])), [entries]);
  const { activity, board } = words.value;
  const state = feed.state.value;
  const slots = useMemo(() => (definition ? listSlots(definition) : new Map<string, SeriesSlot>()), [definition]);
  const days = useMemo(
    () => rows.map(({ entries: [newest], start }) => formatDay(newest?.at ?? start, now, timeZone)),
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [rows, locale.value, today],
  );
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
      {rows.slice(0, shown).map((row, index) => {
        const day = days[index];
        const isFirstOfDay = index === 0 || days[index - 1] !== day;
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
            slots={slots}
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
      {(hasMore || shown < rows.length) && (
        <MoreButton onMore={() => (shown < rows.length ? setShown(shown + SHOWN_ROWS) : void feed.loadMore())} />
      )}
    </ol>
  );
}

/** Time between two looks at the calendar, milliseconds. */
const TODAY_CHECK_MS = 10_000;

/** Returns the date of the dashboard's zone, and renders the component again when it is another. */
function useToday(data: BoardData, timeZone: string): string {
  const read = (): string => formatTime(data.now(), 'dateOfYear', timeZone);
  const [today, setToday] = useState(read);
  useEffect(() => {
    const timer = setInterval(() => setToday(read()), TODAY_CHECK_MS);
    return () => clearInterval(timer);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- a function of these
  }, [data, timeZone]);
  return today;
}

/** Asks for more rows when it comes into view. */
function MoreButton({ onMore }: { readonly onMore: () => void }): JSX.Element {
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    const { current } = item;
    if (!current) return undefined;
    const observer = new IntersectionObserver((seen) => {
      if (seen.some(({ isIntersecting }) => isIntersecting)) onMore();
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, [onMore]);
  return (
    <li ref={item} class="none">
      <button type="button" class="button" data-look="quiet" onClick={onMore}>
        {words.value.activity.moreEntries}
      </button>
    </li>
  );
}

/** A row of the activity: what changed, by how much, who did it, when and why, and the button that undoes it. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import type { LedgerEntry } from '../../src/client/client.js';
import { useBoard } from '../app/board-context.js';
import { Icon } from '../signs/icon.js';
import { SeriesMark, type SeriesSlot } from '../signs/series-mark.js';
import { isolate } from '../words/isolate.js';
import { formatList } from '../words/lists.js';
import { Sentence } from '../words/sentence.js';
import { words } from '../words/locale.js';
import { type ActivityRow, canBeUndone, foldEntry, type RowChange } from './activity-rows.js';
import { describeUndo, formatAmount, formatCount, formatRowTime, formatValue } from './activity-words.js';
import { getTitle } from './change-words.js';
import { undoRevisions } from './undo-revisions.js';

/** Entries of a folded row that are shown at most. */
const MAX_UNFOLDED_ENTRIES = 100;

interface ActivityEntryProps {
  readonly row: ActivityRow;
  /** Service's time. */
  readonly now: number;
  /** Loaded entries. */
  readonly byRevision: ReadonlyMap<number, LedgerEntry>;
  readonly slots: ReadonlyMap<string, SeriesSlot>;
  /** 0 for the one row that Tab reaches. */
  readonly tabIndex: 0 | -1;
  readonly onActive: () => void;
}

export function ActivityEntry(props: ActivityEntryProps): JSX.Element | null {
  const { row, now, byRevision, slots, tabIndex, onActive } = props;
  const { data, view, right } = useBoard();
  const isUnfolded = useSignal(false);
  const definition = data.definition.value;
  if (!definition) return null;
  const { activity } = words.value;
  const { timeZone } = definition.resolved;
  const { entries, changes, isUndone } = row;
  const [entry] = entries as [LedgerEntry];
  const isFolded = entries.length > 1;
  const canUndo = right.value !== 'read' && view.value.at === undefined;
  const isUndoable = !isFolded && canUndo && canBeUndone(entry, (name) => Object.hasOwn(definition.counters, name));
  return (
    <li
      class="entry"
      tabIndex={tabIndex}
      data-revision={entry.revision}
      {...(isUndone && { 'data-undone': '' })}
      onFocusIn={onActive}
      {...(isFolded && {
        onClick: ({ target, currentTarget }: MouseEvent) => {
          if (!(target instanceof Element) || target.closest('button, .entry') !== currentTarget) return;
          isUnfolded.value = !isUnfolded.value;
        },
      })}
    >
      {changes.map((change) => {
        const slot = slots.get(change.counter);
        return (
          <p key={change.counter} class="change">
            {slot ? <SeriesMark slot={slot} /> : <span class="mark" />}
            <bdi class="what">{getTitle(definition, change.counter)}</bdi>
            {row.booking === undefined && <bdi class="by">{formatAmount(definition, change)}</bdi>}
          </p>
        );
      })}
      <div class="facts">
        <p class="who">
          {isUndone && <span class="unseen">{activity.undone}: </span>}
          <Facts row={row} undone={row.undoes === undefined ? undefined : byRevision.get(row.undoes)} />
          {isFolded && (row.who !== undefined || row.reason !== undefined) && <span> · </span>}
          {isFolded && (
            <button
              type="button"
              class="unfold"
              tabIndex={tabIndex}
              aria-expanded={isUnfolded.value}
              onClick={() => (isUnfolded.value = !isUnfolded.value)}
            >
              {activity.changes(formatCount(entries.length))}
              <Icon name="down" />
            </button>
          )}
        </p>
        <time dateTime={new Date(row.start).toISOString()}>{formatRowTime(row, now, timeZone)}</time>
        {isUndoable && <UndoButton entry={entry} changes={changes} tabIndex={tabIndex} />}
      </div>
      {isUnfolded.value && (
        <ol class="unfolded">
          {entries.slice(0, MAX_UNFOLDED_ENTRIES).map((one) => (
            <ActivityEntry key={one.revision} {...props} row={foldEntry(one)} />
          ))}
          {entries.length > MAX_UNFOLDED_ENTRIES && (
            <li class="none">{activity.moreInRow(formatCount(entries.length - MAX_UNFOLDED_ENTRIES))}</li>
          )}
        </ol>
      )}
    </li>
  );
}

/** Who and why: `Mia · set to 78 · delivery`. */
function Facts({ row, undone }: { readonly row: ActivityRow; readonly undone: LedgerEntry | undefined }): JSX.Element {
  const definition = useBoard().data.definition.value;
  const { activity } = words.value;
  const { who, reason, booking, undoes, changes, entries } = row;
  const sets = changes.filter(({ by, to }) => by !== undefined && to !== undefined);
  const facts = [
    // Folded changes without a sender show their number only.
    ...(who === undefined && entries.length > 1 ? [] : [isolate(who ?? activity.anonymous)]),
    ...(booking === undefined ? [] : [activity.bookings[booking]]),
    ...(undoes === undefined || !definition ? [] : [describeUndo(undone, definition.resolved.timeZone)]),
    ...(booking === undefined && definition && entries.length === 1
      ? sets.map(({ counter, to }) => activity.setTo(isolate(formatValue(definition, counter, to ?? 0))))
      : []),
  ];
  return (
    <span class="told">
      <Sentence text={facts.join(' · ')} />
      {reason !== undefined && booking === undefined && (
        <>
          {facts.length > 0 && ' · '}
          <q dir="auto">{reason}</q>
        </>
      )}
    </span>
  );
}

interface UndoButtonProps {
  readonly entry: LedgerEntry;
  readonly changes: readonly RowChange[];
  readonly tabIndex: 0 | -1;
}

function UndoButton({ entry, changes, tabIndex }: UndoButtonProps): JSX.Element | null {
  const { data, changes: optimistic } = useBoard();
  const isUndoing = useSignal(false);
  const definition = data.definition.value;
  if (!definition) return null;
  const { activity } = words.value;
  const what = formatList(
    changes.map((change) => `${getTitle(definition, change.counter)} ${formatAmount(definition, change)}`),
  );
  const undo = async (): Promise<void> => {
    if (isUndoing.peek()) return;
    isUndoing.value = true;
    const failure = await undoRevisions(data, changes[0]?.counter ?? '', [entry.revision]);
    isUndoing.value = false;
    if (failure) optimistic.reportFailure(failure);
  };
  return (
    <button
      type="button"
      class="button undo"
      tabIndex={tabIndex}
      aria-label={activity.undoChange(what)}
      aria-busy={isUndoing.value}
      onClick={() => void undo()}
    >
      <Icon name="undo" />
      {activity.undo}
    </button>
  );
}

/** All numbers of a board in columns: a row each, those that need attention first. */
import type { JSX } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { DashboardDefinition } from '../../src/client/client.js';
import { useBoard } from '../app/board-context.js';
import { LevelSign } from '../signs/level-sign.js';
import { measureText } from '../tile/text-width.js';
import { DeltaSign } from '../tile/versus.js';
import { locale, words } from '../words/locale.js';
import { DenseNumber, measureDenseNumber } from './dense-number.js';
import type { BoardFacts } from './facts.js';
import { chooseListColumns, placeRows } from './list-columns.js';
import { formatRate } from './rate.js';
import { useRowGestures } from './row-gestures.js';
import { useRovingFocus } from './roving-focus.js';
import { type SortedGroup, sortGroups } from './sorting.js';
import { useEdition } from './use-edition.js';
import { useReadiness } from './use-readiness.js';
import { useWidth } from './width.js';

/** Padding and edges of the list, rem, as in list.css. */
const PADDING_REM = 2.125;
/** Most room of a number, em: what is longer is written compact. */
const MAX_NUMBER_EM = 8;
/** Widest column for the sake of a long title, rem: a longer one takes two lines. */
const MAX_COLUMN_REM = 26;
/** Sign, comparison, gaps and a little to spare, rem, as in list.css. */
const BESIDE_REM = 0.9375 + 3.3 + 3 * 0.3 + 0.25;
/** Size of the letters of a row, rem: `--text-sm` of tokens.css. */
const LETTER_REM = 0.8125;

interface ListProps {
  readonly facts: BoardFacts;
  /** Names of what is shown, in the order of the board. */
  readonly names: readonly string[];
}

export function List({ facts, names }: ListProps): JSX.Element {
  const { data, view } = useBoard();
  const section = useRef<HTMLElement>(null);
  const width = useWidth(section);
  const definition = data.definition.value;
  const { period, sort: order } = view.value;
  const isReady = useReadiness(facts, names, order);
  const present = useEdition(section);
  const edition = isReady ? present : -1;
  const groups = useGroups(facts, names, edition);
  const { room, needed } = useMemo(
    () => (definition ? measureRows(definition, names, facts) : { room: 0, needed: 0 }),
    // The numbers are read at each edition.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [definition, names, facts, period, edition],
  );
  const { columns, isRoomy } = chooseListColumns(width - PADDING_REM, needed, names.length);
  const { rows, places } = useMemo(() => placeRows(groups, columns), [groups, columns]);
  useRovingFocus(section);
  const { numbers, board } = words.value;
  return (
    <section ref={section} class="numbers" aria-labelledby="numbers">
      <h2 class="unseen" id="numbers">
        {board.numbers}
      </h2>
      {places.length > 0 && (
        <ol
          class="dense"
          style={{ '--columns': columns, '--rows': rows, '--value': `${room * LETTER_REM}rem` }}
          {...(isRoomy && { 'data-roomy': '' })}
          {...(!data.isLive.value && { 'data-stale': '' })}
        >
          {places.map((place, index) => {
            // Empty rows keep the place of the list.
            if (!place || !isReady) return <li key={`place ${index}`} aria-hidden="true" />;
            if ('name' in place)
              return (
                <Row
                  key={place.name}
                  name={place.name}
                  facts={facts}
                  room={room}
                  rateAt={isRoomy ? edition : undefined}
                />
              );
            const { title, names: own } = place.head;
            return (
              <li key={`group ${index}`} class="head">
                <h2>{typeof title === 'object' ? numbers.groups[title.of] : <bdi>{title}</bdi>}</h2>
                <span>{own.length}</span>
              </li>
            );
          })}
        </ol>
      )}
    </section>
  );
}

/** Returns the groups in their order; the same ones while nothing has moved. */
function useGroups(facts: BoardFacts, names: readonly string[], edition: number): readonly SortedGroup[] {
  const { data, view } = useBoard();
  const last = useRef<readonly SortedGroup[]>([]);
  const definition = data.definition.value;
  const { sort: order, group, period } = view.value;
  const tag = locale.value;
  return useMemo(() => {
    const options = { order, isGrouped: group === 'board', locale: tag };
    const next = definition ? sortGroups(definition, names, (name) => facts.get(name).peek(), options) : [];
    if (JSON.stringify(next) !== JSON.stringify(last.current)) last.current = next;
    return last.current;
    // The numbers are read at each edition.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [definition, names, facts, order, group, period, tag, edition]);
}

interface RowProps {
  readonly name: string;
  readonly facts: BoardFacts;
  /** Room for the number, em. */
  readonly room: number;
  /** Edition of the change of the last minute; undefined where there is no room for it. */
  readonly rateAt: number | undefined;
}

function Row({ name, facts, room, rateAt }: RowProps): JSX.Element | null {
  const { data } = useBoard();
  const definition = data.definition.value;
  const { title, number, level, delta } = facts.get(name).value;
  const gestures = useRowGestures(name);
  if (!definition) return null;
  const isUrgent = level === 'bad' || level === 'warn';
  const { tile } = words.value;
  return (
    <li tabIndex={-1} data-counter={name} {...gestures} {...(isUrgent && { 'data-level': level })}>
      {isUrgent ? <LevelSign level={level} /> : <span />}
      <span class="name">
        <bdi>{title}</bdi>
        {isUrgent && <span class="unseen"> {tile.levels[level]}</span>}
      </span>
      {rateAt !== undefined && <span class="rate">{formatRate(data, definition, name)}</span>}
      <DenseNumber definition={definition} name={name} number={number} room={room} />
      <span class="compared">{delta && <DeltaSign definition={definition} name={name} delta={delta} isShort />}</span>
    </li>
  );
}

/** Measures the widest number, em of its digits, and the width of a row with it and the longest title, rem. */
function measureRows(
  definition: DashboardDefinition,
  names: readonly string[],
  facts: BoardFacts,
): { readonly room: number; readonly needed: number } {
  let [number, title] = [0, 0];
  for (const name of names) {
    const one = facts.get(name).peek();
    number = Math.max(number, measureDenseNumber(definition, name, one.number));
    title = Math.max(title, measureText(one.title, 600));
  }
  // Rounded up to whole digits, so that the column does not move with each change.
  const room = Math.min(MAX_NUMBER_EM, Math.ceil(number / DIGIT_EM) * DIGIT_EM);
  return { room, needed: Math.min(MAX_COLUMN_REM, BESIDE_REM + LETTER_REM * (room + title)) };
}

/** Width of a digit, em. */
const DIGIT_EM = 0.64;

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
import { useRowGestures } from './row-gestures.js';
import { useRovingFocus } from './roving-focus.js';
import { sortGroups } from './sorting.js';
import { useEdition } from './use-edition.js';

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
  const list = useRef<HTMLOListElement>(null);
  const definition = data.definition.value;
  const { sort: order, group } = view.value;
  const edition = useEdition(order === 'board' || order === 'name' ? undefined : list);
  const { period } = view.value;
  const groups = useMemo(() => {
    const options = { order, isGrouped: group === 'board', locale: locale.peek() };
    return definition ? sortGroups(definition, names, (name) => facts.get(name).peek(), options) : [];
    // The numbers are read at each edition.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [definition, names, facts, order, group, period, edition]);
  const sizes = useMemo(
    () => (definition ? measureColumn(definition, names, facts) : { room: 0, column: 0 }),
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [definition, names, facts, period, edition],
  );
  useRovingFocus(list);
  const { numbers } = words.value;
  return (
    <section class="numbers" aria-labelledby="numbers">
      <h2 class="unseen" id="numbers">
        {words.value.board.numbers}
      </h2>
      {groups.length > 0 && (
        <ol
          ref={list}
          class="dense"
          style={{ '--column': `${sizes.column}rem`, '--value': `${sizes.room * LETTER_REM}rem` }}
          {...(!data.isLive.value && { 'data-stale': '' })}
        >
          {groups.map(({ title, names: own }, index) => [
            title !== undefined && (
              <li key={`group ${index}`} class="head">
                <h2>{typeof title === 'string' ? <bdi>{title}</bdi> : numbers.groups[title.of]}</h2>
                <span>{own.length}</span>
              </li>
            ),
            own.map((name) => <Row key={name} name={name} facts={facts} room={sizes.room} />),
          ])}
        </ol>
      )}
    </section>
  );
}

interface RowProps {
  readonly name: string;
  readonly facts: BoardFacts;
  /** Room for the number, em. */
  readonly room: number;
}

function Row({ name, facts, room }: RowProps): JSX.Element | null {
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
      <DenseNumber definition={definition} name={name} number={number} room={room} />
      {delta ? <DeltaSign definition={definition} name={name} delta={delta} /> : <span />}
    </li>
  );
}

/** Measures the widest number, em of its digits, and the column that it needs with the longest title, rem. */
function measureColumn(
  definition: DashboardDefinition,
  names: readonly string[],
  facts: BoardFacts,
): { readonly room: number; readonly column: number } {
  let [number, title] = [0, 0];
  for (const name of names) {
    const one = facts.get(name).peek();
    number = Math.max(number, measureDenseNumber(definition, name, one.number));
    title = Math.max(title, measureText(one.title, 600));
  }
  // Rounded up to whole digits, so that the column does not move with each change.
  const room = Math.min(MAX_NUMBER_EM, Math.ceil(number / DIGIT_EM) * DIGIT_EM);
  return { room, column: Math.min(MAX_COLUMN_REM, BESIDE_REM + LETTER_REM * (room + title)) };
}

/** Width of a digit, em. */
const DIGIT_EM = 0.64;

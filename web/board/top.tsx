/** The largest numbers of a board, as bars from zero, with the place where each stood in the period before. */
import type { JSX } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { DashboardDefinition } from '../../src/client/client.js';
import { useBoard } from '../app/board-context.js';
import { Arrow } from '../signs/arrow.js';
import { getDrawnPeriod } from '../tile/shown-tile.js';
import { DeltaSign, nameMoment } from '../tile/versus.js';
import { words } from '../words/locale.js';
import { DenseNumber, measureDenseNumber } from './dense-number.js';
import type { BoardFacts, Facts } from './facts.js';
import { useRowGestures } from './row-gestures.js';
import { useRovingFocus } from './roving-focus.js';
import { getAmount } from './sorting.js';
import { useEdition } from './use-edition.js';
import { useReadiness } from './use-readiness.js';

/** Rows that are shown. */
const MAX_ROWS = 20;
/** Most room of a number, em: what is longer is written compact. */
const MAX_NUMBER_EM = 8;

interface TopProps {
  readonly facts: BoardFacts;
  readonly names: readonly string[];
}

interface Ranked {
  readonly name: string;
  /** Direction in which the rank has moved since the period before, at this time; undefined if it has not. */
  readonly moved: 'up' | 'down' | undefined;
}

export function Top({ facts, names }: TopProps): JSX.Element {
  const { data, view } = useBoard();
  const list = useRef<HTMLOListElement>(null);
  const definition = data.definition.value;
  const { period } = view.value;
  const isReady = useReadiness(facts, names, 'number');
  const present = useEdition(list);
  const edition = isReady ? present : -1;
  const { rows, most, room } = useMemo(
    () =>
      definition
        ? rankLargest(
            definition,
            names.map((name) => facts.get(name).peek()),
          )
        : { rows: [], most: 0, room: 0 },
    // The numbers are read at each edition.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [definition, names, facts, period, edition],
  );
  useRovingFocus(list);
  const { numbers, board } = words.value;
  const [first] = rows;
  const { kind, compared, delta } = facts.get(first?.name ?? '').value;
  const periodData = kind === 'total' ? undefined : data.getPeriodData(getDrawnPeriod(kind)).value;
  return (
    <section class="numbers" aria-labelledby="numbers">
      <h2 class="unseen" id="numbers">
        {board.numbers}
      </h2>
      {rows.length > 0 && (
        <ol ref={list} class="top" data-series="1" {...(!data.isLive.value && { 'data-stale': '' })}>
          {rows.map(({ name, moved }, index) =>
            isReady ? (
              <Row key={name} name={name} rank={index + 1} moved={moved} most={most} room={room} facts={facts} />
            ) : (
              <li key={`place ${index}`} aria-hidden="true" />
            ),
          )}
        </ol>
      )}
      {definition && first && compared && delta && periodData && (
        <p class="note">
          <span>
            <i />
            {numbers.stoodHere(nameMoment(definition, first.name, { delta, compared }, periodData))}
          </span>
          <span>
            <Arrow way="up" />
            {numbers.movedSince}
          </span>
        </p>
      )}
    </section>
  );
}

interface RowProps extends Ranked {
  readonly rank: number;
  /** Number at the end of the scale, in units. */
  readonly most: number;
  /** Room for the number, em. */
  readonly room: number;
  readonly facts: BoardFacts;
}

function Row({ name, rank, moved, most, room, facts }: RowProps): JSX.Element | null {
  const definition = useBoard().data.definition.value;
  const { title, number, before, delta } = facts.get(name).value;
  const gestures = useRowGestures(name);
  if (!definition) return null;
  const toShare = (value: number | null | undefined): number =>
    Math.min(1, Math.max(0, getAmount(definition, { name, number: value }) / most));
  const { numbers } = words.value;
  return (
    <li tabIndex={-1} data-counter={name} {...gestures}>
      <span class="rank">{rank}</span>
      <span class="moved">
        {moved && (
          <>
            <Arrow way={moved} />
            <span class="unseen">{numbers.moved[moved]}</span>
          </>
        )}
      </span>
      <span class="name">
        <bdi>{title}</bdi>
      </span>
      <span class="track">
        <span style={{ inlineSize: `${toShare(number) * 100}%` }} />
        {before !== undefined && <i style={{ insetInlineStart: `${toShare(before) * 100}%` }} />}
      </span>
      <DenseNumber definition={definition} name={name} number={number} room={room} />
      {delta ? <DeltaSign definition={definition} name={name} delta={delta} isShort /> : <span />}
    </li>
  );
}

function rankLargest(
  definition: DashboardDefinition,
  all: readonly Facts[],
): { readonly rows: readonly Ranked[]; readonly most: number; readonly room: number } {
  const toAmount = ({ name, number }: Pick<Facts, 'name' | 'number'>): number =>
    getAmount(definition, { name, number });
  const toBefore = ({ name, before }: Facts): number => toAmount({ name, number: before });
  const byRank = (read: (facts: Facts) => number) => (a: Facts, b: Facts) =>
    read(b) === read(a) ? 0 : read(b) - read(a);
  const places = new Map(all.toSorted(byRank(toBefore)).map(({ name }, index) => [name, index]));
  const largest = all.toSorted(byRank(toAmount)).slice(0, MAX_ROWS);
  const rows = largest.map(({ name, before }, index): Ranked => {
    const place = places.get(name) ?? index;
    const moved = before === undefined || place === index ? undefined : place > index ? 'up' : 'down';
    return { name, moved };
  });
  const most = Math.max(1e-9, ...largest.flatMap((facts) => [toAmount(facts), toBefore(facts)]));
  const widths = largest.map(({ name, number }) => measureDenseNumber(definition, name, number));
  return { rows, most, room: Math.min(MAX_NUMBER_EM, Math.max(0, ...widths)) };
}

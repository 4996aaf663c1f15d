/**
 * The largest numbers of a board, as bars from zero, with the place where each stood in the period before. Numbers of
 * one unit share ranks and a scale; other units stand below, with their own.
 */
import type { JSX } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { DashboardDefinition } from '../../src/client/client.js';
import { getReading } from '../../src/measures/shown-number.js';
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
  /** From 1, within its unit. */
  readonly rank: number;
  /** Number at the end of the scale of its unit, in units; undefined for the only one, which has no bar. */
  readonly most: number | undefined;
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
  const { rows, room } = useMemo(
    () =>
      definition
        ? rankLargest(
            definition,
            names.map((name) => facts.get(name).peek()),
          )
        : { rows: [], room: 0 },
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
          {rows.map((ranked, index) =>
            isReady ? (
              <Row key={ranked.name} {...ranked} isFirst={index > 0 && ranked.rank === 1} room={room} facts={facts} />
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
  /** True if another unit ends above. */
  readonly isFirst: boolean;
  /** Room for the number, em. */
  readonly room: number;
  readonly facts: BoardFacts;
}

function Row({ name, rank, moved, most, isFirst, room, facts }: RowProps): JSX.Element | null {
  const definition = useBoard().data.definition.value;
  const { title, number, before, delta } = facts.get(name).value;
  const gestures = useRowGestures(name);
  if (!definition) return null;
  const toShare = (value: number | null | undefined, scale: number): number =>
    Math.min(1, Math.max(0, getAmount(definition, { name, number: value }) / scale));
  const { numbers } = words.value;
  return (
    <li tabIndex={-1} data-counter={name} {...gestures} {...(isFirst && { 'data-first': '' })}>
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
        {most !== undefined && (
          <>
            <span style={{ inlineSize: `${toShare(number, most) * 100}%` }} />
            {before !== undefined && <i style={{ insetInlineStart: `${toShare(before, most) * 100}%` }} />}
          </>
        )}
      </span>
      <DenseNumber definition={definition} name={name} number={number} room={room} />
      {delta ? <DeltaSign definition={definition} name={name} delta={delta} isShort /> : <span />}
    </li>
  );
}

function rankLargest(
  definition: DashboardDefinition,
  all: readonly Facts[],
): { readonly rows: readonly Ranked[]; readonly room: number } {
  const byUnit = new Map<string, Facts[]>();
  for (const facts of all) {
    const unit = getUnit(definition, facts.name);
    byUnit.set(unit, [...(byUnit.get(unit) ?? []), facts]);
  }
  const units = [...byUnit.values()].map((same) => rankUnit(definition, same));
  // Each unit has its largest: ranks are taken in turn until there are enough rows.
  const ranks = units.flat().map(({ rank }) => rank);
  const last = ranks.toSorted((a, b) => a - b).at(MAX_ROWS - 1) ?? Infinity;
  let spare = MAX_ROWS - ranks.filter((rank) => rank < last).length;
  const rows = units.flat().filter(({ rank }) => rank < last || (rank === last && spare-- > 0));
  const shown = new Set(rows.map(({ name }) => name));
  const widths = all
    .filter(({ name }) => shown.has(name))
    .map(({ name, number }) => measureDenseNumber(definition, name, number));
  return { rows, room: Math.min(MAX_NUMBER_EM, Math.max(0, ...widths)) };
}

/** Returns the unit of a counter or a measure; the scale is only the way it is written. */
function getUnit(definition: DashboardDefinition, name: string): string {
  const { currency, unit, percent = false } = getReading(definition, name);
  return JSON.stringify([currency, unit, percent]);
}

function rankUnit(definition: DashboardDefinition, all: readonly Facts[]): Ranked[] {
  const toAmount = ({ name, number }: Pick<Facts, 'name' | 'number'>): number =>
    getAmount(definition, { name, number });
  const toBefore = ({ name, before }: Facts): number => toAmount({ name, number: before });
  const byRank = (read: (facts: Facts) => number) => (a: Facts, b: Facts) =>
    read(b) === read(a) ? 0 : read(b) - read(a);
  const places = new Map(all.toSorted(byRank(toBefore)).map(({ name }, index) => [name, index]));
  const largest = all.toSorted(byRank(toAmount)).slice(0, MAX_ROWS);
  const scale = Math.max(1e-9, ...largest.flatMap((facts) => [toAmount(facts), toBefore(facts)]));
  const most = all.length > 1 ? scale : undefined;
  return largest.map(({ name, before }, index): Ranked => {
    const place = places.get(name) ?? index;
    const moved = before === undefined || place === index ? undefined : place > index ? 'up' : 'down';
    return { name, rank: index + 1, most, moved };
  });
}

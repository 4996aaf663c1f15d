/** The sum of the numbers that are shown, where all have one unit and one period. */
import type { JSX } from 'preact';
import type { DashboardDefinition } from '../../src/client/client.js';
import { compareNumbers } from '../../src/measures/levels.js';
import { getPresentation, getReading, isMeasure } from '../../src/measures/shown-number.js';
import { useBoard } from '../app/board-context.js';
import { getDrawnPeriod, isGauge } from '../tile/shown-tile.js';
import { DeltaSign, nameMoment } from '../tile/versus.js';
import { words } from '../words/locale.js';
import { DenseNumber } from './dense-number.js';
import type { BoardFacts, Facts } from './facts.js';

/** Room for the sum, em of its digits. */
const ROOM_EM = 9;

/** True if the numbers can be added up: counters of one unit, none of them a level. */
export function canAddUp(definition: DashboardDefinition, names: readonly string[]): boolean {
  const units = new Set(names.map((name) => JSON.stringify(getReading(definition, name))));
  return (
    names.length > 1 &&
    units.size === 1 &&
    names.every((name) => !isMeasure(definition, name) && !isGauge(definition, name))
  );
}

interface Total {
  readonly number: number;
  /** Sum of what stood at this time in the period before; undefined if that is not known of all. */
  readonly before: number | undefined;
}

function addUp(all: readonly Facts[]): Total | undefined {
  const [first] = all;
  if (!first || all.some(({ kind, number }) => kind !== first.kind || typeof number !== 'number')) return undefined;
  const isComparable = all.every(({ before, compared }) => before !== undefined && compared === first.compared);
  return {
    number: all.reduce((sum, { number }) => sum + (number ?? 0), 0),
    before: isComparable ? all.reduce((sum, { before = 0 }) => sum + before, 0) : undefined,
  };
}

export function Sum({
  facts,
  names,
}: {
  readonly facts: BoardFacts;
  readonly names: readonly string[];
}): JSX.Element | null {
  const { data } = useBoard();
  const definition = data.definition.value;
  const [first] = names;
  if (!definition || first === undefined || !canAddUp(definition, names)) return null;
  return <AddedUp definition={definition} facts={facts} names={names} first={first} />;
}

interface AddedUpProps {
  readonly definition: DashboardDefinition;
  readonly facts: BoardFacts;
  readonly names: readonly string[];
  readonly first: string;
}

function AddedUp({ definition, facts, names, first }: AddedUpProps): JSX.Element | null {
  const { data } = useBoard();
  const total = addUp(names.map((name) => facts.get(name).value));
  if (!total) return null;
  const { kind, compared } = facts.get(first).value;
  const { goodWhen = 'up' } = getPresentation(definition, first);
  const { numbers, tile } = words.value;
  const periodData = kind === 'total' ? undefined : data.getPeriodData(getDrawnPeriod(kind)).value;
  const delta = total.before === undefined ? undefined : compareNumbers(total.number, total.before, { goodWhen });
  return (
    <p class="sum">
      <span class="unseen">{numbers.sum}</span>
      <b>
        <DenseNumber definition={definition} name={first} number={total.number} room={ROOM_EM} />
      </b>{' '}
      {numbers.running[kind]}
      {delta && compared && periodData && (
        <span class="versus">
          <DeltaSign definition={definition} name={first} delta={delta} />
          <span class="than">{tile.versus(nameMoment(definition, first, { delta, compared }, periodData))}</span>
        </span>
      )}
    </p>
  );
}

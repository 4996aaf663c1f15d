/** The line under a number: its comparison, or the range of today. What does not fit goes as a whole. */
import type { JSX } from 'preact';
import type { LevelBoundary } from '../../src/measures/levels.js';
import { formatShownNumber, type NumberKind } from '../../src/measures/shown-number.js';
import { useBoard } from '../app/board-context.js';
import { isPhone } from '../app/phone.js';
import type { NumbersByKind } from '../data/board-data.js';
import type { PeriodData } from '../data/period-data.js';
import { LevelSign } from '../signs/level-sign.js';
import { locale, words } from '../words/locale.js';
import { formatBoundary } from './level-words.js';
import { getDelta, getRange, isGauge } from './shown-tile.js';
import { DeltaSign, nameMoment } from './versus.js';

interface SecondLineProps {
  readonly name: string;
  readonly kind: NumberKind;
  readonly numbers: NumbersByKind;
  readonly data: PeriodData | undefined;
  readonly boundary: LevelBoundary | undefined;
  /** True to say the level here with its sign, where the header does not. */
  readonly hasLevelSign?: boolean;
}

export function SecondLine(props: SecondLineProps): JSX.Element {
  const { name, boundary, hasLevelSign = false } = props;
  const definition = useBoard().data.definition.value;
  return (
    <p class="versus">
      {definition && boundary && (
        <span class="said" data-level={boundary.level}>
          {hasLevelSign && <LevelSign level={boundary.level} />}
          {formatBoundary(definition, name, boundary)}
        </span>
      )}
      <Comparison {...props} />
    </p>
  );
}

function Comparison({ name, kind, numbers, data }: SecondLineProps): JSX.Element | null {
  const { data: board, view } = useBoard();
  const isPast = view.value.at !== undefined;
  const definition = board.definition.value;
  const { tile } = words.value;
  if (!definition) return null;
  const number = numbers[kind];
  const format = (value: number, signed = false): string =>
    formatShownNumber(definition, name, value, locale.value, { withoutUnit: true, signed });
  if (board.isUncounted.value) return <span class="than">{tile.nothingYet}</span>;
  if (isGauge(definition, name)) {
    const { least, most } = getRange(name, number ?? 0, data);
    return least === undefined || most === undefined ? null : (
      <span class="than">{(isPast ? tile.rangeThatDay : tile.range)(format(least), format(most))}</span>
    );
  }
  if (kind === 'total') {
    const today = numbers.day;
    return typeof today === 'number' && !Object.hasOwn(definition.measures ?? {}, name) ? (
      <span class="than">
        <bdi>{(isPast ? tile.thatDay : tile.today)(format(today, true))}</bdi>
      </span>
    ) : null;
  }
  const delta = data && getDelta(definition, name, number, data);
  if (!delta) return null;
  const moment = tile.versus(nameMoment(definition, name, delta, data, isPhone.value));
  return (
    <>
      <DeltaSign definition={definition} name={name} delta={delta.delta} />
      <span class="than">{moment}</span>
    </>
  );
}

/** All that a tile shows of a counter or a measure, read from its board. Tiles at a desk and on a wall share it. */
import type { DashboardDefinition } from '../../src/client/client.js';
import type { LevelBoundary } from '../../src/measures/levels.js';
import { getPresentation, type NumberKind } from '../../src/measures/shown-number.js';
import { useBoard } from '../app/board-context.js';
import type { NumbersByKind } from '../data/board-data.js';
import type { PeriodData } from '../data/period-data.js';
import { useShownNumbers } from './shown-numbers.js';
import {
  getBand,
  getBoundary,
  getDrawnPeriod,
  getGoal,
  getParts,
  getShownKind,
  type ShownBand,
  type ShownGoal,
  type ShownPart,
} from './shown-tile.js';

export interface TileFacts {
  readonly definition: DashboardDefinition;
  readonly title: string;
  readonly kind: NumberKind;
  /** Numbers with the viewer's changes that have no response yet. */
  readonly numbers: NumbersByKind;
  /** The number that is shown large. */
  readonly number: number | null | undefined;
  /** True if the number may be out of date. */
  readonly isStale: boolean;
  /** True if there is no number, or nothing has been counted yet. */
  readonly isEmpty: boolean;
  /** The running period that is drawn. */
  readonly periodData: PeriodData | undefined;
  /** Undefined without a level, without a number, and while it may be out of date. */
  readonly boundary: LevelBoundary | undefined;
  readonly goal: ShownGoal | undefined;
  readonly band: ShownBand | undefined;
  readonly parts: readonly ShownPart[] | undefined;
}

/** Returns the facts of a tile, and subscribes its component to them; undefined until the definition has been read. */
export function useTileFacts(name: string): TileFacts | undefined {
  const { data, view } = useBoard();
  const shown = useShownNumbers(name);
  const definition = data.definition.value;
  if (!definition) return undefined;
  const { title = name, target } = getPresentation(definition, name);
  const kind = getShownKind(definition, name, view.value.period);
  const numbers = shown.value;
  const number = numbers[kind];
  const isStale = !data.isLive.value && data.status.value.state !== 'connecting';
  const periodData = data.getPeriodData(getDrawnPeriod(kind)).value;
  const targetData = target?.per && data.getPeriodData(target.per).value;
  const isEmpty = typeof number !== 'number' || (number === 0 && data.isUncounted.value);
  return {
    definition,
    title,
    kind,
    numbers,
    number,
    isStale,
    isEmpty,
    periodData,
    boundary: isStale || isEmpty ? undefined : getBoundary(definition, name, number),
    goal: getGoal(definition, name, numbers, targetData || undefined, data.now()),
    band: getBand(definition, name, number, periodData),
    parts: getParts(definition, name),
  };
}

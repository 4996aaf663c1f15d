/** The numbers of a tile as it will be: those of the board, read by a definition that is not stored yet. */
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { type DashboardDefinition, type Period, PERIODS } from '../../src/client/client.js';
import { compileMeasures } from '../../src/measures/derived-measure.js';
import { getPresentation, isMeasure, type NumberKind } from '../../src/measures/shown-number.js';
import type { BoardData, NumbersByKind } from '../data/board-data.js';
import { findRowNumber } from '../data/period-data.js';

const NO_PERIOD = signal(undefined);
const KINDS: readonly NumberKind[] = ['total', ...PERIODS];

/**
 * @param name of the tile in the preview
 * @param definition with the tile as it will be; `isNew` if the service does not know it yet
 */
export function createPreviewData(
  data: BoardData,
  name: string,
  definition: ReadonlySignal<DashboardDefinition>,
  isNew: boolean,
): BoardData {
  /** The number of something that exists. Periods that the board does not show are read as rows. */
  const readNumber = (counter: string, kind: NumberKind): number | null | undefined => {
    const known = data.getNumbers(counter).value[kind];
    if (known !== undefined || kind === 'total') return known;
    const row = data.getPeriodData(kind).value?.row;
    return row && findRowNumber(row, counter);
  };
  const numbers = computed((): NumbersByKind => {
    const present = definition.value;
    const presentation = getPresentation(present, name);
    const needed = new Set<NumberKind>([
      'total',
      presentation.headline ?? 'total',
      presentation.target?.per ?? 'total',
    ]);
    const kinds = KINDS.filter((kind) => needed.has(kind));
    if (!isMeasure(present, name))
      return Object.fromEntries(kinds.map((kind) => [kind, isNew ? 0 : readNumber(name, kind)]));
    return Object.fromEntries(kinds.map((kind) => [kind, computeMeasure(present, name, kind, readNumber)]));
  });
  const isUncounted = isNew && !isMeasure(definition.peek(), name);
  return {
    base: data.base,
    name: data.name,
    tokenOptions: data.tokenOptions,
    status: data.status,
    isLive: data.isLive,
    definition,
    names: data.names,
    lastChangeAt: isUncounted ? signal(0) : data.lastChangeAt,
    hasNumbers: isUncounted ? signal(true) : data.hasNumbers,
    isUncounted: isUncounted ? signal(true) : data.isUncounted,
    revision: data.revision,
    epoch: data.epoch,
    getNumbers: (one) => (one === name ? numbers : data.getNumbers(one)),
    // What has not been counted yet has no pace.
    getPeriodData: (period: Period) => (isUncounted ? NO_PERIOD : data.getPeriodData(period)),
    now: () => data.now(),
  };
}

/** Returns null where the divisor is 0, and undefined while a part is not known. */
function computeMeasure(
  { counters, measures = {} }: DashboardDefinition,
  name: string,
  kind: NumberKind,
  readNumber: (counter: string, kind: NumberKind) => number | null | undefined,
): number | null | undefined {
  const definition = Object.hasOwn(measures, name) ? measures[name] : undefined;
  if (!definition) return undefined;
  const [measure] = compileMeasures({ [name]: definition }, (counter) => counters[counter]?.scale ?? 0);
  if (!measure || measure.counters.some((counter) => !Object.hasOwn(counters, counter))) return undefined;
  // A gauge has no number of a period: there it counts with its value.
  const parts = new Map(
    measure.counters.map((counter) => [counter, readNumber(counter, kind) ?? readNumber(counter, 'total')]),
  );
  if ([...parts.values()].some((part) => typeof part !== 'number')) return undefined;
  const text = measure.evaluate((counter) => parts.get(counter) ?? 0);
  return text === null ? null : Number(text);
}

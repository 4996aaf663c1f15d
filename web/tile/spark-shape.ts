/** The shape of a sparkline, in slots of the running period. Pure. */
import type { DashboardDefinition, PeriodRow } from '../../src/client/client.js';
import { getPresentation } from '../../src/measures/shown-number.js';
import type { NumbersByKind } from '../data/board-data.js';
import { type CompareWith, findRowNumber, getCompareWith, type PeriodData } from '../data/period-data.js';
import { getParts, isGauge } from './shown-tile.js';

/** Numbers by slot; null where there is none. */
export interface SparkShape {
  /** Counts are bars from zero. Levels and ratios are a line in its own range. */
  readonly form: 'bars' | 'line';
  readonly slots: number;
  /** The slots that have begun; the last one runs. */
  readonly values: readonly (number | null)[];
  /** The compared period. */
  readonly before: readonly (number | null)[];
  /** Bars in parts: numbers of each term of a sum, by slot. */
  readonly terms: readonly { readonly name: string; readonly values: readonly number[] }[];
}

export function getSparkShape(
  definition: DashboardDefinition,
  name: string,
  numbers: NumbersByKind,
  data: PeriodData,
): SparkShape {
  const presentation = getPresentation(definition, name);
  const isLine = isGauge(definition, name) || 'ratio' in presentation;
  const values = data.parts.map((row) => findRowNumber(row, name) ?? null);
  const running = getRunning(definition, name, numbers, data, values);
  if (running !== undefined && values.length > 0) values[values.length - 1] = running;
  const compared = data.compared.get(getComparison(definition, name, data));
  return {
    form: isLine ? 'line' : 'bars',
    slots: data.slots,
    values,
    before: compared?.parts.map((row) => findRowNumber(row, name) ?? null) ?? [],
    terms: isLine ? [] : listTerms(definition, name, data.parts),
  };
}

function getComparison(definition: DashboardDefinition, name: string, { period }: PeriodData): CompareWith {
  return getCompareWith(period, getPresentation(definition, name));
}

/** The running slot goes on with the live number: what the finished slots do not hold of the running period. */
function getRunning(
  definition: DashboardDefinition,
  name: string,
  numbers: NumbersByKind,
  { period, start, row }: PeriodData,
  values: readonly (number | null)[],
): number | undefined {
  if (isGauge(definition, name)) return numbers.total ?? undefined;
  const live = numbers[period];
  if (typeof live !== 'number' || start !== row.start || 'ratio' in getPresentation(definition, name)) return undefined;
  return values.slice(0, -1).reduce<number>((rest, value) => rest - (value ?? 0), live);
}

function listTerms(definition: DashboardDefinition, name: string, rows: readonly PeriodRow[]): SparkShape['terms'] {
  const parts = getParts(definition, name) ?? [];
  if (parts.length < 2 || parts.some(({ isNegative }) => isNegative)) return [];
  return parts.map((part) => ({ name: part.name, values: rows.map((row) => findRowNumber(row, part.name) ?? 0) }));
}

/** Serializes a history to CSV, some rows per turn of the event loop. */
import { toCsvRow } from '../csv/csv-row.js';
import { toDecimalText } from '../measures/decimal.js';
import type { CompiledMeasure } from '../measures/derived-measure.js';
import type { ZonedTimeFormatter } from '../measures/zoned-time.js';
import type { Columns, HistoryResult } from './history.service.js';
import { waitForTurn } from './turn-queue.js';

/** Cells of one turn: a few milliseconds. */
const CELLS_PER_TURN = 5_000;

/** A column of the table: its title, and its cell in each row. */
interface CsvColumn {
  readonly title: string;
  readonly toCell: (row: number) => string;
}

/**
 * Yields a row for each of the history: `at`, then `orders`, `orders.added` and `orders.removed` of a counter, `queue`,
 * `queue.least` and `queue.most` of a gauge, `basket` and `basket.within` of a measure. Numbers are decimals at the
 * scale of their counter; a measure whose divisor is 0 is empty.
 */
export async function* serializeHistoryCsv(
  { at, counters, shown, measures, scales }: HistoryResult,
  times: ZonedTimeFormatter,
): AsyncGenerator<string> {
  const columns: readonly CsvColumn[] = [
    { title: 'at', toCell: (row) => times.format(at[row] ?? 0, 0) },
    ...[...counters].flatMap(([name, one]) => (shown.has(name) ? listColumns(name, one, scales.get(name) ?? 0) : [])),
    ...measures.flatMap((measure) => listMeasureColumns(measure, counters)),
  ];
  yield toCsvRow(columns.map(({ title }) => title));
  const rowsPerTurn = Math.max(1, Math.floor(CELLS_PER_TURN / columns.length));
  for (let start = 0; start < at.length; start += rowsPerTurn) {
    const rows = Array.from({ length: Math.min(rowsPerTurn, at.length - start) }, (_, index) => start + index);
    yield rows.map((row) => toCsvRow(columns.map(({ toCell }) => toCell(row)))).join('');
    await waitForTurn();
  }
}

function listColumns(name: string, columns: Columns, scale: number): CsvColumn[] {
  const parts =
    columns.kind === 'gauge'
      ? [['.least', columns.least] as const, ['.most', columns.most] as const]
      : [['.added', columns.added] as const, ['.removed', columns.removed] as const];
  return [['', columns.value] as const, ...parts].map(([part, numbers]) => ({
    title: name + part,
    toCell: (row) => toDecimalText(numbers[row] ?? 0, scale),
  }));
}

function listMeasureColumns(
  { name, evaluate }: CompiledMeasure,
  counters: ReadonlyMap<string, Columns>,
): readonly CsvColumn[] {
  return [
    { title: name, toCell: (row) => evaluate((counter) => counters.get(counter)?.value[row] ?? 0) ?? '' },
    {
      title: `${name}.within`,
      toCell: (row) => evaluate((counter) => counters.get(counter)?.getNumber(row) ?? 0) ?? '',
    },
  ];
}

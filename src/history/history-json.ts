/** Serializes a history to JSON, one counter per turn of the event loop: large responses are several megabytes. */
import type { CounterTotals } from '../counters/counters.js';
import type { CompiledMeasure } from '../measures/derived-measure.js';
import type { Columns, HistoryResult } from './history.service.js';
import { waitForTurn } from './turn-queue.js';

/**
 * Yields `{dashboard, step, at, counters: {name: {value, added, removed, totals?}}}` in parts; a gauge has `{value,
 * least, most}`. Measures follow as `measures: {name: {value, within}}`. Integers above 2^53 are written with all
 * digits.
 */
export async function* serializeHistory({
  dashboard,
  stepMs,
  at,
  counters,
  totals,
  shown,
  measures,
}: HistoryResult): AsyncGenerator<string> {
  yield `{"dashboard":${JSON.stringify(dashboard)},"step":${stepMs},"at":[${at.join()}],"counters":{`;
  let separator = '';
  for (const [name, columns] of counters) {
    if (!shown.has(name)) continue;
    yield `${separator}${JSON.stringify(name)}:{${columns.toJsonMembers()}${formatTotals(totals?.get(name))}}`;
    separator = ',';
    await waitForTurn();
  }
  yield '}';
  separator = ',"measures":{';
  for (const measure of measures) {
    yield `${separator}${JSON.stringify(measure.name)}:{${formatMeasure(measure, counters, at.length)}}`;
    separator = ',';
    await waitForTurn();
  }
  yield measures.length > 0 ? '}}\n' : '}\n';
}

/** Evaluates a measure twice for each row: of the values at its end, and of what came within it. */
function formatMeasure(
  { evaluate }: CompiledMeasure,
  counters: ReadonlyMap<string, Columns>,
  rowCount: number,
): string {
  const rows = Array.from({ length: rowCount }, (_, row) => row);
  const values = rows.map((row) => evaluate((name) => counters.get(name)?.value[row] ?? 0));
  const within = rows.map((row) => evaluate((name) => counters.get(name)?.getNumber(row) ?? 0));
  return `"value":[${values.map(String).join()}],"within":[${within.map(String).join()}]`;
}

function formatTotals(totals: CounterTotals | undefined): string {
  return totals ? `,"totals":{"added":${totals.added},"removed":${totals.removed}}` : '';
}

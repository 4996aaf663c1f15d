/** Serializes periods to CSV. */
import { toCsvRow } from '../csv/csv-row.js';
import { toDecimalText } from '../measures/decimal.js';
import { ZonedTimeFormatter } from '../measures/zoned-time.js';
import type { PeriodsResult, SpanNumbers } from './periods.service.js';
import { waitForTurn } from './turn-queue.js';

/**
 * Yields a row for each period, newest first: `start`, `end`, and the columns of a history. A measure has one column:
 * that of the numbers of the period. The numbers that earlier periods had by now are left out.
 */
export async function* serializePeriodsCsv({ timeZone, rows, shown, measures, scales }: PeriodsResult) {
  const times = new ZonedTimeFormatter(timeZone);
  const titles = shown.flatMap(({ name, isGauge }) =>
    isGauge ? [name, `${name}.least`, `${name}.most`] : [name, `${name}.added`, `${name}.removed`],
  );
  yield toCsvRow(['start', 'end', ...titles, ...measures]);
  for (const { start, end, whole } of rows) {
    const cells = shown.flatMap(({ name }) => toCells(whole.counters.get(name), scales.get(name) ?? 0));
    const values = measures.map((name) => whole.measures.get(name) ?? '');
    yield toCsvRow([times.format(start, 0), times.format(end, 0), ...cells, ...values]);
    await waitForTurn();
  }
}

function toCells(numbers: SpanNumbers | undefined, scale: number): string[] {
  if (!numbers) return ['', '', ''];
  const [first, second] = numbers.kind === 'gauge' ? [numbers.least, numbers.most] : [numbers.added, numbers.removed];
  return [numbers.value, first, second].map((units) => toDecimalText(units, scale));
}

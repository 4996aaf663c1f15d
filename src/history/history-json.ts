/** Serializes a history to JSON, one counter per turn of the event loop: large responses are several megabytes. */
import type { CounterTotals } from '../counters/counters.js';
import type { HistoryResult } from './history.service.js';
import { waitForTurn } from './turn-queue.js';

/**
 * Yields `{dashboard, step, at, counters: {name: {value, added, removed, totals?}}}` in parts. Integers above 2^53 are
 * written with all digits.
 */
export async function* serializeHistory({
  dashboard,
  stepMs,
  at,
  counters,
  totals,
}: HistoryResult): AsyncGenerator<string> {
  yield `{"dashboard":${JSON.stringify(dashboard)},"step":${stepMs},"at":[${at.join()}],"counters":{`;
  let separator = '';
  for (const [name, { value, added, removed }] of counters) {
    yield `${separator}${JSON.stringify(name)}:{"value":[${value.join()}],"added":[${added.join()}],"removed":[${removed.join()}]${formatTotals(totals?.get(name))}}`;
    separator = ',';
    await waitForTurn();
  }
  yield '}}\n';
}

function formatTotals(totals: CounterTotals | undefined): string {
  return totals ? `,"totals":{"added":${totals.added},"removed":${totals.removed}}` : '';
}

/** A history as JSON text, a counter at a time: the largest answers are megabytes, and others have requests too. */
import { setImmediate } from 'node:timers/promises';
import type { CounterTotals } from '../counters/counters.js';
import type { HistoryResult } from './history.service.js';

/** `{dashboard, step, at, counters: {name: {value, added, removed, totals?}}}`. Every number is written with all its digits. */
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
    await setImmediate();
  }
  yield '}}\n';
}

function formatTotals(totals: CounterTotals | undefined): string {
  return totals ? `,"totals":{"added":${totals.added},"removed":${totals.removed}}` : '';
}

/** A history as JSON text, a counter at a time: the largest answers are megabytes, and others have requests too. */
import { setImmediate } from 'node:timers/promises';
import type { CounterTotals } from '../counters/counters.js';
import type { History } from './history.service.js';

/** `{dashboard, step, at, counters: {name: {value, added, removed, totals?}}}`. Every number is written with all its digits. */
export async function* textOf({ dashboard, stepMs, at, counters, totals }: History): AsyncGenerator<string> {
  yield `{"dashboard":${JSON.stringify(dashboard)},"step":${stepMs},"at":[${at.join()}],"counters":{`;
  let comma = '';
  for (const [name, { value, added, removed }] of counters) {
    yield `${comma}${JSON.stringify(name)}:{"value":[${value.join()}],"added":[${added.join()}],"removed":[${removed.join()}]${totalsText(totals?.get(name))}}`;
    comma = ',';
    await setImmediate();
  }
  yield '}}\n';
}

function totalsText(totals: CounterTotals | undefined): string {
  return totals ? `,"totals":{"added":${totals.added},"removed":${totals.removed}}` : '';
}

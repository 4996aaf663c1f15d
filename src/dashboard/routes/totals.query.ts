/** `?totals`: whether a reader or viewer wants to know what was ever added to the counters that it sees. */
import { TallyError } from '../../counters/errors.js';

const TRUE_VALUES: ReadonlySet<unknown> = new Set(['', '1', 'true']);

/**
 * Whether the parameter is there.
 * @param value as a query parser gives it: all values of it, when it is given more than once
 * @throws TallyError `invalid-request` when it has a value that does not say yes
 */
export function parseTotals(value: unknown): boolean {
  const values = value === undefined ? [] : [value].flat();
  if (values.every((item) => TRUE_VALUES.has(item))) return values.length > 0;
  const detail = 'must be empty, 1 or true: leave it out where totals are not wanted';
  throw new TallyError('invalid-request', `the parameter totals ${detail}`, {
    errors: [{ pointer: 'totals', detail }],
  });
}

/** `?totals`: adds everything that was ever added to each counter to a snapshot or stream. */
import { TallyError } from '../../counters/errors.js';

const TRUE_VALUES: ReadonlySet<unknown> = new Set(['', '1', 'true']);

/**
 * Returns true if the parameter is present.
 * @param value as the query parser returns it: one value or several
 * @throws TallyError `invalid-request` for a value other than the empty string, `1` and `true`
 */
export function parseTotals(value: unknown): boolean {
  const values = value === undefined ? [] : [value].flat();
  if (values.every((item) => TRUE_VALUES.has(item))) return values.length > 0;
  const detail = 'must be empty, 1 or true; omit it to get no totals';
  throw new TallyError('invalid-request', `the parameter totals ${detail}`, {
    errors: [{ parameter: 'totals', detail }],
  });
}

/** `?counters=a,b`: the counters that a reader or viewer wants to see, and no others. */
import { MAX_CHANGES, NAME_PATTERN } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';

/** Most counters that one filter names. */
const MAX_FILTER_NAMES = MAX_CHANGES;

/**
 * The counters that the parameter names, in the order of their names, each once. It may be given more than once.
 * @param value as a query parser gives it
 * @returns undefined when there is no such parameter: all counters are wanted
 * @throws TallyError `invalid-request`
 */
export function parseCounterFilter(value: unknown): ReadonlySet<string> | undefined {
  if (value === undefined) return undefined;
  const names = [value].flat().flatMap((list) => (typeof list === 'string' ? list.split(',') : ['']));
  const invalid = names.find((name) => !NAME_PATTERN.test(name));
  if (invalid !== undefined)
    throw createFilterError(`must be names of counters with commas between, and ${JSON.stringify(invalid)} is none`);
  if (names.length > MAX_FILTER_NAMES) throw createFilterError(`must be at most ${MAX_FILTER_NAMES} names`);
  return new Set(names.toSorted());
}

function createFilterError(detail: string): TallyError {
  return new TallyError('invalid-request', `the parameter counters ${detail}`, {
    errors: [{ pointer: 'counters', detail }],
  });
}

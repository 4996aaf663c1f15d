/** `?counters=a,b`: selects counters of a snapshot or stream, or ledger entries that change one of them. */
import { Allow } from 'class-validator';
import { MAX_CHANGES, NAME_PATTERN } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';

const MAX_FILTER_NAMES = MAX_CHANGES;

export class CountersQuery {
  /** As the query parser returns it, for {@link parseCounterFilter}. */
  @Allow()
  readonly counters?: unknown;
}

/** Narrows the ledger to entries that change some counters. */
export class ChangedCountersQuery extends CountersQuery {
  /** Earlier name of `counters`. */
  @Allow()
  readonly counter?: unknown;
}

/** Parses either name. @throws TallyError `invalid-request` */
export function parseChangedCounters({ counters, counter }: ChangedCountersQuery): ReadonlySet<string> | undefined {
  return parseCounterFilter(counters) ?? parseCounterFilter(counter, 'counter');
}

/**
 * Parses the parameter into distinct names in alphabetical order. It may occur several times.
 * @param value as the query parser returns it
 * @param parameter its name, for errors
 * @returns undefined if the parameter is absent: all counters
 * @throws TallyError `invalid-request`
 */
export function parseCounterFilter(value: unknown, parameter = 'counters'): ReadonlySet<string> | undefined {
  if (value === undefined) return undefined;
  const names = [value].flat().flatMap((list) => (typeof list === 'string' ? list.split(',') : ['']));
  const invalid = names.find((name) => !NAME_PATTERN.test(name));
  if (invalid !== undefined)
    throw createFilterError(
      parameter,
      `must list counter names separated by commas; ${JSON.stringify(invalid)} is not a counter name`,
    );
  if (names.length > MAX_FILTER_NAMES)
    throw createFilterError(parameter, `must list at most ${MAX_FILTER_NAMES} names`);
  return new Set(names.toSorted());
}

function createFilterError(parameter: string, detail: string): TallyError {
  return new TallyError('invalid-request', `the parameter ${parameter} ${detail}`, {
    errors: [{ parameter, detail }],
  });
}

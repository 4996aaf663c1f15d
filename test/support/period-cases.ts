/** Reckonings, names of moments and tables of cases for the tests of periods. */
import type { Reckoning, Weekday } from '../../src/counters/definition.js';

export const DAY_STARTS = ['00:00', '02:30', '06:00', '23:30'];

export function toReckoning(timeZone: string, dayStartsAt = '00:00', weekStartsOn: Weekday = 'monday'): Reckoning {
  return { timeZone, dayStartsAt, weekStartsOn };
}

/** A moment without its seconds if they are 0: `2026-03-01T12:34Z`. */
export function toIso(ms: number): string {
  return new Date(ms).toISOString().replace(':00.000Z', 'Z');
}

/** Collects what differs, so that a table of thousands of cases is one assertion. */
export function listDifferences<T>(
  cases: readonly T[],
  describe: (item: T) => readonly [string, unknown, unknown],
): string[] {
  return cases.flatMap((item) => {
    const [name, actual, expected] = describe(item);
    return JSON.stringify(actual) === JSON.stringify(expected)
      ? []
      : [`${name}: ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`];
  });
}

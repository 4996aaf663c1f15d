/** `?periods=day,month`: adds the numbers of present periods to a snapshot or stream. */
import { type Period, PERIODS } from '../../counters/definition.js';
import { TallyError } from '../../counters/errors.js';

/**
 * Parses the parameter into distinct periods, shortest first. It may occur several times.
 * @param value as the query parser returns it
 * @throws TallyError `invalid-request`
 */
export function parsePeriods(value: unknown): readonly Period[] {
  if (value === undefined) return [];
  const names = [value].flat().flatMap((list) => (typeof list === 'string' ? list.split(',') : ['']));
  const unknown = names.find((name) => !PERIODS.some((period) => period === name));
  if (unknown === undefined) return PERIODS.filter((period) => names.includes(period));
  const detail = `must list periods separated by commas: ${PERIODS.join(', ')}; ${JSON.stringify(unknown)} is none`;
  throw new TallyError('invalid-request', `the parameter periods ${detail}`, {
    errors: [{ parameter: 'periods', detail }],
  });
}

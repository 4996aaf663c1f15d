/** Schemas of measures, of present periods in snapshots and frames, and of `GET .../periods`. */
import { MAX_VALUE, NAME_PATTERN } from '../counters/counters.js';
import { type Period, PERIODS } from '../counters/definition.js';
import type { CounterPeriod, GaugePeriod, PeriodsResponse } from '../history/periods-json.js';
import type { PeriodNumbers } from '../protocol/live-messages.js';
import { arrayOf, enumOf, integer, literal, number, object, oneOf, optional, recordOf, string } from './json-schema.js';

/** Values of derived measures. */
export const MEASURES_SCHEMA = optional(
  recordOf(NAME_PATTERN, oneOf(number(), literal(null)), {
    description:
      'Derived measures, with all digits of their scale. Null where the divisor is 0. Absent if the dashboard has none.',
    example: { basket: 62.4, conversion: 4.3 },
  }),
);

/** Numbers of present periods, by kind. */
export const PERIODS_SCHEMA = optional(
  recordOf(
    /^(hour|day|week|month|year)$/,
    object<PeriodNumbers>(
      {
        start: integer({ description: 'Start of the period, milliseconds since the Unix epoch.' }),
        end: integer({ description: 'End of the period, which is not part of it.' }),
        added: recordOf(NAME_PATTERN, integer(), { description: 'Amount added to each counter since the start.' }),
        removed: recordOf(NAME_PATTERN, integer(), {
          description: 'Amount removed from each counter since the start.',
        }),
        measures: MEASURES_SCHEMA,
      },
      // The name that generators of models give it.
      { title: 'PresentPeriod' },
    ),
    { description: 'With `periods` in the query: the present periods. Gauges have no numbers.' },
  ),
);

const SIGNED_VALUE = { minimum: -MAX_VALUE, maximum: MAX_VALUE };

const COUNTERS_SCHEMA = recordOf(
  NAME_PATTERN,
  oneOf(
    object<CounterPeriod>({
      value: integer({ ...SIGNED_VALUE, description: 'Value at the end.' }),
      added: integer({ description: 'Amount added.' }),
      removed: integer({ description: 'Amount removed.' }),
    }),
    object<GaugePeriod>({
      value: integer({ ...SIGNED_VALUE, description: 'Level at the end.' }),
      least: integer({ ...SIGNED_VALUE, description: 'Lowest level. The one at the start counts.' }),
      most: integer({ ...SIGNED_VALUE, description: 'Highest level.' }),
    }),
  ),
  { description: 'Numbers of the selected counters.' },
);

export const PERIODS_RESPONSE_SCHEMA = object<PeriodsResponse>({
  dashboard: string({ pattern: NAME_PATTERN.source, description: 'Name of the dashboard.' }),
  timeZone: string({ description: 'Time zone of the periods.' }),
  period: enumOf<Period>(PERIODS, { description: 'Kind of the periods.' }),
  at: integer({ description: 'Time up to which the running period counts, milliseconds since the Unix epoch.' }),
  rows: arrayOf(
    object<PeriodsResponse['rows'][number]>({
      start: integer({ minimum: -Number.MAX_SAFE_INTEGER, description: 'Start, milliseconds since the Unix epoch.' }),
      end: integer({ minimum: -Number.MAX_SAFE_INTEGER, description: 'End, which is not part of the period.' }),
      counters: COUNTERS_SCHEMA,
      measures: MEASURES_SCHEMA,
      byNow: optional(
        object<NonNullable<PeriodsResponse['rows'][number]['byNow']>>(
          {
            at: integer({ minimum: -Number.MAX_SAFE_INTEGER, description: 'Time up to which it counts.' }),
            counters: COUNTERS_SCHEMA,
            measures: MEASURES_SCHEMA,
          },
          { description: 'Numbers up to the same local reading as now. Absent in the running period.' },
        ),
      ),
    }),
    { maxItems: 1_000, description: 'Newest first.' },
  ),
});

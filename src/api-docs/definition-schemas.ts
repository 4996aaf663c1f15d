/**
 * Schemas of definitions: of request bodies from the rules that validate them, and of responses with the same members.
 */
import { NAME_PATTERN } from '../counters/counters.js';
import {
  CounterDefinitionDto,
  DashboardDefinitionDto,
  GroupDto,
  LayoutDto,
  MeasureDefinitionDto,
  TargetDto,
  ThresholdDto,
  TileDto,
} from '../dashboard/routes/definition.dto.js';
import type { Schema } from './json-schema.js';
import { createValidationSchema, type ObjectSchema } from './validation-schema.js';

const TARGET_SCHEMA = createValidationSchema(TargetDto, {
  value:
    'Number to reach, not 0, nor below the lowest value: of the smallest unit for counters, decimals for measures.',
  per: 'Period in which it is to be reached. Absent: a level to reach.',
});
const THRESHOLD_SCHEMA = createValidationSchema(ThresholdDto, {
  at: 'Number from which on the level holds: of the smallest unit for counters, decimals for measures.',
  level: 'Level that holds up to the next threshold.',
});
const PRESENTATION_DESCRIPTIONS = {
  title: 'Title for display.',
  unit: 'Text behind the number, as written, for example `kg`.',
  currency: 'Currency, a code of ISO 4217.',
  scale: 'Digits behind the decimal point: 1248050 at scale 2 reads 12,480.50.',
  headline: 'The number shown large: `total`, or that of the present period. Absent: `total`.',
  goodWhen: 'The better direction. Absent: `up`.',
  target: 'A number to reach.',
  thresholds: 'Levels, ascending. Below the first one there is none.',
};
const PRESENTATION_ITEMS = { target: TARGET_SCHEMA, thresholds: THRESHOLD_SCHEMA };

const VALIDATED_COUNTER_SCHEMA = createValidationSchema(
  CounterDefinitionDto,
  {
    ...PRESENTATION_DESCRIPTIONS,
    scale: `${PRESENTATION_DESCRIPTIONS.scale} Absent: 0, or the digits of the currency. Fixed when the counter is created.`,
    singular: 'One of what is counted, for example `order`. Used in messages. Absent: the name of the counter.',
    min: 'Lowest value; `null` for none. Absent: 0.',
    kind: '`counter` adds and removes; `gauge` is a level that is set and kept. Absent: `counter`. Fixed when the counter is created.',
    compareWith:
      'Period that the headline is compared with, until the same time: the previous one, a week ago or a year ago. Absent: `week` for days, `previous` for all others.',
  },
  PRESENTATION_ITEMS,
);
/** The rules of `min` do not look at `null`. */
const COUNTER_DEFINITION_SCHEMA: ObjectSchema = {
  ...VALIDATED_COUNTER_SCHEMA,
  properties: {
    ...VALIDATED_COUNTER_SCHEMA.properties,
    min: { ...VALIDATED_COUNTER_SCHEMA.properties['min'], type: ['integer', 'null'] },
  },
};
const MEASURE_DEFINITION_SCHEMA = createValidationSchema(
  MeasureDefinitionDto,
  {
    ...PRESENTATION_DESCRIPTIONS,
    ratio: 'Names of two counters: dividend and divisor. Not with `sum`.',
    sum: 'Names of 1 to 32 counters; a leading `-` subtracts. Not with `ratio`.',
    percent: 'Multiplies a ratio by 100.',
  },
  PRESENTATION_ITEMS,
);
const TILE_SCHEMA = createValidationSchema(TileDto, {
  show: 'Name of a counter or a measure.',
  size: 'Size of the tile.',
  hidden: 'Not shown on the board. The counter can be read all the same.',
});
const GROUP_SCHEMA = createValidationSchema(
  GroupDto,
  { title: 'Title of the group.', tiles: 'Tiles in order.' },
  { tiles: TILE_SCHEMA },
);
const LAYOUT_SCHEMA = createValidationSchema(LayoutDto, { groups: 'Groups in order.' }, { groups: GROUP_SCHEMA });

/** Body of `PUT`. */
export const DASHBOARD_DEFINITION_SCHEMA = createValidationSchema(
  DashboardDefinitionDto,
  {
    title: 'Title for display. Absent: none.',
    timeZone: 'Time zone of the days, a name such as `Europe/Berlin`. Absent: that of the service.',
    dayStartsAt: 'Local time at which a day begins. Absent: `00:00`.',
    weekStartsOn: 'First day of a week. Absent: `monday`.',
    counters: 'Definitions of counters by name. Existing counters that are not listed stay as they are.',
    measures: 'Numbers that are computed from counters, by name. They replace those of before.',
    layout: 'Order of the board. What is not named follows in the order of declaration.',
  },
  { counters: COUNTER_DEFINITION_SCHEMA, measures: MEASURE_DEFINITION_SCHEMA, layout: LAYOUT_SCHEMA },
);

/** Body of `PATCH`: any member of a definition, or `null` in place of one that is to go. */
export const DEFINITION_PATCH_SCHEMA: Schema = {
  type: 'object',
  description: 'Members of a definition (RFC 7396). `null` takes a member or a measure away.',
  propertyNames: { enum: Object.keys(DASHBOARD_DEFINITION_SCHEMA.properties) },
};

/** Returns the schema of an object with further members, all of them required. */
function addMembers(schema: ObjectSchema, members: Readonly<Record<string, Schema>>): ObjectSchema {
  return {
    ...schema,
    properties: { ...schema.properties, ...members },
    required: [...(schema.required ?? []), ...Object.keys(members)],
  };
}

/** Returns the schema of a definition in a response: with some members before, and counters with further members. */
export function createDefinitionResponse(
  members: Readonly<Record<string, Schema>>,
  counterMembers: Readonly<Record<string, Schema>>,
): Schema {
  const counters: Schema = {
    type: 'object',
    propertyNames: { pattern: NAME_PATTERN.source },
    additionalProperties: addMembers(COUNTER_DEFINITION_SCHEMA, counterMembers),
  };
  return addMembers(DASHBOARD_DEFINITION_SCHEMA, { ...members, counters });
}

/** Returns the schema of a measure in a response. */
export function createMeasureResponse(members: Readonly<Record<string, Schema>>): Schema {
  return addMembers(MEASURE_DEFINITION_SCHEMA, members);
}

/** Returns the schema of a counter in a response. */
export function createCounterResponse(members: Readonly<Record<string, Schema>>): Schema {
  return addMembers(COUNTER_DEFINITION_SCHEMA, members);
}

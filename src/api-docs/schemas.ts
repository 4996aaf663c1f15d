/** The shapes that travel: what comes in, what is answered, and what viewers get. Named as the documents name them. */
import { TicketDto } from '../auth/tickets.controller.js';
import type { Ticket } from '../auth/tickets.js';
import { type Change, MAX_AMOUNT, MAX_VALUE, NAME_PATTERN, type Outcome, type Snapshot } from '../counters/counters.js';
import { ERROR_CATALOG } from '../counters/error-catalog.js';
import type { ErrorCode } from '../counters/errors.js';
import {
  AmountDto,
  ChangeDto,
  ChangesDto,
  ChangeSetDto,
  CounterDefinitionDto,
  DashboardDefinitionDto,
} from '../dashboard/routes/dashboard.dto.js';
import type { BareSnapshot } from '../protocol/live-messages.js';
import type { CounterResponse, DashboardList, DefinitionResponse, LedgerPage } from '../dashboard/routes/responses.js';
import type { ProblemDetails } from '../http/problem-details.js';
import { HEALTH_SCHEMA } from './health-schema.js';
import { createValidationSchema } from './validation-schema.js';
import {
  arrayOf,
  boolean,
  enumOf,
  integer,
  literal,
  object,
  oneOf,
  optional,
  recordOf,
  type Schema,
  type SchemaOf,
  string,
} from './json-schema.js';

const createNameSchema = (description: string): SchemaOf<string> =>
  string({ pattern: NAME_PATTERN.source, description });

export const DASHBOARD_SCHEMA = createNameSchema('Name of the dashboard.');
const COUNTER_SCHEMA = createNameSchema('Name of the counter.');
export const EPOCH_SCHEMA = string({
  minLength: 1,
  description: 'Random id born with the data of the dashboard: revisions of two epochs do not compare.',
});
export const REVISION_SCHEMA = integer({ description: 'Change sets applied so far.' });
export const TIME_SCHEMA = integer({
  description: 'Milliseconds since the Unix epoch of the last change set. Never goes back.',
});
const VALUE_SCHEMA = integer({ maximum: MAX_VALUE });
const VALUES_KEYWORDS = { example: { orders: 12, customers: 3, products: 7 } };

/** Values by counter. */
export function createValuesSchema(description: string): SchemaOf<Readonly<Record<string, number>>> {
  return recordOf(NAME_PATTERN, VALUE_SCHEMA, { description, ...VALUES_KEYWORDS });
}

/** With `?totals`, beside the values: the same names. Beyond 2^53 it is the nearest double. */
export const ADDED_SCHEMA = optional(
  recordOf(NAME_PATTERN, integer(), {
    description:
      'With `totals` in the query, all that was ever added to each of the same counters. What was removed is that less the value.',
    example: { orders: 15, customers: 3, products: 9 },
  }),
);

const TITLE_SCHEMA = optional(string({ description: 'For people.' }));
const UNIT_SCHEMA = optional(string({ description: 'One of what is counted.' }));

const CHANGE_SCHEMA: SchemaOf<Change> = oneOf(
  object({
    counter: COUNTER_SCHEMA,
    by: integer({
      minimum: -MAX_AMOUNT,
      maximum: MAX_AMOUNT,
      not: { const: 0 },
      description: 'Added, or removed when below 0.',
    }),
  }),
  object({ counter: COUNTER_SCHEMA, to: integer({ maximum: MAX_VALUE, description: 'Recounted to this.' }) }),
);

const PROBLEM_PROPERTIES = {
  type: string({
    pattern: '^urn:tallyboard:problem:[a-z-]+$',
    description: 'Stable identifier of the kind of problem.',
  }),
  title: string({ description: 'The kind of problem in words, the same each time.' }),
  status: integer({ minimum: 400, maximum: 599 }),
  detail: string({ description: 'What happened this time.' }),
  code: enumOf(Object.keys(ERROR_CATALOG) as ErrorCode[]),
  remedy: string({ description: 'What the caller can do.' }),
  errors: optional(
    arrayOf(
      object<{ readonly pointer: string; readonly detail: string }>({
        pointer: string({
          description: 'JSON pointer (RFC 6901) into the body, or the name of a header or parameter.',
        }),
        detail: string(),
      }),
      { minItems: 1, maxItems: 20, description: 'The places that are wrong.' },
    ),
  ),
  near: optional(arrayOf(string(), { description: 'Names that are near the unknown one, nearest first.' })),
};

/** What is answered. */
const RESPONSE_SCHEMAS = {
  Snapshot: object<Snapshot>({
    dashboard: DASHBOARD_SCHEMA,
    epoch: EPOCH_SCHEMA,
    revision: REVISION_SCHEMA,
    at: TIME_SCHEMA,
    counters: createValuesSchema('Every counter and its value.'),
    added: ADDED_SCHEMA,
  }) satisfies SchemaOf<Snapshot>,
  BareSnapshot: createValuesSchema('Every counter and its value.') satisfies SchemaOf<BareSnapshot>,
  Outcome: object<Outcome>({
    dashboard: DASHBOARD_SCHEMA,
    revision: integer({ minimum: 1, description: 'The revision that this change set made.' }),
    at: TIME_SCHEMA,
    counters: createValuesSchema('The new values of the counters that it touched.'),
    replayed: boolean({ description: 'True when it was counted before, under the same key.' }),
  }),
  DashboardList: object<DashboardList>({
    dashboards: arrayOf(
      object<DashboardList['dashboards'][number]>({
        name: DASHBOARD_SCHEMA,
        title: TITLE_SCHEMA,
        revision: REVISION_SCHEMA,
        counterCount: integer(),
      }),
    ),
    next: optional(createNameSchema('Name to go on after. Absent on the last page.')),
  }),
  Counter: object<CounterResponse>({
    name: COUNTER_SCHEMA,
    title: TITLE_SCHEMA,
    unit: UNIT_SCHEMA,
    value: VALUE_SCHEMA,
  }),
  Definition: object<DefinitionResponse>({
    dashboard: DASHBOARD_SCHEMA,
    title: TITLE_SCHEMA,
    epoch: EPOCH_SCHEMA,
    revision: REVISION_SCHEMA,
    at: TIME_SCHEMA,
    counters: recordOf(
      NAME_PATTERN,
      object<DefinitionResponse['counters'][string]>({ title: TITLE_SCHEMA, unit: UNIT_SCHEMA, value: VALUE_SCHEMA }),
    ),
  }),
  LedgerPage: object<LedgerPage>({
    dashboard: DASHBOARD_SCHEMA,
    epoch: EPOCH_SCHEMA,
    entries: arrayOf(
      object<LedgerPage['entries'][number]>({
        revision: integer({ minimum: 1 }),
        at: TIME_SCHEMA,
        changes: arrayOf(CHANGE_SCHEMA),
        key: optional(string({ description: 'Idempotency key, if there was one.' })),
        reason: optional(string()),
        who: optional(string()),
      }),
    ),
    next: optional(integer({ description: 'Revision to go on after. Absent on the last page.' })),
  }),
  History: object<{
    dashboard: string;
    step: number;
    at: readonly number[];
    counters: Readonly<Record<string, object>>;
  }>({
    dashboard: DASHBOARD_SCHEMA,
    step: integer({ minimum: 1_000, description: 'Width of a row, milliseconds.' }),
    at: arrayOf(integer(), {
      maxItems: 5_000,
      description: 'Where each row begins, milliseconds since the Unix epoch.',
    }),
    counters: recordOf(
      NAME_PATTERN,
      object<Record<'value' | 'added' | 'removed', readonly number[]> & { readonly totals?: object }>({
        value: arrayOf(VALUE_SCHEMA, { description: 'What stood at the end of each row.' }),
        added: arrayOf(integer(), { description: 'What was added since the row before.' }),
        removed: arrayOf(integer(), { description: 'What was removed since the row before.' }),
        totals: optional(
          object<Record<'added' | 'removed', number>>(
            { added: integer(), removed: integer() },
            {
              description: 'All that ever came, up to the end of the last row. There when that is the one that is now.',
            },
          ),
        ),
      }),
    ),
  }),
  Ticket: object<Ticket>({
    ticket: string({ description: 'Goes into `?ticket=` of the addresses that are watched.' }),
    expiresAt: integer({ description: 'Milliseconds since the Unix epoch.' }),
  }),
  Health: HEALTH_SCHEMA,
  Problem: object<ProblemDetails>(PROBLEM_PROPERTIES),
  LineProblem: object<ProblemDetails & { readonly line?: number; readonly replayed?: true }>({
    ...PROBLEM_PROPERTIES,
    line: optional(integer({ minimum: 1, description: 'Number of the line that it is about.' })),
    replayed: optional(literal(true)),
  }),
};

const COUNTER_DEFINITION_SCHEMA = createValidationSchema(CounterDefinitionDto, {
  title: 'For people.',
  unit: 'One of what is counted, for example `order`. Used in messages.',
});
const CHANGE_REQUEST_SCHEMA: Schema = {
  ...createValidationSchema(ChangeDto, {
    counter: 'Name of the counter.',
    by: 'Adds, or removes when below 0.',
    to: 'Recounts to this.',
  }),
  oneOf: [{ required: ['by'] }, { required: ['to'] }],
};
const CHANGES_DESCRIPTIONS = {
  changes: 'Applied in order, all or none.',
  reason: 'Why, for the ledger.',
};

/** What a ticket is asked for with. */
const TICKET_DESCRIPTIONS = { dashboard: 'Name of the dashboard that is to be watched.' };

/** What comes in: the rules that it is checked by, in JSON Schema. */
const REQUEST_SCHEMAS = {
  Amount: createValidationSchema(AmountDto, { amount: 'How much to add or remove.' }),
  Changes: createValidationSchema(ChangesDto, CHANGES_DESCRIPTIONS, { changes: CHANGE_REQUEST_SCHEMA }),
  ChangeSet: createValidationSchema(
    ChangeSetDto,
    {
      ...CHANGES_DESCRIPTIONS,
      dashboard: 'Name of the dashboard.',
      key: 'Idempotency key: the change set counts once.',
    },
    { changes: CHANGE_REQUEST_SCHEMA },
  ),
  TicketRequest: createValidationSchema(TicketDto, TICKET_DESCRIPTIONS),
  DashboardDefinition: createValidationSchema(
    DashboardDefinitionDto,
    {
      title: 'For people. Absent: the dashboard has no title.',
      counters: 'Counters by name. Those that exist and are not named here stay as they are.',
    },
    { counters: COUNTER_DEFINITION_SCHEMA },
  ),
};

const CONTENT_SCHEMAS = {
  Words: string({ description: 'What was counted, in words.', examples: ['Order Added'] }),
  Stream: string({ description: 'Server-sent events. `/asyncapi.json` describes them.' }),
  Page: string(),
  Metrics: string({ description: 'The text format of Prometheus, 0.0.4.' }),
  Badge: string({ description: 'SVG.' }),
  Document: { type: 'object' } satisfies Schema,
  ChangeAnswer: oneOf(RESPONSE_SCHEMAS.Outcome, RESPONSE_SCHEMAS.LineProblem),
};

/** All shapes by name. */
export const SCHEMAS: Readonly<Record<string, Schema>> = {
  ...RESPONSE_SCHEMAS,
  ...REQUEST_SCHEMAS,
  ...CONTENT_SCHEMAS,
};

/** Schemas of requests, responses and frames, under the names that the documents use. */
import type { Access } from '../auth/access.controller.js';
import { TicketDto } from '../auth/tickets.controller.js';
import type { Ticket } from '../auth/tickets.js';
import {
  type BookedChange,
  MAX_AMOUNT,
  MAX_VALUE,
  NAME_PATTERN,
  type Outcome,
  type PastSnapshot,
  type Snapshot,
} from '../counters/counters.js';
import { type Reckoning, WEEKDAYS } from '../counters/definition.js';
import { AmountDto, ChangeDto, ChangesDto, ChangeSetDto } from '../dashboard/routes/dashboard.dto.js';
import type { PastOutcome } from '../dashboard/past/past.controller.js';
import type { LedgerEntry } from '../counters/ledger-entry.js';
import type { PastAmounts } from '../store/past.port.js';
import type { BareSnapshot } from '../protocol/live-messages.js';
import type { DashboardList, LedgerPage } from '../dashboard/routes/responses.js';
import { ROLES } from '../http/required-permission.decorator.js';
import {
  createCounterResponse,
  createDefinitionResponse,
  createMeasureResponse,
  DASHBOARD_DEFINITION_SCHEMA,
  DEFINITION_PATCH_SCHEMA,
} from './definition-schemas.js';
import { MEASURES_SCHEMA, PERIODS_RESPONSE_SCHEMA, PERIODS_SCHEMA } from './period-schemas.js';
import { HEALTH_SCHEMA } from './health-schema.js';
import { RULE_DEFINITION_SCHEMA, RULE_RESPONSE_SCHEMAS } from './rule-schemas.js';
import { LINE_PROBLEM_SCHEMA, PROBLEM_SCHEMA } from './problem-schema.js';
import { createValidationSchema } from './validation-schema.js';
import {
  arrayOf,
  boolean,
  createSchemaRef,
  enumOf,
  integer,
  literal,
  number,
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
  description: "Random id of the dashboard's data. Revisions of two epochs do not compare.",
});
export const REVISION_SCHEMA = integer({ description: 'Number of change sets that have been applied.' });
export const TIME_SCHEMA = integer({
  description: 'Time of the last change set, milliseconds since the Unix epoch. Never goes back within an epoch.',
});
const VALUE_SCHEMA = integer({ minimum: -MAX_VALUE, maximum: MAX_VALUE });
const VERSION_SCHEMA = integer({
  minimum: 1,
  description: 'Number of the definition: one more for each change of it.',
});
const VALUES_KEYWORDS = { example: { orders: 12, customers: 3, products: 7 } };

/** Schema of values by counter. */
export function createValuesSchema(description: string): SchemaOf<Readonly<Record<string, number>>> {
  return recordOf(NAME_PATTERN, VALUE_SCHEMA, { description, ...VALUES_KEYWORDS });
}

export const ADDED_SCHEMA = optional(
  recordOf(NAME_PATTERN, integer(), {
    description:
      'With `totals` in the query: everything ever added to each of the same counters. What was removed is this less the value. Above 2^53, the nearest double.',
    example: { orders: 15, customers: 3, products: 9 },
  }),
);

const TITLE_SCHEMA = optional(string({ description: 'Title for display.' }));

const CHANGE_SCHEMA: SchemaOf<BookedChange> = oneOf(
  object({
    counter: COUNTER_SCHEMA,
    by: integer({
      minimum: -MAX_AMOUNT,
      maximum: MAX_AMOUNT,
      not: { const: 0 },
      description: 'Amount that was added, or removed if negative.',
    }),
  }),
  object<Extract<BookedChange, { to: number }>>({
    counter: COUNTER_SCHEMA,
    to: integer({ minimum: -MAX_VALUE, maximum: MAX_VALUE, description: 'Value that was set.' }),
    moved: optional(
      oneOf(
        integer({
          minimum: -MAX_VALUE,
          maximum: MAX_VALUE,
          description: 'The new value minus the old one. Absent in entries of version 0.1.',
        }),
        string({ pattern: '^-?\\d{16,17}$', description: 'The same, as text beyond 2^53 - 1.' }),
      ),
    ),
  }),
);

const LEDGER_ENTRY_PROPERTIES = {
  revision: integer({ minimum: 1, description: 'Revision after the change set.' }),
  at: integer({ description: 'Time of the change set, milliseconds since the Unix epoch.' }),
  changes: arrayOf(CHANGE_SCHEMA),
  key: optional(string({ description: 'Idempotency key, if one was sent.' })),
  reason: optional(string({ description: 'Reason that was sent with the change.' })),
  who: optional(string({ description: 'Name of the token.' })),
  undoes: optional(integer({ minimum: 1, description: 'Revision that the entry takes back.' })),
  undoneBy: optional(integer({ minimum: 2, description: 'Revision that took back the entry.' })),
};

/** Data of an event of the ledger as a stream. */
export const STREAMED_ENTRY_SCHEMA = object<LedgerEntry & { readonly epoch: string }>({
  epoch: EPOCH_SCHEMA,
  ...LEDGER_ENTRY_PROPERTIES,
});

const OUTCOME_PROPERTIES = {
  dashboard: DASHBOARD_SCHEMA,
  revision: integer({ minimum: 1, description: 'Revision after this change set.' }),
  at: integer({ description: 'Time of the change set, milliseconds since the Unix epoch.' }),
  counters: createValuesSchema('New values of the counters that were changed.'),
  replayed: boolean({ description: 'True if this is the outcome of an earlier request with the same key.' }),
};

const COUNTER_HISTORY_SCHEMA = object<
  Record<'value' | 'added' | 'removed', readonly number[]> & { readonly totals?: object }
>({
  value: arrayOf(VALUE_SCHEMA, { description: 'Value at the end of each row.' }),
  added: arrayOf(integer(), { description: 'Amount added since the previous row.' }),
  removed: arrayOf(integer(), { description: 'Amount removed since the previous row.' }),
  totals: optional(
    object<Record<'added' | 'removed', number>>(
      { added: integer(), removed: integer() },
      {
        description:
          'Everything ever added and removed, up to the end of the last row. Present if that is the current row.',
      },
    ),
  ),
});

const GAUGE_HISTORY_SCHEMA = object<Record<'value' | 'least' | 'most', readonly number[]>>({
  value: arrayOf(VALUE_SCHEMA, { description: 'Level at the end of each row.' }),
  least: arrayOf(VALUE_SCHEMA, { description: 'Lowest level in each row. The one that the row begins with counts.' }),
  most: arrayOf(VALUE_SCHEMA, { description: 'Highest level in each row.' }),
});

const SNAPSHOT_PROPERTIES = {
  dashboard: DASHBOARD_SCHEMA,
  epoch: EPOCH_SCHEMA,
  counters: createValuesSchema('Value of each counter.'),
  added: ADDED_SCHEMA,
  measures: MEASURES_SCHEMA,
  periods: PERIODS_SCHEMA,
};

const SNAPSHOT_SCHEMA = object<Snapshot>({ ...SNAPSHOT_PROPERTIES, revision: REVISION_SCHEMA, at: TIME_SCHEMA });

const PAST_SNAPSHOT_SCHEMA = object<PastSnapshot>({
  ...SNAPSHOT_PROPERTIES,
  revision: optional(REVISION_SCHEMA),
  at: integer({
    minimum: 0,
    description:
      'Time of the last change, milliseconds since the Unix epoch. Without a revision: end of the row, at most now.',
  }),
  exact: boolean({
    description:
      'True: the state after the last change at or before the moment. False: that at the end of its row, or a period starts within a row whose finer ones have expired.',
  }),
});

export const BARE_SNAPSHOT_SCHEMA: SchemaOf<BareSnapshot> = createValuesSchema('Value of each counter.');

/** Responses. */
const RESPONSE_SCHEMAS = {
  Snapshot: SNAPSHOT_SCHEMA satisfies SchemaOf<Snapshot>,
  PastSnapshot: PAST_SNAPSHOT_SCHEMA,
  PresentOrPastSnapshot: { anyOf: [createSchemaRef('Snapshot'), createSchemaRef('PastSnapshot')] } satisfies Schema,
  Csv: string({ description: 'Rows of cells (RFC 4180), the first with the names of the columns.' }),
  Outcome: object<Outcome>(OUTCOME_PROPERTIES),
  PastOutcome: object<PastOutcome>({
    ...OUTCOME_PROPERTIES,
    lines: integer({ minimum: 1, description: 'Number of lines that were booked.' }),
  }),
  DashboardList: object<DashboardList>({
    dashboards: arrayOf(
      object<DashboardList['dashboards'][number]>({
        name: DASHBOARD_SCHEMA,
        title: TITLE_SCHEMA,
        revision: REVISION_SCHEMA,
        counterCount: integer({ description: 'Number of counters.' }),
      }),
    ),
    next: optional(createNameSchema('Value of `after` for the next page. Absent on the last page.')),
  }),
  CounterOrMeasure: {
    anyOf: [
      createCounterResponse({ name: COUNTER_SCHEMA, value: VALUE_SCHEMA }),
      createMeasureResponse({
        name: createNameSchema('Name of the measure.'),
        value: oneOf(number({ description: 'With all digits of its scale.' }), literal(null)),
      }),
    ],
  } satisfies Schema,
  Definition: createDefinitionResponse(
    {
      dashboard: DASHBOARD_SCHEMA,
      version: VERSION_SCHEMA,
      epoch: EPOCH_SCHEMA,
      revision: REVISION_SCHEMA,
      at: TIME_SCHEMA,
    },
    { value: VALUE_SCHEMA },
  ),
  DefinitionResource: createDefinitionResponse(
    {
      dashboard: DASHBOARD_SCHEMA,
      version: VERSION_SCHEMA,
      resolved: object<Reckoning>(
        {
          timeZone: string({ description: 'Time zone of the days.' }),
          dayStartsAt: string({ pattern: '^\\d\\d:\\d\\d$', description: 'Local time at which a day begins.' }),
          weekStartsOn: enumOf(WEEKDAYS, { description: 'First day of a week.' }),
        },
        { description: 'How the dashboard divides time, defaults included.' },
      ),
    },
    {},
  ),
  LedgerPage: object<LedgerPage>({
    dashboard: DASHBOARD_SCHEMA,
    epoch: EPOCH_SCHEMA,
    entries: arrayOf(object<LedgerEntry>(LEDGER_ENTRY_PROPERTIES)),
    next: optional(
      integer({
        description:
          'Value of `after` for the next page, or of `before` if the newest entry comes first. Absent on the last page.',
      }),
    ),
  }),
  Periods: PERIODS_RESPONSE_SCHEMA,
  ...RULE_RESPONSE_SCHEMAS,
  History: object<{
    dashboard: string;
    step: number;
    at: readonly number[];
    counters: Readonly<Record<string, object>>;
    measures?: Readonly<Record<string, object>>;
  }>({
    dashboard: DASHBOARD_SCHEMA,
    step: integer({ minimum: 1_000, description: 'Width of a row, milliseconds.' }),
    at: arrayOf(integer(), {
      maxItems: 5_000,
      description: 'Start of each row, milliseconds since the Unix epoch.',
    }),
    counters: recordOf(NAME_PATTERN, oneOf(COUNTER_HISTORY_SCHEMA, GAUGE_HISTORY_SCHEMA)),
    measures: optional(
      recordOf(
        NAME_PATTERN,
        object<Record<'value' | 'within', readonly (number | null)[]>>({
          value: arrayOf(oneOf(number(), literal(null)), { description: 'Of the values at the end of each row.' }),
          within: arrayOf(oneOf(number(), literal(null)), {
            description: 'Of what came within each row; of a gauge, its level at the end.',
          }),
        }),
        { description: 'Derived measures, null where the divisor is 0. Absent if none is selected.' },
      ),
    ),
  }),
  Access: object<Access>({
    dashboard: string({ description: 'Name of the dashboard.' }),
    right: enumOf(ROLES),
    who: optional(string({ description: 'Name that the ledger records for you.' })),
  }),
  Ticket: object<Ticket>({
    ticket: string({ description: 'Send it as `?ticket=` when you connect to the dashboard.' }),
    expiresAt: integer({ description: 'Time until which the ticket is valid, milliseconds since the Unix epoch.' }),
  }),
  Health: HEALTH_SCHEMA,
  Problem: PROBLEM_SCHEMA,
  LineProblem: LINE_PROBLEM_SCHEMA,
};

const CHANGE_REQUEST_SCHEMA: Schema = {
  ...createValidationSchema(ChangeDto, {
    counter: 'Name of the counter.',
    by: 'Amount to add, or to remove if negative.',
    to: 'Value to set.',
  }),
  oneOf: [{ required: ['by'] }, { required: ['to'] }],
};
const CHANGES_DESCRIPTIONS = {
  changes: 'Changes to apply in this order, all or none.',
  undoes: 'Revision to take back. The opposite of its ledger entry is booked, once. In place of changes.',
  reason: 'Reason, for the ledger.',
};
const CHANGES_OR_UNDO = { oneOf: [{ required: ['changes'] }, { required: ['undoes'] }] } as const;

const PAST_LINE_SCHEMA = object<{
  readonly at: number | string;
  readonly counters: Readonly<Record<string, PastAmounts>>;
}>({
  at: oneOf(
    integer({ description: 'Milliseconds since the Unix epoch, a whole second.' }),
    string({ description: 'ISO 8601 with a time zone.' }),
  ),
  counters: recordOf(
    NAME_PATTERN,
    object<PastAmounts>({
      added: optional(integer({ maximum: MAX_VALUE, description: 'Amount added to a counter, in the smallest unit.' })),
      removed: optional(integer({ maximum: MAX_VALUE, description: 'Amount removed from a counter.' })),
      value: optional(integer({ minimum: -MAX_VALUE, maximum: MAX_VALUE, description: 'Level of a gauge.' })),
    }),
  ),
});

const TICKET_DESCRIPTIONS = { dashboard: 'Name of the dashboard to watch.' };

/** Request bodies, generated from the rules that validate them. */
const REQUEST_SCHEMAS = {
  Amount: createValidationSchema(AmountDto, { amount: 'Amount to add or remove.' }),
  Changes: {
    ...createValidationSchema(ChangesDto, CHANGES_DESCRIPTIONS, { changes: CHANGE_REQUEST_SCHEMA }),
    ...CHANGES_OR_UNDO,
  },
  ChangeSet: {
    ...createValidationSchema(
      ChangeSetDto,
      {
        ...CHANGES_DESCRIPTIONS,
        dashboard: 'Name of the dashboard.',
        key: 'Idempotency key. The change set counts once, however often its sender sends it.',
      },
      { changes: CHANGE_REQUEST_SCHEMA },
    ),
    ...CHANGES_OR_UNDO,
  },
  TicketRequest: createValidationSchema(TicketDto, TICKET_DESCRIPTIONS),
  DashboardDefinition: DASHBOARD_DEFINITION_SCHEMA,
  DefinitionPatch: DEFINITION_PATCH_SCHEMA,
  RuleDefinition: RULE_DEFINITION_SCHEMA,
  PastLine: PAST_LINE_SCHEMA,
};

const CONTENT_SCHEMAS = {
  Words: string({ description: 'Confirmation in words.', examples: ['Order Added'] }),
  Stream: string({ description: 'Server-sent events, described in `/asyncapi.json`.' }),
  Page: string(),
  Metrics: string({ description: 'Prometheus text format, version 0.0.4.' }),
  Badge: string({ description: 'SVG image.' }),
  Document: { type: 'object' } satisfies Schema,
  ChangeAnswer: oneOf(createSchemaRef('Outcome'), createSchemaRef('LineProblem')),
};

/** Every schema by name. */
export const SCHEMAS: Readonly<Record<string, Schema>> = {
  ...RESPONSE_SCHEMAS,
  ...REQUEST_SCHEMAS,
  ...CONTENT_SCHEMAS,
};

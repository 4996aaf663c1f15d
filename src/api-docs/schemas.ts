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
import { HEALTH } from './health-schema.js';
import { schemaOfRules } from './validation-schema.js';
import {
  among,
  byName,
  listOf,
  object,
  oneOf,
  only,
  optional,
  type Schema,
  type SchemaOf,
  text,
  whole,
  yesOrNo,
} from './json-schema.js';

const name = (description: string): SchemaOf<string> => text({ pattern: NAME_PATTERN.source, description });

export const DASHBOARD = name('Name of the dashboard.');
export const COUNTER = name('Name of the counter.');
export const EPOCH = text({
  minLength: 1,
  description: 'Random id born with the data of the dashboard: revisions of two epochs do not compare.',
});
export const REVISION = whole({ description: 'Change sets applied so far.' });
export const AT = whole({ description: 'Milliseconds since the Unix epoch of the last change set. Never goes back.' });
const VALUE = whole({ maximum: MAX_VALUE });
const VALUES_KEYWORDS = { example: { orders: 12, customers: 3, products: 7 } };

/** Values by counter. */
export function values(description: string): SchemaOf<Readonly<Record<string, number>>> {
  return byName(NAME_PATTERN, VALUE, { description, ...VALUES_KEYWORDS });
}

/** With `?totals`, beside the values: the same names. Beyond 2^53 it is the nearest double. */
export const ADDED = optional(
  byName(NAME_PATTERN, whole(), {
    description:
      'With `totals` in the query, all that was ever added to each of the same counters. What was removed is that less the value.',
    example: { orders: 15, customers: 3, products: 9 },
  }),
);

const TITLE = optional(text({ description: 'For people.' }));
const UNIT = optional(text({ description: 'One of what is counted.' }));

const CHANGE: SchemaOf<Change> = oneOf(
  object({
    counter: COUNTER,
    by: whole({
      minimum: -MAX_AMOUNT,
      maximum: MAX_AMOUNT,
      not: { const: 0 },
      description: 'Added, or removed when below 0.',
    }),
  }),
  object({ counter: COUNTER, to: whole({ maximum: MAX_VALUE, description: 'Recounted to this.' }) }),
);

const PROBLEM = {
  type: text({ pattern: '^urn:tallyboard:problem:[a-z-]+$', description: 'Stable identifier of the kind of problem.' }),
  title: text({ description: 'The kind of problem in words, the same each time.' }),
  status: whole({ minimum: 400, maximum: 599 }),
  detail: text({ description: 'What happened this time.' }),
  code: among(Object.keys(ERROR_CATALOG) as ErrorCode[]),
  remedy: text({ description: 'What the caller can do.' }),
  errors: optional(
    listOf(
      object<{ readonly pointer: string; readonly detail: string }>({
        pointer: text({ description: 'JSON pointer (RFC 6901) into the body, or the name of a header or parameter.' }),
        detail: text(),
      }),
      { minItems: 1, maxItems: 20, description: 'The places that are wrong.' },
    ),
  ),
  near: optional(listOf(text(), { description: 'Names that are near the unknown one, nearest first.' })),
};

/** What is answered. */
const ANSWERS = {
  Snapshot: object<Snapshot>({
    dashboard: DASHBOARD,
    epoch: EPOCH,
    revision: REVISION,
    at: AT,
    counters: values('Every counter and its value.'),
    added: ADDED,
  }) satisfies SchemaOf<Snapshot>,
  BareSnapshot: values('Every counter and its value.') satisfies SchemaOf<BareSnapshot>,
  Outcome: object<Outcome>({
    dashboard: DASHBOARD,
    revision: whole({ minimum: 1, description: 'The revision that this change set made.' }),
    at: AT,
    counters: values('The new values of the counters that it touched.'),
    replayed: yesOrNo({ description: 'True when it was counted before, under the same key.' }),
  }),
  DashboardList: object<DashboardList>({
    dashboards: listOf(
      object<DashboardList['dashboards'][number]>({
        name: DASHBOARD,
        title: TITLE,
        revision: REVISION,
        counterCount: whole(),
      }),
    ),
    next: optional(name('Name to go on after. Absent on the last page.')),
  }),
  Counter: object<CounterResponse>({ name: COUNTER, title: TITLE, unit: UNIT, value: VALUE }),
  Definition: object<DefinitionResponse>({
    dashboard: DASHBOARD,
    title: TITLE,
    epoch: EPOCH,
    revision: REVISION,
    at: AT,
    counters: byName(
      NAME_PATTERN,
      object<DefinitionResponse['counters'][string]>({ title: TITLE, unit: UNIT, value: VALUE }),
    ),
  }),
  LedgerPage: object<LedgerPage>({
    dashboard: DASHBOARD,
    epoch: EPOCH,
    entries: listOf(
      object<LedgerPage['entries'][number]>({
        revision: whole({ minimum: 1 }),
        at: AT,
        changes: listOf(CHANGE),
        key: optional(text({ description: 'Idempotency key, if there was one.' })),
        reason: optional(text()),
        who: optional(text()),
      }),
    ),
    next: optional(whole({ description: 'Revision to go on after. Absent on the last page.' })),
  }),
  History: object<{
    dashboard: string;
    step: number;
    at: readonly number[];
    counters: Readonly<Record<string, object>>;
  }>({
    dashboard: DASHBOARD,
    step: whole({ minimum: 1_000, description: 'Width of a row, milliseconds.' }),
    at: listOf(whole(), {
      maxItems: 5_000,
      description: 'Where each row begins, milliseconds since the Unix epoch.',
    }),
    counters: byName(
      NAME_PATTERN,
      object<Record<'value' | 'added' | 'removed', readonly number[]> & { readonly totals?: object }>({
        value: listOf(VALUE, { description: 'What stood at the end of each row.' }),
        added: listOf(whole(), { description: 'What was added since the row before.' }),
        removed: listOf(whole(), { description: 'What was removed since the row before.' }),
        totals: optional(
          object<Record<'added' | 'removed', number>>(
            { added: whole(), removed: whole() },
            {
              description: 'All that ever came, up to the end of the last row. There when that is the one that is now.',
            },
          ),
        ),
      }),
    ),
  }),
  Ticket: object<Ticket>({
    ticket: text({ description: 'Goes into `?ticket=` of the addresses that are watched.' }),
    expiresAt: whole({ description: 'Milliseconds since the Unix epoch.' }),
  }),
  Health: HEALTH,
  Problem: object<ProblemDetails>(PROBLEM),
  LineProblem: object<ProblemDetails & { readonly line?: number; readonly replayed?: true }>({
    ...PROBLEM,
    line: optional(whole({ minimum: 1, description: 'Number of the line that it is about.' })),
    replayed: optional(only(true)),
  }),
};

const counterDefinition = schemaOfRules(CounterDefinitionDto, {
  title: 'For people.',
  unit: 'One of what is counted, for example `order`. Used in messages.',
});
const change: Schema = {
  ...schemaOfRules(ChangeDto, {
    counter: 'Name of the counter.',
    by: 'Adds, or removes when below 0.',
    to: 'Recounts to this.',
  }),
  oneOf: [{ required: ['by'] }, { required: ['to'] }],
};
const CHANGES = {
  changes: 'Applied in order, all or none.',
  reason: 'Why, for the ledger.',
};

/** What a ticket is asked for with. */
const TICKET = { dashboard: 'Name of the dashboard that is to be watched.' };

/** What comes in: the rules that it is checked by, in JSON Schema. */
const BODIES = {
  Amount: schemaOfRules(AmountDto, { amount: 'How much to add or remove.' }),
  Changes: schemaOfRules(ChangesDto, CHANGES, { changes: change }),
  ChangeSet: schemaOfRules(
    ChangeSetDto,
    { ...CHANGES, dashboard: 'Name of the dashboard.', key: 'Idempotency key: the change set counts once.' },
    { changes: change },
  ),
  TicketRequest: schemaOfRules(TicketDto, TICKET),
  DashboardDefinition: schemaOfRules(
    DashboardDefinitionDto,
    {
      title: 'For people. Absent: the dashboard has no title.',
      counters: 'Counters by name. Those that exist and are not named here stay as they are.',
    },
    { counters: counterDefinition },
  ),
};

const TEXTS = {
  Words: text({ description: 'What was counted, in words.', examples: ['Order Added'] }),
  Stream: text({ description: 'Server-sent events. `/asyncapi.json` describes them.' }),
  Page: text(),
  Metrics: text({ description: 'The text format of Prometheus, 0.0.4.' }),
  Badge: text({ description: 'SVG.' }),
  Document: { type: 'object' } satisfies Schema,
  ChangeAnswer: oneOf(ANSWERS.Outcome, ANSWERS.LineProblem),
};

/** All shapes by name. */
export const SCHEMAS: Readonly<Record<string, Schema>> = { ...ANSWERS, ...BODIES, ...TEXTS };

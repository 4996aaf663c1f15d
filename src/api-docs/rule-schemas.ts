/** Schemas of rules and their deliveries. */
import { NAME_PATTERN } from '../counters/counters.js';
import { PERIODS } from '../counters/definition.js';
import { NOTIFY_FORMATS, type RuleCondition, SHORT_WEEKDAYS } from '../rules/rule.js';
import { DELIVERY_STATUSES } from '../rules/rule-documents.js';
import { NotifyTargetDto, RuleConditionDto, RuleDto } from '../rules/routes/rule.dto.js';
import type {
  DeliveriesResponse,
  DeliveryTargetResponse,
  RuleResponse,
  RulesResponse,
  RuleTestResponse,
  TargetResponse,
} from '../rules/routes/rule-responses.js';
import {
  arrayOf,
  boolean,
  createSchemaRef,
  enumOf,
  integer,
  number,
  object,
  oneOf,
  optional,
  type Schema,
  type SchemaOf,
  string,
} from './json-schema.js';
import { createValidationSchema } from './validation-schema.js';

const DASHBOARD = string({ pattern: NAME_PATTERN.source, description: 'Name of the dashboard.' });
const RULE_NAME = string({ pattern: NAME_PATTERN.source, description: 'Name of the rule.' });
const HOST = string({ description: 'Host of the address.' });
const TIME = 'milliseconds since the Unix epoch.';
const ANSWER = oneOf(
  integer({ description: 'Status of the answer.' }),
  string({ description: 'Reason why there was no answer.' }),
);

const CONDITION_DESCRIPTIONS = {
  of: 'Name of a counter or a measure.',
  in: 'Period whose number counts. Only with `above` or `below`; absent: the value counts.',
  above: 'Holds while the number is greater: of the smallest unit for counters, decimals for measures.',
  below: 'Holds while the number is less: of the smallest unit for counters, decimals for measures.',
  silentFor: 'Holds after so long without a change: an ISO 8601 duration of 1 minute to 31 days.',
  between: 'Local times between which silence counts, `HH:MM-HH:MM`; may pass midnight. Only with `silentFor`.',
  on: 'Days on which the time of `between` begins, or whole days. Only with `silentFor`.',
};
const CONDITION_REQUEST = createValidationSchema(RuleConditionDto, CONDITION_DESCRIPTIONS, {
  on: enumOf(SHORT_WEEKDAYS),
});
/** Exactly one of the three kinds. */
const ONE_KIND = { oneOf: [{ required: ['above'] }, { required: ['below'] }, { required: ['silentFor'] }] };
const CONDITION_SCHEMA = {
  ...object({
    of: string({ description: CONDITION_DESCRIPTIONS.of }),
    in: optional(enumOf(PERIODS, { description: CONDITION_DESCRIPTIONS.in })),
    above: optional(number({ description: CONDITION_DESCRIPTIONS.above })),
    below: optional(number({ description: CONDITION_DESCRIPTIONS.below })),
    silentFor: optional(string({ description: CONDITION_DESCRIPTIONS.silentFor })),
    between: optional(string({ description: CONDITION_DESCRIPTIONS.between })),
    on: optional(arrayOf(enumOf(SHORT_WEEKDAYS), { description: CONDITION_DESCRIPTIONS.on })),
  } as never),
  ...ONE_KIND,
} as SchemaOf<RuleCondition>;

const NOTIFY_REQUEST = createValidationSchema(NotifyTargetDto, {
  url: 'Address, https. Plain http and addresses that are not public need an entry of `NOTIFY_ALLOW`.',
  format: 'Format of the message: a CloudEvent, or a message of Slack. Absent: `cloudevents`.',
  secret: 'Key of the signature: `whsec_` and base64. Not with `slack`. Absent: one is made.',
});

const RULE_SCHEMA = object<RuleResponse>({
  rule: RULE_NAME,
  when: CONDITION_SCHEMA,
  clearsAt: optional(number({ description: 'Number at which the threshold clears.' })),
  notify: arrayOf(
    object<TargetResponse>({
      host: HOST,
      format: enumOf(NOTIFY_FORMATS),
      secret: optional(string({ description: 'Secret that was made for this target. In this response alone.' })),
      disabledAt: optional(integer({ description: `Time at which the receiver answered 410, ${TIME}` })),
    }),
  ),
  state: object<RuleResponse['state']>({
    holds: boolean({ description: 'True if the condition holds.' }),
    paused: boolean({ description: 'True for an imported rule, which has no addresses.' }),
    waiting: integer({ description: 'Events that wait for a target.' }),
    givenUp: integer({ description: 'Notifications that were given up.' }),
    dropped: integer({ description: 'Notifications that were dropped because too many waited.' }),
  }),
});

export const RULE_RESPONSE_SCHEMAS: Readonly<Record<string, Schema>> = {
  Rule: RULE_SCHEMA,
  Rules: object<RulesResponse>({
    dashboard: DASHBOARD,
    rules: arrayOf(createSchemaRef('Rule') as SchemaOf<RuleResponse>),
  }),
  Deliveries: object<DeliveriesResponse>({
    dashboard: DASHBOARD,
    rule: RULE_NAME,
    deliveries: arrayOf(
      object<DeliveriesResponse['deliveries'][number]>({
        id: string({ description: 'Id of the notification, the same for all attempts: the header `webhook-id`.' }),
        kind: enumOf(['fired', 'cleared', 'test']),
        value: number({ description: 'The number when it happened.' }),
        text: string({ description: 'Message for people.' }),
        revision: integer({ description: 'Revision of the change set that it followed from.' }),
        at: integer({ description: `Time at which it happened, ${TIME}` }),
        targets: arrayOf(
          object<DeliveryTargetResponse>({
            host: HOST,
            status: enumOf(DELIVERY_STATUSES),
            attempts: integer({ description: 'Attempts so far.' }),
            attemptedAt: optional(integer({ description: `Time of the last attempt, ${TIME}` })),
            answer: optional(ANSWER),
            nextAt: optional(integer({ description: `Time of the next attempt, ${TIME}` })),
          }),
        ),
      }),
      { maxItems: 100 },
    ),
  }),
  RuleTest: object<RuleTestResponse>({
    dashboard: DASHBOARD,
    rule: RULE_NAME,
    targets: arrayOf(
      object<RuleTestResponse['targets'][number]>({
        host: HOST,
        delivered: boolean({ description: 'True if the target answered with a 2xx status.' }),
        answer: ANSWER,
        tookMs: integer({ description: 'Duration of the attempt, milliseconds.' }),
      }),
    ),
  }),
};

export const RULE_DEFINITION_SCHEMA = createValidationSchema(
  RuleDto,
  {
    when: 'Condition: exactly one of `above`, `below` and `silentFor`.',
    clearsAt: 'Number at which a threshold clears: at most `above`, at least `below`. Absent: the threshold itself.',
    notify: 'Addresses that are told when the rule fires and when it clears.',
  },
  { when: { ...CONDITION_REQUEST, ...ONE_KIND }, notify: NOTIFY_REQUEST },
);

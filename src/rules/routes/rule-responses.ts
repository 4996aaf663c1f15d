/** Responses about rules. They never have a secret that was not made just now, and of an address only the host. */
import type { RuleEvent } from '../delivery/notification-body.js';
import type { SendResult } from '../delivery/notification-sender.js';
import type { NotifyFormat, RuleCondition } from '../rule.js';
import type { DeliveryStatus, DeliveryTarget, StoredDelivery, StoredRule, TargetState } from '../rule-documents.js';
import { countWaiting } from '../runner/delivery-log.js';
import type { DefinedRule } from '../rules.service.js';

export interface TargetResponse {
  readonly host: string;
  readonly format: NotifyFormat;
  /** Only in the response to the request that made it. */
  readonly secret?: string;
  /** Time at which the receiver answered 410, milliseconds since the Unix epoch. */
  readonly disabledAt?: number;
}

export interface RuleResponse {
  readonly rule: string;
  readonly when: RuleCondition;
  readonly clearsAt?: number;
  readonly notify: readonly TargetResponse[];
  readonly state: {
    /** True if the condition holds. */
    readonly holds: boolean;
    /** True for an imported rule that has no addresses. */
    readonly paused: boolean;
    /** Events that wait for a target. */
    readonly waiting: number;
    readonly givenUp: number;
    readonly dropped: number;
  };
}

export interface RulesResponse {
  readonly dashboard: string;
  readonly rules: readonly RuleResponse[];
}

export interface DeliveryTargetResponse {
  readonly host: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly attemptedAt?: number;
  readonly answer?: number | string;
  readonly nextAt?: number;
}

export interface DeliveriesResponse {
  readonly dashboard: string;
  readonly rule: string;
  readonly deliveries: readonly (Pick<RuleEvent, 'kind' | 'value' | 'text' | 'revision' | 'at'> & {
    readonly id: string;
    readonly targets: readonly DeliveryTargetResponse[];
  })[];
}

export interface RuleTestResponse {
  readonly dashboard: string;
  readonly rule: string;
  readonly targets: readonly {
    readonly host: string;
    readonly delivered: boolean;
    /** Status of the answer, or why there was none. */
    readonly answer: number | string;
    readonly tookMs: number;
  }[];
}

export function toRuleResponse(
  { name, when, clearsAt, notify, secrets, state }: StoredRule,
  madeSecrets: DefinedRule['madeSecrets'] = new Map(),
): RuleResponse {
  const { isHolding, givenUp, dropped, targets } = state;
  return {
    rule: name,
    when,
    ...(clearsAt !== undefined && { clearsAt }),
    notify: notify.map((target, index): TargetResponse => {
      const [secret, disabledAt] = [madeSecrets.get(index), targets[index]?.disabledMs];
      return { ...target, ...(secret !== undefined && { secret }), ...(disabledAt !== undefined && { disabledAt }) };
    }),
    state: { holds: isHolding, paused: secrets === undefined, waiting: countWaiting(state), givenUp, dropped },
  };
}

export function toDeliveriesResponse(
  dashboard: string,
  { name, state }: StoredRule,
  deliveries: readonly StoredDelivery[],
): DeliveriesResponse {
  return {
    dashboard,
    rule: name,
    deliveries: deliveries.map(({ number, webhookId, event: { kind, value, text, revision, at }, targets }) => ({
      id: webhookId,
      kind,
      value,
      text,
      revision,
      at,
      targets: targets.map((target, index) => toTargetResponse(target, number, state.targets[index])),
    })),
  };
}

/** A delivery that was passed over while it waited has been dropped, or its target was disabled. */
function toTargetResponse(
  { host, status, attempts, attemptedMs, answer, nextMs }: DeliveryTarget,
  number: number,
  state: TargetState | undefined,
): DeliveryTargetResponse {
  const isPassedOver = status === 'waiting' && state !== undefined && number < state.next;
  const passedOver = state?.disabledMs === undefined ? 'dropped' : 'disabled';
  return {
    host,
    status: isPassedOver ? passedOver : status,
    attempts,
    ...(attemptedMs !== undefined && { attemptedAt: attemptedMs }),
    ...(answer !== undefined && { answer }),
    ...(nextMs !== undefined && !isPassedOver && { nextAt: nextMs }),
  };
}

export function toRuleTestResponse(
  dashboard: string,
  rule: string,
  results: readonly { readonly host: string; readonly result: SendResult }[],
): RuleTestResponse {
  const targets = results.map(({ host, result }) => {
    const answer = result.kind === 'answered' ? result.status : result.reason;
    const delivered = typeof answer === 'number' && answer >= 200 && answer < 300;
    return { host, delivered, answer, tookMs: result.tookMs };
  });
  return { dashboard, rule, targets };
}

/** Rules, their states and their deliveries as documents of the store. Text of rules is exported, secrets never. */
import { RULE_FOLDER, type StoredDocument } from '../store/document-store.js';
import type { RuleEvent } from './delivery/notification-body.js';
import type { RuleState } from './evaluation/rule-evaluator.js';
import type { NumbersRecord } from './evaluation/watched-numbers.js';
import type { NotifyFormat, NotifyTarget, RuleCondition, RuleDefinition } from './rule.js';

/** Folders of documents beside `RULE_FOLDER`. */
export const STATE_FOLDER = 'state/';
const DELIVERY_FOLDER = 'delivery/';
export const CURSOR_DOCUMENT = 'cursor';
export const LEASE_DOCUMENT = 'lease';

/** Digits of the number of a delivery: the order of the names is that of the numbers. */
const NUMBER_DIGITS = 12;

/** Where notifications go, without what is secret about it. */
export interface PublicTarget {
  readonly host: string;
  readonly format: NotifyFormat;
}

/** Text of a rule. */
interface RuleText {
  readonly when: RuleCondition;
  readonly clearsAt?: number;
  readonly notify: readonly PublicTarget[];
}

/** State of a rule, and of its deliveries. */
export interface StoredState extends RuleState {
  /** Numbers that a new or changed rule starts from, until it has caught up with the others. */
  readonly base?: NumbersRecord & { readonly epoch: string };
  /** Number of the newest delivery; 0 before the first one. */
  readonly lastNumber: number;
  /** One for each target, in the order of the rule. */
  readonly targets: readonly TargetState[];
  /** Notifications that were given up or dropped since the rule was made or changed. */
  readonly givenUp: number;
  readonly dropped: number;
}

export interface TargetState {
  /** Number of the delivery that it is sent next. */
  readonly next: number;
  /** Time at which the receiver answered 410, milliseconds since the Unix epoch. It is sent nothing any more. */
  readonly disabledMs?: number;
}

/** A rule with everything that is stored of it. */
export interface StoredRule {
  readonly name: string;
  readonly when: RuleCondition;
  readonly clearsAt?: number;
  readonly notify: readonly PublicTarget[];
  /** Addresses and secrets; undefined after an import: the rule is paused. */
  readonly secrets: readonly NotifyTarget[] | undefined;
  state: StoredState;
}

export const DELIVERY_STATUSES = ['waiting', 'delivered', 'given-up', 'dropped', 'disabled'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** One event of a rule on its way to the targets. */
export interface StoredDelivery {
  readonly number: number;
  /** The same for all attempts, and on every instance. */
  readonly webhookId: string;
  readonly event: RuleEvent;
  readonly targets: readonly DeliveryTarget[];
}

export interface DeliveryTarget {
  readonly host: string;
  readonly status: DeliveryStatus;
  /** Attempts so far. */
  readonly attempts: number;
  /** Time of the last attempt, milliseconds since the Unix epoch. */
  readonly attemptedMs?: number;
  /** Status of the last answer, or why there was none. */
  readonly answer?: number | string;
  /** Time of the next attempt, milliseconds since the Unix epoch. */
  readonly nextMs?: number;
}

/** The numbers that all rules have been evaluated up to. */
export interface StoredCursor extends NumbersRecord {
  readonly epoch: string;
}

export function encodeRule(name: string, { when, clearsAt, notify }: RuleDefinition): StoredDocument {
  const targets = notify.map(({ url, format }): PublicTarget => ({ host: new URL(url).host, format }));
  const text: RuleText = { when, ...(clearsAt !== undefined && { clearsAt }), notify: targets };
  return { name: RULE_FOLDER + name, text: JSON.stringify(text), secret: JSON.stringify(notify) };
}

/** @param state undefined for an imported rule */
export function decodeRule({ name, text, secret }: StoredDocument, state: StoredState | undefined): StoredRule {
  const rule = JSON.parse(text) as RuleText;
  return {
    ...rule,
    name: name.slice(RULE_FOLDER.length),
    secrets: secret === undefined ? undefined : (JSON.parse(secret) as NotifyTarget[]),
    state: state ?? createState(rule.notify.length, 0),
  };
}

/** @param sinceRevision revision from which the rule is evaluated */
export function createState(targetCount: number, sinceRevision: number): StoredState {
  return {
    isHolding: false,
    isTold: false,
    sinceRevision,
    lastNumber: 0,
    targets: Array.from({ length: targetCount }, () => ({ next: 1 })),
    givenUp: 0,
    dropped: 0,
  };
}

export function encodeState(rule: string, state: StoredState): StoredDocument {
  return { name: STATE_FOLDER + rule, text: JSON.stringify(state) };
}

export function decodeState({ text }: StoredDocument): StoredState {
  return JSON.parse(text) as StoredState;
}

export function encodeCursor(cursor: StoredCursor): StoredDocument {
  return { name: CURSOR_DOCUMENT, text: JSON.stringify(cursor) };
}

/** Returns the folder of the deliveries of a rule. */
export function toDeliveryFolder(rule: string): string {
  return `${DELIVERY_FOLDER}${rule}/`;
}

export function toDeliveryName(rule: string, number: number): string {
  return toDeliveryFolder(rule) + String(number).padStart(NUMBER_DIGITS, '0');
}

export function encodeDelivery(rule: string, delivery: StoredDelivery): StoredDocument {
  return { name: toDeliveryName(rule, delivery.number), text: JSON.stringify(delivery) };
}

export function decodeDelivery({ text }: StoredDocument): StoredDelivery {
  return JSON.parse(text) as StoredDelivery;
}

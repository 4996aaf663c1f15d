/** Writes notifications: as a CloudEvent for programs, and as a message for Slack. */
import type { Period } from '../../counters/definition.js';

export type NotificationFormat = 'cloudevents' | 'slack';

/** An event of a rule: it fired, it cleared, or it is tested. */
export interface RuleEvent {
  readonly dashboard: string;
  readonly rule: string;
  readonly kind: 'fired' | 'cleared' | 'test';
  /** The counter or measure. */
  readonly of: string;
  /** In its smallest unit. */
  readonly value: number;
  /** The whole message for people, in plain text: "orders is 201 today, above 200". */
  readonly text: string;
  /** The number that `value` has passed, in the same unit. None for silence. */
  readonly limit?: number;
  /** The period whose number `value` is. */
  readonly period?: Period;
  /** The silence after which the rule fires, as an ISO 8601 duration. */
  readonly silentFor?: string;
  readonly epoch: string;
  readonly revision: number;
  /** Time in milliseconds since 1970. */
  readonly at: number;
}

export interface NotificationBody {
  readonly contentType: string;
  readonly body: string;
}

/** @param webhookId see `createWebhookId` */
export function createNotificationBody(
  format: NotificationFormat,
  event: RuleEvent,
  webhookId: string,
): NotificationBody {
  return format === 'slack' ? createSlackMessage(event) : createCloudEvent(event, webhookId);
}

/**
 * Returns a CloudEvent in structured mode (CloudEvents 1.0.2, JSON Event Format 1.0.2). Its id is that of the webhook:
 * with the source it identifies the event, so that a repeated notification is the same event.
 */
function createCloudEvent(event: RuleEvent, webhookId: string): NotificationBody {
  const { dashboard, rule, kind, of, value, text, limit, period, silentFor, epoch, revision } = event;
  const at = new Date(event.at).toISOString();
  const body = JSON.stringify({
    specversion: '1.0',
    id: webhookId,
    source: `/dashboards/${encodeURIComponent(dashboard)}/rules/${encodeURIComponent(rule)}`,
    type: `tallyboard.rule.${kind}`,
    subject: of,
    time: at,
    datacontenttype: 'application/json',
    // JSON leaves out what is undefined.
    data: { dashboard, rule, of, value, text, limit, period, silentFor, epoch, revision, at },
  });
  return { contentType: 'application/cloudevents+json', body };
}

/** Returns the body for an incoming webhook of Slack, or of a service that accepts the same. */
function createSlackMessage({ text }: RuleEvent): NotificationBody {
  return {
    contentType: 'application/json',
    body: JSON.stringify({ text: escapeSlackText(text) }),
  };
}

/** Escapes the three characters that control Slack's formatting (docs.slack.dev/messaging/formatting-message-text). */
function escapeSlackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

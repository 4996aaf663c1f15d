/** The id of a notification, by which receivers recognise one that they have already processed. */
import { createHash } from 'node:crypto';

export interface WebhookOrigin {
  readonly epoch: string;
  readonly dashboard: string;
  readonly rule: string;
  readonly revision: number;
  readonly kind: 'fired' | 'cleared' | 'test';
  /** Tells apart notifications that are alike in everything else, such as two tests. */
  readonly occurrence?: string;
}

const HASH_LENGTH = 32;

/**
 * Returns the id: the same for the same origin, on every instance and after every restart, so that a notification that
 * is sent twice has one id. `msg_` and 32 of A-Z, a-z, 0-9, _ and -, which are 192 bits of a SHA-256.
 */
export function createWebhookId({ epoch, dashboard, rule, revision, kind, occurrence }: WebhookOrigin): string {
  // JSON separates the parts unambiguously. Without an occurrence the last one is null, which no text equals.
  const text = JSON.stringify([epoch, dashboard, rule, revision, kind, occurrence ?? null]);
  return `msg_${createHash('sha256').update(text).digest('base64url').slice(0, HASH_LENGTH)}`;
}

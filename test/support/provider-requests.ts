/** Events that the libraries of their providers sign; those without a library by the scheme that they document. */
import { createHmac } from 'node:crypto';
import { sign as signForGitHub } from '@octokit/webhooks-methods';
import { CloudEvent, HTTP } from 'cloudevents';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Stripe } from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import type { ProviderRequest } from './hooks.js';

const JSON_TYPE = { 'content-type': 'application/json' };

/** A secret that every provider can have: text, base64 for those that want it. */
export const SECRET = 'whsec_dGFsbHlib2FyZCBob29rIHRlc3RzIG9uZQ==';
export const OTHER_SECRET = 'whsec_dGFsbHlib2FyZCBob29rIHRlc3RzIHR3bw==';

/** An event, in the words of this file: its id, type and amount. */
export interface SampleEvent {
  readonly id: string;
  readonly type?: string;
  readonly amount?: number | string;
  readonly secret?: string;
  /** Time of the signature, milliseconds since the Unix epoch. */
  readonly atMs?: number;
}

const toBody = ({ id, type = 'sale', amount = 1 }: SampleEvent): string =>
  JSON.stringify({ id, type, data: { object: { amount_total: amount } } });

export function createStripeRequest(event: SampleEvent): ProviderRequest {
  const { secret = SECRET, atMs = Date.now() } = event;
  const payload = toBody(event);
  const timestamp = Math.floor(atMs / 1_000);
  const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
  return { headers: { ...JSON_TYPE, 'stripe-signature': signature }, body: payload };
}

export function createShopifyRequest(event: SampleEvent): ProviderRequest {
  const { secret = SECRET, id, type = 'sale' } = event;
  const body = toBody(event);
  return {
    headers: {
      ...JSON_TYPE,
      'x-shopify-topic': type,
      'x-shopify-event-id': id,
      'x-shopify-hmac-sha256': createHmac('sha256', secret).update(body).digest('base64'),
    },
    body,
  };
}

export async function createGitHubRequest(event: SampleEvent): Promise<ProviderRequest> {
  const { secret = SECRET, id, type = 'sale' } = event;
  const body = toBody(event);
  return {
    headers: {
      ...JSON_TYPE,
      'x-github-event': type,
      'x-github-delivery': id,
      'x-hub-signature-256': await signForGitHub(secret, body),
    },
    body,
  };
}

export function createStandardRequest(event: SampleEvent): ProviderRequest {
  const { secret = SECRET, id, atMs = Date.now() } = event;
  const body = toBody(event);
  return { headers: { ...JSON_TYPE, ...signStandard(id, body, secret, atMs) }, body };
}

function signStandard(id: string, body: string, secret: string, atMs: number): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(atMs / 1_000)),
    'webhook-signature': new StandardWebhook(secret).sign(id, new Date(atMs), body),
  };
}

export function createSvixRequest(event: SampleEvent): ProviderRequest {
  const { secret = SECRET, id, atMs = Date.now() } = event;
  const body = toBody(event);
  return {
    headers: {
      ...JSON_TYPE,
      'svix-id': id,
      'svix-timestamp': String(Math.floor(atMs / 1_000)),
      'svix-signature': new SvixWebhook(secret).sign(id, new Date(atMs), body),
    },
    body,
  };
}

/** The scheme of a hook `hmac` with a timestamp. */
export const HMAC_SCHEME = {
  header: 'X-Signature',
  algorithm: 'sha512',
  encoding: 'hex',
  prefix: 'sha512=',
  id: '/id',
  timestamp: 'X-Timestamp',
} as const;

export function createHmacRequest(event: SampleEvent): ProviderRequest {
  const { secret = SECRET, atMs = Date.now() } = event;
  const body = toBody(event);
  const timestamp = String(Math.floor(atMs / 1_000));
  const digest = createHmac('sha512', secret).update(`${timestamp}.${body}`).digest('hex');
  return { headers: { ...JSON_TYPE, 'x-timestamp': timestamp, 'x-signature': `sha512=${digest}` }, body };
}

/** @param mode as the library encodes the event */
export function createCloudEventRequest(
  event: SampleEvent,
  mode: 'binary' | 'structured',
  authentication: 'signature' | 'bearer',
): ProviderRequest {
  const { secret = SECRET, id, type = 'sale', amount = 1, atMs = Date.now() } = event;
  const cloudEvent = new CloudEvent({ id, type, source: '/shop/1', data: { object: { amount_total: amount } } });
  const message = HTTP[mode](cloudEvent);
  const body = String(message.body);
  const proof =
    authentication === 'bearer' ? { authorization: `Bearer ${secret}` } : signStandard(id, body, secret, atMs);
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  return { headers: { ...headers, ...proof }, body };
}

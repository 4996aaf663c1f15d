/** The schemes by which providers sign, and requests with one changed bit. */
import type { ProviderRequest } from './hooks.js';
import {
  createCloudEventRequest,
  createGitHubRequest,
  createHmacRequest,
  createShopifyRequest,
  createStandardRequest,
  createStripeRequest,
  createSvixRequest,
  HMAC_SCHEME,
  type SampleEvent,
} from './provider-requests.js';

export interface Scheme {
  readonly provider: string;
  readonly send: (event: SampleEvent) => ProviderRequest | Promise<ProviderRequest>;
  /** Headers that the signature covers, or that it is in. The others are not signed. */
  readonly signed: readonly string[];
  /** A bearer token covers nothing but itself: its bits change after `Bearer `, in which case does not matter. */
  readonly isBearer?: true;
  readonly hasTimestamp: boolean;
  readonly settings?: object;
}

/** Schemes by name. */
export const SCHEMES: Readonly<Record<string, Scheme>> = {
  stripe: { provider: 'stripe', send: createStripeRequest, signed: ['stripe-signature'], hasTimestamp: true },
  shopify: {
    provider: 'shopify',
    send: createShopifyRequest,
    signed: ['x-shopify-hmac-sha256'],
    hasTimestamp: false,
  },
  github: { provider: 'github', send: createGitHubRequest, signed: ['x-hub-signature-256'], hasTimestamp: false },
  'standard-webhooks': {
    provider: 'standard-webhooks',
    send: createStandardRequest,
    signed: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
    hasTimestamp: true,
  },
  svix: {
    provider: 'standard-webhooks',
    send: createSvixRequest,
    signed: ['svix-id', 'svix-timestamp', 'svix-signature'],
    hasTimestamp: true,
  },
  hmac: {
    provider: 'hmac',
    send: createHmacRequest,
    signed: ['x-timestamp', 'x-signature'],
    hasTimestamp: true,
    settings: { hmac: HMAC_SCHEME },
  },
  'cloudevents, signed': {
    provider: 'cloudevents',
    send: (event) => createCloudEventRequest(event, 'structured', 'signature'),
    signed: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
    hasTimestamp: true,
  },
  'cloudevents, bearer': {
    provider: 'cloudevents',
    send: (event) => createCloudEventRequest(event, 'structured', 'bearer'),
    signed: ['authorization'],
    isBearer: true,
    hasTimestamp: false,
  },
};

/** Changes a bit of a header or of the body. A header is a byte for each character (RFC 9110, 5.5). */
export function flipBit(request: ProviderRequest, { signed, isBearer }: Scheme, random: (below: number) => number) {
  const parts = isBearer ? signed : [...signed, 'body'];
  const part = parts[random(parts.length)] ?? 'body';
  const bytes = part === 'body' ? Buffer.from(request.body) : Buffer.from(request.headers[part] ?? '', 'latin1');
  const start = isBearer ? 'Bearer '.length : 0;
  const index = start + random(bytes.length - start);
  bytes[index] = (bytes[index] ?? 0) ^ (1 << random(8));
  if (part === 'body') return { ...request, bytes };
  const headers = { ...request.headers, [part]: bytes.toString('latin1') };
  return { headers, body: request.body, bytes: Buffer.from(request.body) };
}

/** Shopify: `X-Shopify-Hmac-Sha256`, an HMAC-SHA256 over the body in base64. Topic and event id are not signed. */
import { type EventHeaders, findHeader, type HookEvent, joinEventId } from '../hook-event.js';
import {
  describeMissingHeader,
  isEqualText,
  type SignedRequest,
  signParts,
  type Verifier,
  WRONG_SIGNATURE,
} from './verifier.js';

/** https://shopify.dev/docs/apps/build/webhooks/subscribe/https */
export class ShopifyVerifier implements Verifier {
  constructor(private readonly secrets: readonly string[]) {}

  findFault({ headers, body }: SignedRequest): string | undefined {
    const given = findHeader(headers, 'x-shopify-hmac-sha256');
    if (given === undefined) return describeMissingHeader('X-Shopify-Hmac-Sha256');
    const isAuthentic = this.secrets.some((secret) =>
      isEqualText(signParts(secret, [body], 'sha256', 'base64'), given),
    );
    return isAuthentic ? undefined : WRONG_SIGNATURE;
  }

  /** One event can be sent to several topics, each of which has its own meaning. */
  readEvent(headers: EventHeaders, body: unknown): HookEvent {
    const id = joinEventId(findHeader(headers, 'x-shopify-topic'), findHeader(headers, 'x-shopify-event-id'));
    return { id, headers, body };
  }
}

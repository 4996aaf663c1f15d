/**
 * Standard Webhooks: `webhook-signature: v1,<base64>`, an HMAC-SHA256 over `<id>.<seconds>.<body>`. Svix sends the same
 * in headers `svix-*`.
 */
import { type EventHeaders, findHeader, type HookEvent, toEventId } from '../hook-event.js';
import {
  describeMissingHeader,
  findAgeFault,
  isEqualText,
  type SignedRequest,
  signParts,
  type Verifier,
  WRONG_SIGNATURE,
} from './verifier.js';

const SECRET = /^(?:whsec_)?(?<key>(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/;

/** Returns the key of a secret, base64 with or without `whsec_`. Undefined if it is none. */
export function parseStandardSecret(secret: string): Buffer | undefined {
  const { key = '' } = SECRET.exec(secret)?.groups ?? {};
  return key === '' ? undefined : Buffer.from(key, 'base64');
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export class StandardWebhooksVerifier implements Verifier {
  constructor(private readonly keys: readonly Buffer[]) {}

  findFault({ headers, body }: SignedRequest, nowMs: number): string | undefined {
    const prefix = choosePrefix(headers);
    const [id, timestamp, given] = ['id', 'timestamp', 'signature'].map((name) =>
      findHeader(headers, `${prefix}-${name}`),
    );
    if (id === undefined || timestamp === undefined || given === undefined)
      return describeMissingHeader(`${prefix}-id, ${prefix}-timestamp or ${prefix}-signature`);
    const signatures = given.split(' ');
    const expected = this.keys.map((key) => `v1,${signParts(key, [`${id}.${timestamp}.`, body], 'sha256', 'base64')}`);
    if (!expected.some((digest) => signatures.some((signature) => isEqualText(digest, signature))))
      return WRONG_SIGNATURE;
    return findAgeFault(timestamp, nowMs);
  }

  readEvent(headers: EventHeaders, body: unknown): HookEvent {
    return { id: toEventId(findHeader(headers, `${choosePrefix(headers)}-id`)), headers, body };
  }
}

/** The three headers have to be of one family. */
function choosePrefix(headers: EventHeaders): 'webhook' | 'svix' {
  return findHeader(headers, 'webhook-id') === undefined && findHeader(headers, 'svix-id') !== undefined
    ? 'svix'
    : 'webhook';
}

/** Stripe: `Stripe-Signature: t=<seconds>,v1=<hex>`, an HMAC-SHA256 over `<seconds>.<body>`. */
import { type EventHeaders, findHeader, type HookEvent, toEventId } from '../hook-event.js';
import { followJsonPath } from '../json-pointer.js';
import {
  describeMissingHeader,
  findAgeFault,
  isEqualText,
  type SignedRequest,
  signParts,
  type Verifier,
  WRONG_SIGNATURE,
} from './verifier.js';

/** https://docs.stripe.com/webhooks/signature */
export class StripeVerifier implements Verifier {
  constructor(private readonly secrets: readonly string[]) {}

  findFault({ headers, body }: SignedRequest, nowMs: number): string | undefined {
    const { timestamp, signatures } = parseSignatureHeader(findHeader(headers, 'stripe-signature') ?? '');
    if (timestamp === undefined || signatures.length === 0) return describeMissingHeader('Stripe-Signature');
    const expected = this.secrets.map((secret) => signParts(secret, [`${timestamp}.`, body], 'sha256', 'hex'));
    if (!expected.some((digest) => signatures.some((given) => isEqualText(digest, given)))) return WRONG_SIGNATURE;
    return findAgeFault(timestamp, nowMs);
  }

  readEvent(headers: EventHeaders, body: unknown): HookEvent {
    return { id: toEventId(followJsonPath(body, ['id'])), headers, body };
  }
}

/** Other schemes than `v1` are not for live events. There are several signatures while Stripe rotates a secret. */
function parseSignatureHeader(text: string): { timestamp: string | undefined; signatures: readonly string[] } {
  const items = text.split(',').map((item) => item.split('=', 2));
  const find = (wanted: string): string[] => items.flatMap(([name, value = '']) => (name === wanted ? [value] : []));
  const [timestamp, ...others] = find('t');
  return { timestamp: others.length === 0 ? timestamp : undefined, signatures: find('v1') };
}

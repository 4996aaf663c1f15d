/** GitHub: `X-Hub-Signature-256: sha256=<hex>`, an HMAC-SHA256 over the body. The delivery's id is not signed. */
import { type EventHeaders, findHeader, type HookEvent, toEventId } from '../hook-event.js';
import {
  describeMissingHeader,
  isEqualText,
  type SignedRequest,
  signParts,
  type Verifier,
  WRONG_SIGNATURE,
} from './verifier.js';

/** https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
export class GitHubVerifier implements Verifier {
  constructor(private readonly secrets: readonly string[]) {}

  findFault({ headers, body }: SignedRequest): string | undefined {
    const given = findHeader(headers, 'x-hub-signature-256');
    if (given === undefined) return describeMissingHeader('X-Hub-Signature-256');
    const isAuthentic = this.secrets.some((secret) =>
      isEqualText(`sha256=${signParts(secret, [body], 'sha256', 'hex')}`, given),
    );
    return isAuthentic ? undefined : WRONG_SIGNATURE;
  }

  /** A redelivery has the id of the first delivery. */
  readEvent(headers: EventHeaders, body: unknown): HookEvent {
    return { id: toEventId(findHeader(headers, 'x-github-delivery')), headers, body };
  }
}

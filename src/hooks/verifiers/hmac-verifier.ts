/** Any other provider that signs with an HMAC: the file says where the signature is and what it covers. */
import {
  type EventHeaders,
  type EventPlace,
  findHeader,
  type HookEvent,
  readEventPlace,
  toEventId,
} from '../hook-event.js';
import {
  describeMissingHeader,
  type DigestEncoding,
  findAgeFault,
  type HashAlgorithm,
  isEqualText,
  type SignedRequest,
  signParts,
  type Verifier,
  WRONG_SIGNATURE,
} from './verifier.js';

export interface HmacScheme {
  /** Header of the signature, in lower case. */
  readonly header: string;
  readonly algorithm: HashAlgorithm;
  readonly encoding: DigestEncoding;
  /** Text before the digest. */
  readonly prefix: string;
  /** Place of the event id. */
  readonly id: EventPlace;
  /** Header with the time in seconds. Then `<seconds>.<body>` is signed, otherwise the body. */
  readonly timestamp: string | undefined;
}

export class HmacVerifier implements Verifier {
  constructor(
    private readonly secrets: readonly string[],
    private readonly scheme: HmacScheme,
  ) {}

  findFault({ headers, body }: SignedRequest, nowMs: number): string | undefined {
    const { header, algorithm, encoding, prefix, timestamp: timestampHeader } = this.scheme;
    const given = findHeader(headers, header);
    if (given === undefined) return describeMissingHeader(header);
    const timestamp = timestampHeader === undefined ? undefined : findHeader(headers, timestampHeader);
    if (timestampHeader !== undefined && timestamp === undefined) return describeMissingHeader(timestampHeader);
    const parts = timestamp === undefined ? [body] : [`${timestamp}.`, body];
    const isAuthentic = this.secrets.some((secret) =>
      isEqualText(`${prefix}${signParts(secret, parts, algorithm, encoding)}`, given),
    );
    if (!isAuthentic) return WRONG_SIGNATURE;
    return timestamp === undefined ? undefined : findAgeFault(timestamp, nowMs);
  }

  readEvent(headers: EventHeaders, body: unknown): HookEvent {
    return { id: toEventId(readEventPlace({ headers, body }, this.scheme.id)), headers, body };
  }
}

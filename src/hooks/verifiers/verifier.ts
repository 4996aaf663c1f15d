/** The schemes by which providers sign events: the interface that each implements, and parts that they share. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { EventHeaders, HookEvent } from '../hook-event.js';

/** A request as it arrived. */
export interface SignedRequest {
  readonly headers: EventHeaders;
  readonly body: Buffer;
}

export interface Verifier {
  /**
   * Returns the reason why a request is not authentic, or undefined. The time that this takes does not depend on how
   * much of a signature is right.
   * @param nowMs milliseconds since the Unix epoch
   */
  findFault(request: SignedRequest, nowMs: number): string | undefined;

  /**
   * Reads an authentic event.
   * @param body the parsed body. Undefined if it is empty
   */
  readEvent(headers: EventHeaders, body: unknown): HookEvent;
}

/** Age beyond which signed events are refused, milliseconds: 5 minutes. */
const MAX_AGE_MS = 300_000;
/** Seconds since the Unix epoch. */
const TIMESTAMP = /^\d{1,12}$/;

export const WRONG_SIGNATURE = 'the signature does not match any secret of the hook';

/** Returns the message for a header that a signed request must have. */
export function describeMissingHeader(name: string): string {
  return `the request has no valid ${name} header`;
}

/** Returns the reason why a timestamp, in seconds, is not recent enough, or undefined. */
export function findAgeFault(timestamp: string, nowMs: number): string | undefined {
  if (!TIMESTAMP.test(timestamp)) return 'the timestamp of the signature is not in seconds since 1970';
  const ageMs = nowMs - Number(timestamp) * 1_000;
  if (ageMs <= MAX_AGE_MS) return undefined;
  return `the signature is ${Math.round(ageMs / 1_000)} s old, by the clock of this service: at most ${MAX_AGE_MS / 1_000} s are allowed`;
}

export type HashAlgorithm = 'sha256' | 'sha512';
export type DigestEncoding = 'hex' | 'base64';

/** Returns the HMAC over parts, one after the other, as text. */
export function signParts(
  key: string | Buffer,
  parts: readonly (string | Buffer)[],
  algorithm: HashAlgorithm,
  encoding: DigestEncoding,
): string {
  const hmac = createHmac(algorithm, key);
  for (const part of parts) hmac.update(part);
  return hmac.digest(encoding);
}

/**
 * Compares two texts in a time that depends on their lengths only. The texts are compared, not what they decode to:
 * several texts decode to the same bytes.
 */
export function isEqualText(expected: string, given: string): boolean {
  const [expectedBytes, givenBytes] = [Buffer.from(expected), Buffer.from(given)];
  return expectedBytes.length === givenBytes.length && timingSafeEqual(expectedBytes, givenBytes);
}

/** Looks up values by the digest of a token, in time that does not depend on the token. */
import { timingSafeEqual } from 'node:crypto';

export class TokenIndex<T> {
  readonly #entries = new Map<string, { readonly digest: Buffer; readonly value: T }>();

  add(digest: Buffer, value: T): void {
    this.#entries.set(digest.toString('base64'), { digest, value });
  }

  /** Finds an entry by its keyed hash, which clients cannot choose, and compares it in constant time. */
  find(digest: Buffer): T | undefined {
    const entry = this.#entries.get(digest.toString('base64'));
    return entry && timingSafeEqual(entry.digest, digest) ? entry.value : undefined;
  }
}

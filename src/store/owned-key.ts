/** Identifies an idempotency key on a dashboard by the key and its owner. */

/** Owner of the keys of anonymous senders. */
export const ANONYMOUS_OWNER = '';

/** Owner of keys that belong to everybody, where a store needs a text for it. A real owner has a colon, or is empty. */
export const EVERYBODY = '*';

export interface OwnedKey {
  readonly key: string;
  /**
   * Owner of the key: {@link ANONYMOUS_OWNER}, `token:NAME`, `jwt:SUBJECT` or `hook:NAME`. Absent: the key was kept
   * before keys had owners, and belongs to everybody.
   */
  readonly owner?: string;
}

/** No owner and no key has a NUL (counters.ts). */
const SEPARATOR = '\0';

/** Encodes a key as one text: `owner NUL key`, or the key alone if it belongs to everybody. */
export function encodeOwnedKey({ key, owner }: OwnedKey): string {
  return owner === undefined ? key : `${owner}${SEPARATOR}${key}`;
}

/** Decodes the text of {@link encodeOwnedKey}. */
export function decodeOwnedKey(text: string): OwnedKey {
  const end = text.lastIndexOf(SEPARATOR);
  return end < 0 ? { key: text } : { key: text.slice(end + 1), owner: text.slice(0, end) };
}

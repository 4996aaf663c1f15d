/** The idempotency key of an event. */
import { createHash } from 'node:crypto';

/** Longer ids, and those with other characters, stand as their hash: a key has at most 255 visible ASCII characters. */
const PLAIN_ID = /^[\x21-\x7e]{1,200}$/;

/** Owner of the keys of a hook, and its name in the ledger. */
export function toHookOwner(hook: string): string {
  return `hook:${hook}`;
}

/** Returns the key of an event: `hook:<hook>:<event id>`, or the SHA-256 of the id in hexadecimal. */
export function toEventKey(hook: string, eventId: string): string {
  const id = PLAIN_ID.test(eventId) ? eventId : createHash('sha256').update(eventId).digest('hex');
  return `${toHookOwner(hook)}:${id}`;
}

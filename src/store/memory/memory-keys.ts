/** Replies that the memory store keeps under idempotency keys, and drops when the keys end. */
import type { StoredReply } from '../in-process/decide.js';
import { dropOldest } from './memory-points.js';

/** Keys of one time to live end in the order in which they were set, so each time to live has a queue of its own. */
export class MemoryKeys {
  /** Replies by `encodeOwnedKey`, oldest first, by the time to live of their keys. */
  readonly #queues = new Map<number | undefined, Map<string, StoredReply>>();

  find(ownedKey: string): StoredReply | undefined {
    for (const replies of this.#queues.values()) {
      const reply = replies.get(ownedKey);
      if (reply) return reply;
    }
    return undefined;
  }

  /** @param ttlMs the time to live that the key has of its own */
  set(ownedKey: string, reply: StoredReply, ttlMs: number | undefined): void {
    for (const replies of this.#queues.values()) replies.delete(ownedKey);
    let queue = this.#queues.get(ttlMs);
    if (!queue) this.#queues.set(ttlMs, (queue = new Map()));
    queue.set(ownedKey, reply);
  }

  /** Drops keys that have ended, at most `limit` of each time to live. */
  expire(nowMs: number, limit: number): void {
    for (const replies of this.#queues.values()) dropOldest(replies, ({ keepUntil }) => keepUntil <= nowMs, limit);
  }

  /** Dates to `nowMs` what is later. */
  redate(nowMs: number): void {
    for (const replies of this.#queues.values()) {
      for (const [key, reply] of replies) {
        const leadMs = reply.at - nowMs;
        if (leadMs > 0) replies.set(key, { ...reply, at: nowMs, keepUntil: reply.keepUntil - leadMs });
      }
    }
  }
}

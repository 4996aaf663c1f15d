/**
 * Encodes replies as JSON: for the other thread, and for the `keys.reply` column. Compact, because every change has
 * one.
 */
import type { ChangeSet, FreshOutcome, Outcome } from '../../counters/counters.js';
import type { Reply } from '../in-process/decide.js';

/** An outcome in the `keys.reply` column. Its dashboard is in the row already. */
type OutcomeTuple = readonly [revision: number, at: number, counters: Outcome['counters']];
/** A new outcome on its way to the other thread. A replayed one is sent as an {@link OutcomeTuple}. */
type FreshOutcomeTuple = readonly [...OutcomeTuple, added: FreshOutcome['added']];
type RefusedReply = Extract<Reply, { readonly outcome?: undefined }>;

/** An outcome becomes an array; a refusal stays an object. */
export function encodeReplyColumn(reply: Reply<Outcome>): string {
  return JSON.stringify(reply.outcome ? toOutcomeTuple(reply.outcome) : reply);
}

export function decodeReplyColumn(dashboard: string, text: string): Reply<Outcome> {
  const reply = JSON.parse(text) as OutcomeTuple | Reply<Outcome>;
  // Older files have complete outcomes.
  if (!isTuple(reply)) return reply;
  const [revision, at, counters] = reply;
  return { outcome: { dashboard, revision, at, counters, replayed: false } };
}

/** Encodes the replies to a group of change sets for the other thread. */
export function encodeReplies(replies: readonly Reply[]): string {
  return JSON.stringify(replies.map(encodeThreadReply));
}

/** @param changeSets the group, in the order of the replies */
export function decodeReplies(changeSets: readonly ChangeSet[], text: string): Reply[] {
  const encoded = JSON.parse(text) as (OutcomeTuple | FreshOutcomeTuple | RefusedReply)[];
  return encoded.map((reply, index) => decodeThreadReply(changeSets[index]?.dashboard ?? '', reply));
}

function toOutcomeTuple({ revision, at, counters }: Outcome): OutcomeTuple {
  return [revision, at, counters];
}

function encodeThreadReply(reply: Reply): OutcomeTuple | FreshOutcomeTuple | RefusedReply {
  const { outcome } = reply;
  if (!outcome) return reply;
  return outcome.replayed ? toOutcomeTuple(outcome) : [outcome.revision, outcome.at, outcome.counters, outcome.added];
}

function decodeThreadReply(dashboard: string, reply: OutcomeTuple | FreshOutcomeTuple | RefusedReply): Reply {
  if (!isTuple(reply)) return reply;
  const [revision, at, counters, added] = reply;
  return added
    ? { outcome: { dashboard, revision, at, counters, added, replayed: false } }
    : { outcome: { dashboard, revision, at, counters, replayed: true } };
}

function isTuple<T extends readonly unknown[]>(reply: T | Reply<Outcome>): reply is T {
  return Array.isArray(reply);
}

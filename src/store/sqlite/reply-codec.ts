/**
 * Replies as text: as they cross the thread, and as they are kept under a key. Said short: they are read and written
 * most often.
 */
import type { ChangeSet, FreshOutcome, Outcome } from '../../counters/counters.js';
import type { Reply } from '../in-process/decide.js';

/** What is kept of an outcome: the rest is known, and a key's row costs what it is long. */
type OutcomeTuple = readonly [revision: number, at: number, counters: Outcome['counters']];
/** What crosses the thread of an outcome that is new; of a replayed one, what is kept. */
type FreshOutcomeTuple = readonly [...OutcomeTuple, added: FreshOutcome['added']];
type RefusedReply = Extract<Reply, { readonly outcome?: undefined }>;

/** A reply as it is kept under a key: an outcome as an array, a refusal as it is. */
export function encodeReplyColumn(reply: Reply<Outcome>): string {
  return JSON.stringify(reply.outcome ? toOutcomeTuple(reply.outcome) : reply);
}

/** What is kept under a key of a dashboard. */
export function decodeReplyColumn(dashboard: string, text: string): Reply<Outcome> {
  const reply = JSON.parse(text) as OutcomeTuple | Reply<Outcome>;
  // Files of before hold outcomes whole.
  if (!isTuple(reply)) return reply;
  const [revision, at, counters] = reply;
  return { outcome: { dashboard, revision, at, counters, replayed: false } };
}

/** What a group of change sets is answered with, for the other side of the thread. */
export function encodeReplies(replies: readonly Reply[]): string {
  return JSON.stringify(replies.map(encodeThreadReply));
}

/** The same, on the other side. @param changeSets the group */
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

/** Replies as text: as they cross the thread, and as they are kept under a key. Said short: they are read and written most often. */
import type { ChangeSet, FreshOutcome, Outcome } from '../../counters/counters.js';
import type { Reply } from '../in-process/decide.js';

/** What is kept of an outcome: the rest is known, and a key's row costs what it is long. */
type KeptOutcome = readonly [revision: number, at: number, counters: Outcome['counters']];
/** What crosses the thread of an outcome that is new; of a replayed one, what is kept. */
type ToldOutcome = readonly [...KeptOutcome, added: FreshOutcome['added']];
type Refused = Extract<Reply, { readonly outcome?: undefined }>;

/** A reply as it is kept under a key: an outcome as an array, a refusal as it is. */
export function keptText(reply: Reply<Outcome>): string {
  return JSON.stringify(reply.outcome ? kept(reply.outcome) : reply);
}

/** What is kept under a key of a dashboard. */
export function keptReply(dashboard: string, text: string): Reply<Outcome> {
  const reply = JSON.parse(text) as KeptOutcome | Reply<Outcome>;
  // Files of before hold outcomes whole.
  if (!isArray(reply)) return reply;
  const [revision, at, counters] = reply;
  return { outcome: { dashboard, revision, at, counters, replayed: false } };
}

/** What a group of change sets is answered with, for the other side of the thread. */
export function groupText(replies: readonly Reply[]): string {
  return JSON.stringify(replies.map(told));
}

/** The same, on the other side. @param changeSets the group */
export function groupReplies(changeSets: readonly ChangeSet[], text: string): Reply[] {
  const group = JSON.parse(text) as (KeptOutcome | ToldOutcome | Refused)[];
  return group.map((reply, index) => heard(changeSets[index]?.dashboard ?? '', reply));
}

function kept({ revision, at, counters }: Outcome): KeptOutcome {
  return [revision, at, counters];
}

function told(reply: Reply): KeptOutcome | ToldOutcome | Refused {
  const { outcome } = reply;
  if (!outcome) return reply;
  return outcome.replayed ? kept(outcome) : [outcome.revision, outcome.at, outcome.counters, outcome.added];
}

function heard(dashboard: string, reply: KeptOutcome | ToldOutcome | Refused): Reply {
  if (!isArray(reply)) return reply;
  const [revision, at, counters, added] = reply;
  return added
    ? { outcome: { dashboard, revision, at, counters, added, replayed: false } }
    : { outcome: { dashboard, revision, at, counters, replayed: true } };
}

function isArray<T extends readonly unknown[]>(reply: T | Reply<Outcome>): reply is T {
  return Array.isArray(reply);
}

/** What the step answers, and what it tells those who listen, as the rest of the program knows it. */
import {
  refuseOverflow,
  type FreshOutcome,
  refuseRemoval,
  type Outcome,
  refuseUnknownCounter,
} from '../../counters/counters.js';
import type { Refusal } from '../../counters/errors.js';
import { createKeyReusedRefusal, type Reply, createUnknownDashboardRefusal } from '../in-process/decide.js';

type CounterValues = Readonly<Record<string, number>>;
/** An outcome as it is kept under a key. */
type RedisStoredOutcome = readonly [revision: number, at: number, counters: CounterValues];
/** A refusal in its own words, as an import brings it: `["said", code, detail]`. The step never answers so by itself. */
const VERBATIM_REFUSAL = 'said';
/** A refusal: its code, and what its words need. */
type ScriptRefusal = readonly [code: string, ...facts: (string | number)[]];
interface FreshReply {
  readonly n: number;
  readonly t: number;
  readonly c: CounterValues;
  readonly a: CounterValues;
}

export type ScriptReply =
  | FreshReply
  | { readonly again: RedisStoredOutcome | ScriptRefusal }
  | ScriptRefusal
  | { readonly created: boolean; readonly booking: FreshReply | null }
  | { readonly gone: true };

/** What is published: from which revision to which, or, without counters, that all of it is to be read again. */
export interface DashboardPatch {
  readonly epoch: string;
  readonly from?: number;
  readonly revision: number;
  readonly at?: number;
  readonly counters?: CounterValues;
  readonly added?: CounterValues;
}

/** What a step is answered with. `now` is the server's time, milliseconds since the Unix epoch. */
export interface ScriptResult {
  readonly now: number;
  /** The deadline was over: nothing was done. */
  readonly late?: boolean;
  readonly patch?: DashboardPatch | null;
  readonly replies?: readonly ScriptReply[];
}

/** The reply to a change set. */
export function decodeScriptReply(dashboard: string, reply: ScriptReply): Reply {
  if ('n' in reply) return { outcome: toFreshOutcome(dashboard, reply) };
  if (!('again' in reply)) return { refusal: decodeRefusal(dashboard, reply), replayed: false };
  const { again } = reply;
  if (!isStoredOutcome(again)) return { refusal: decodeRefusal(dashboard, again), replayed: true };
  const [revision, at, counters] = again;
  return { outcome: { dashboard, revision, at, counters, replayed: true } };
}

/** What is kept under a key, as any other store has it. */
export function decodeRedisStoredReply(dashboard: string, text: string): Reply<Outcome> {
  const stored = JSON.parse(text) as RedisStoredOutcome | ScriptRefusal;
  if (!isStoredOutcome(stored)) return { refusal: decodeRefusal(dashboard, stored), replayed: false };
  const [revision, at, counters] = stored;
  return { outcome: { dashboard, revision, at, counters, replayed: false } };
}

/** The same as text. */
export function encodeRedisStoredReply({ outcome, refusal }: Reply<Outcome>): string {
  return JSON.stringify(
    outcome ? [outcome.revision, outcome.at, outcome.counters] : [VERBATIM_REFUSAL, refusal?.code, refusal?.detail],
  );
}

export function toFreshOutcome(
  dashboard: string,
  { n: revision, t: at, c: counters, a: added }: FreshReply,
): FreshOutcome {
  return { dashboard, revision, at, counters, added, replayed: false };
}

/** The outcome that takes who is at `from` to the revision of a patch. */
export function toPatchOutcome(
  dashboard: string,
  { revision, at = 0, counters = {}, added = {} }: DashboardPatch,
): FreshOutcome {
  return { dashboard, revision, at, counters, added, replayed: false };
}

/** @throws Error when the step has said what this program does not know */
export function decodeRefusal(dashboard: string, reply: ScriptReply): Refusal {
  const [code, name = '', ...facts] = isScriptRefusal(reply) ? reply : ['nothing'];
  switch (code) {
    case 'unknown-dashboard':
      return createUnknownDashboardRefusal(dashboard);
    case 'unknown-counter':
      return refuseUnknownCounter(dashboard, String(name));
    case 'key-reused':
      return createKeyReusedRefusal();
    case 'counter-full':
      return refuseOverflow(String(name), { value: Number(facts[0]) });
    case 'nothing-to-remove': {
      const [amount, value, unit] = facts;
      const counter = { value: Number(value), ...(unit !== undefined && { unit: String(unit) }) };
      return refuseRemoval(String(name), counter, Number(amount));
    }
    case VERBATIM_REFUSAL:
      return { code: name as Refusal['code'], detail: String(facts[0]) };
    default:
      throw new Error(`the step has answered ${JSON.stringify(reply)}`);
  }
}

export function isScriptRefusal(reply: ScriptReply): reply is ScriptRefusal {
  return Array.isArray(reply);
}

function isStoredOutcome(reply: RedisStoredOutcome | ScriptRefusal): reply is RedisStoredOutcome {
  return typeof reply[0] === 'number';
}

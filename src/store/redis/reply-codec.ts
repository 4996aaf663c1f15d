/** What the step answers, and what it tells those who listen, as the rest of the program knows it. */
import {
  counterFull,
  type FreshOutcome,
  nothingToRemove,
  type Outcome,
  unknownCounter,
} from '../../counters/counters.js';
import type { Refusal } from '../../counters/errors.js';
import { createKeyReusedRefusal, type Reply, createUnknownDashboardRefusal } from '../in-process/decide.js';

type Values = Readonly<Record<string, number>>;
/** An outcome as it is kept under a key. */
type KeptOutcome = readonly [revision: number, at: number, counters: Values];
/** A refusal in its own words, as an import brings it: `["said", code, detail]`. The step never answers so by itself. */
const SAID = 'said';
/** A refusal: its code, and what its words need. */
type Refused = readonly [code: string, ...facts: (string | number)[]];
interface Fresh {
  readonly n: number;
  readonly t: number;
  readonly c: Values;
  readonly a: Values;
}

export type StepReply =
  | Fresh
  | { readonly again: KeptOutcome | Refused }
  | Refused
  | { readonly created: boolean; readonly booking: Fresh | null }
  | { readonly gone: true };

/** What is published: from which revision to which, or, without counters, that all of it is to be read again. */
export interface Patch {
  readonly epoch: string;
  readonly from?: number;
  readonly revision: number;
  readonly at?: number;
  readonly counters?: Values;
  readonly added?: Values;
}

/** What a step is answered with. `now` is the server's time, milliseconds since the Unix epoch. */
export interface StepAnswer {
  readonly now: number;
  /** The deadline was over: nothing was done. */
  readonly late?: boolean;
  readonly patch?: Patch | null;
  readonly replies?: readonly StepReply[];
}

/** The reply to a change set. */
export function replyOf(dashboard: string, reply: StepReply): Reply {
  if ('n' in reply) return { outcome: outcomeOfFresh(dashboard, reply) };
  if (!('again' in reply)) return { refusal: refusalOf(dashboard, reply), replayed: false };
  const { again } = reply;
  if (!isOutcome(again)) return { refusal: refusalOf(dashboard, again), replayed: true };
  const [revision, at, counters] = again;
  return { outcome: { dashboard, revision, at, counters, replayed: true } };
}

/** What is kept under a key, as any other store has it. */
export function keptReply(dashboard: string, text: string): Reply<Outcome> {
  const kept = JSON.parse(text) as KeptOutcome | Refused;
  if (!isOutcome(kept)) return { refusal: refusalOf(dashboard, kept), replayed: false };
  const [revision, at, counters] = kept;
  return { outcome: { dashboard, revision, at, counters, replayed: false } };
}

/** The same as text. */
export function keptText({ outcome, refusal }: Reply<Outcome>): string {
  return JSON.stringify(
    outcome ? [outcome.revision, outcome.at, outcome.counters] : [SAID, refusal?.code, refusal?.detail],
  );
}

export function outcomeOfFresh(dashboard: string, { n: revision, t: at, c: counters, a: added }: Fresh): FreshOutcome {
  return { dashboard, revision, at, counters, added, replayed: false };
}

/** The outcome that takes who is at `from` to the revision of a patch. */
export function outcomeOfPatch(
  dashboard: string,
  { revision, at = 0, counters = {}, added = {} }: Patch,
): FreshOutcome {
  return { dashboard, revision, at, counters, added, replayed: false };
}

/** @throws Error when the step has said what this program does not know */
export function refusalOf(dashboard: string, reply: StepReply): Refusal {
  const [code, name = '', ...facts] = isRefused(reply) ? reply : ['nothing'];
  switch (code) {
    case 'unknown-dashboard':
      return createUnknownDashboardRefusal(dashboard);
    case 'unknown-counter':
      return unknownCounter(dashboard, String(name));
    case 'key-reused':
      return createKeyReusedRefusal();
    case 'counter-full':
      return counterFull(String(name), { value: Number(facts[0]) });
    case 'nothing-to-remove': {
      const [amount, value, unit] = facts;
      const counter = { value: Number(value), ...(unit !== undefined && { unit: String(unit) }) };
      return nothingToRemove(String(name), counter, Number(amount));
    }
    case SAID:
      return { code: name as Refusal['code'], detail: String(facts[0]) };
    default:
      throw new Error(`the step has answered ${JSON.stringify(reply)}`);
  }
}

export function isRefused(reply: StepReply): reply is Refused {
  return Array.isArray(reply);
}

function isOutcome(kept: KeptOutcome | Refused): kept is KeptOutcome {
  return typeof kept[0] === 'number';
}

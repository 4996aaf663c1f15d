/** Decodes replies and patches of the change script, and the replies that are stored under idempotency keys. */
import {
  refuseOverflow,
  type FreshOutcome,
  refuseRemoval,
  type Outcome,
  refuseUnknownCounter,
  type Total,
  toTotal,
} from '../../counters/counters.js';
import type { Refusal } from '../../counters/errors.js';
import { refuseSecondUndo, refuseUndo, refuseUnknownRevision, type UndoObstacle } from '../../counters/undo.js';
import type { ReportedOutcome } from '../store-events.js';
import { createKeyReusedRefusal, type Reply, createUnknownDashboardRefusal } from '../in-process/decide.js';

type CounterValues = Readonly<Record<string, number>>;
/**
 * Totals added and removed of each counter, in the order of its values: decimal text beyond MAX_VALUE, null for both of
 * a gauge.
 */
type TotalPairs = readonly (number | string | null)[];
/** An outcome as it is stored under an idempotency key. */
type RedisStoredOutcome = readonly [revision: number, at: number, counters: CounterValues];
/** Marks an imported refusal, stored with its text: `["said", code, detail]`. The script itself never writes one. */
const VERBATIM_REFUSAL = 'said';
/** A `nothing-to-remove` of a change to a value. */
const BELOW_LOWEST = 'below-lowest';
/** A refusal: its code, and the values for its text. */
type ScriptRefusal = readonly [code: string, ...facts: (string | number | null)[]];
interface FreshReply {
  readonly n: number;
  readonly t: number;
  readonly c: CounterValues;
  readonly s: TotalPairs;
}

export type ScriptReply =
  | FreshReply
  | { readonly again: RedisStoredOutcome | ScriptRefusal }
  | ScriptRefusal
  | { readonly created: boolean; readonly booking: FreshReply | null }
  | { readonly gone: true };

/**
 * A published patch: the counters that changed after revision `from`. Without `from`: read the whole dashboard again.
 */
export interface DashboardPatch {
  readonly epoch: string;
  readonly from?: number;
  readonly revision: number;
  readonly at?: number;
  readonly counters?: CounterValues;
  readonly totals?: TotalPairs;
}

/** Result of a script call. `now` is the server's time, milliseconds since the Unix epoch. */
export interface ScriptResult {
  readonly now: number;
  /** True if the deadline had passed and nothing was done. */
  readonly late?: boolean;
  /** The other data form of the dashboard. Nothing was done then. */
  readonly form?: string;
  /** Encoded time zone and day start: the call needs the starts of the days around `at`, and did nothing. */
  readonly reckoning?: string;
  readonly at?: number;
  /** Counters whose changes the call undoes, and which it did not name. Nothing was done then. */
  readonly counters?: readonly string[];
  readonly patch?: DashboardPatch | null;
  readonly replies?: readonly ScriptReply[];
  /** The change was carried out, but something that belongs to it failed: points, an expiry, or the patch. */
  readonly fault?: string;
  /** Names of the keys that disagreed with the dashboard: see `lua/repair.lua`. */
  readonly repairs?: readonly string[];
}

/** Reply to a probe. `now` as in {@link ScriptResult}. */
export interface ProbeResult {
  readonly now: number;
  /** The other data form of the dashboard; the rest is absent then. */
  readonly form?: string;
  /** Commands that the user may not run, each with its key or channel. */
  readonly denied?: readonly string[];
  /** Keys that hold another type than the store's. */
  readonly misplaced?: readonly string[];
}

/** Decodes the reply to a change set. */
export function decodeScriptReply(dashboard: string, reply: ScriptReply): Reply {
  if ('n' in reply) return { outcome: toFreshOutcome(dashboard, reply) };
  if (!('again' in reply)) return { refusal: decodeRefusal(dashboard, reply), replayed: false };
  const { again } = reply;
  if (!isStoredOutcome(again)) return { refusal: decodeRefusal(dashboard, again), replayed: true };
  const [revision, at, counters] = again;
  return { outcome: { dashboard, revision, at, counters, replayed: true } };
}

/** Decodes a reply stored under an idempotency key into the form that all stores share. */
export function decodeRedisStoredReply(dashboard: string, text: string): Reply<Outcome> {
  const stored = JSON.parse(text) as RedisStoredOutcome | ScriptRefusal;
  if (!isStoredOutcome(stored)) return { refusal: decodeRefusal(dashboard, stored), replayed: false };
  const [revision, at, counters] = stored;
  return { outcome: { dashboard, revision, at, counters, replayed: false } };
}

/** Encodes such a reply. */
export function encodeRedisStoredReply({ outcome, refusal }: Reply<Outcome>): string {
  return JSON.stringify(
    outcome ? [outcome.revision, outcome.at, outcome.counters] : [VERBATIM_REFUSAL, refusal?.code, refusal?.detail],
  );
}

export function toFreshOutcome(
  dashboard: string,
  { n: revision, t: at, c: counters, s: totals }: FreshReply,
): FreshOutcome {
  return { dashboard, revision, at, counters, ...decodeTotals(counters, totals), replayed: false };
}

/** The outcome that moves a dashboard from `from` to the revision of the patch. */
export function toPatchOutcome(
  dashboard: string,
  { from, revision, at = 0, counters = {}, totals = [] }: DashboardPatch,
): FreshOutcome & ReportedOutcome {
  const isCombined = revision - 1 !== from;
  return { dashboard, revision, at, counters, ...decodeTotals(counters, totals), replayed: false, isCombined };
}

function decodeTotals(counters: CounterValues, totals: TotalPairs): Pick<FreshOutcome, 'added' | 'removed'> {
  const [added, removed]: [Record<string, Total>, Record<string, Total>] = [{}, {}];
  let index = 0;
  for (const counter in counters) {
    const [addedTotal = null, removedTotal = null] = [totals[index], totals[index + 1]];
    if (addedTotal !== null) added[counter] = decodeTotal(addedTotal);
    if (removedTotal !== null) removed[counter] = decodeTotal(removedTotal);
    index += 2;
  }
  return { added, removed };
}

function decodeTotal(total: number | string): Total {
  return typeof total === 'number' ? total : toTotal(BigInt(total));
}

/** @throws Error for a reply that this version does not know */
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
    case 'nothing-to-remove':
    case BELOW_LOWEST: {
      const [amount, value, singular, min = 0] = facts;
      const definition = typeof singular === 'string' ? { singular } : {};
      const counter = String(name);
      const change = code === BELOW_LOWEST ? { counter, to: Number(amount) } : { counter, by: -Number(amount) };
      return refuseRemoval(change, { value: Number(value), definition }, Number(min));
    }
    case 'unknown-revision':
      return refuseUnknownRevision(dashboard, Number(name));
    case 'already-undone':
      return refuseSecondUndo(Number(name), Number(facts[0]));
    case 'not-undoable':
      return refuseUndo(Number(name), facts[0] as UndoObstacle, String(facts[1] ?? ''), Number(facts[2] ?? 0));
    case VERBATIM_REFUSAL:
      return { code: name as Refusal['code'], detail: String(facts[0]) };
    default:
      throw new Error(`unknown reply of the change script: ${JSON.stringify(reply)}`);
  }
}

export function isScriptRefusal(reply: ScriptReply): reply is ScriptRefusal {
  return Array.isArray(reply);
}

function isStoredOutcome(reply: RedisStoredOutcome | ScriptRefusal): reply is RedisStoredOutcome {
  return typeof reply[0] === 'number';
}

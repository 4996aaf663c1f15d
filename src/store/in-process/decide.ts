/** Decides one change set against living dashboards and remembered keys: what every in-process store has in common. */
import { hash } from 'node:crypto';
import {
  advance,
  applyChanges,
  type AppliedChangeSet,
  type Change,
  type ChangeSet,
  type Counter,
  type Dashboard,
  type FreshOutcome,
  isRefusal,
  type Outcome,
  toOutcome,
  type ReplayedOutcome,
} from '../../counters/counters.js';
import { type Refusal, TallyError } from '../../counters/errors.js';
import { type LedgerEntry, MAX_POINTS } from '../store.js';

/** A page of the ledger ends with the entry that reaches this, bytes of its changes as JSON: a thousand entries can be 64 MB. */
export const LEDGER_PAGE_BYTES = 2 ** 20;

/** A dashboard whose state moves on in place. */
export type MutableDashboard = Dashboard & { readonly counters: Map<string, Counter> };

/** What a change set is answered with: data, so that it crosses threads. */
export type Reply<SomeOutcome extends Outcome = FreshOutcome | ReplayedOutcome> =
  | { readonly outcome: SomeOutcome; readonly refusal?: undefined }
  | { readonly outcome?: undefined; readonly refusal: Refusal; readonly replayed: boolean };

/** What is kept under an idempotency key. */
export interface StoredReply {
  readonly fingerprint: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly reply: Reply<Outcome>;
}

interface Decision {
  readonly reply: Reply;
  /** What to write when the change set was applied now. */
  readonly applied?: AppliedChangeSet;
  /** What to keep under the change set's key. */
  readonly replyToStore?: StoredReply;
}

/** The state that decisions are made on. */
interface DecisionState {
  findDashboard(name: string): MutableDashboard | undefined;
  /** What is kept under a key, unless it is past its time at `nowMs`. */
  findReply(dashboard: string, key: string, nowMs: number): StoredReply | undefined;
}

/**
 * Decides one change set, and moves the dashboard on when it is applied.
 * Rule refusals are remembered under the key as outcomes are. Unknown names are not: they stand for nothing that happened.
 */
export function decide(state: DecisionState, changeSet: ChangeSet, nowMs: number): Decision {
  const dashboard = state.findDashboard(changeSet.dashboard);
  if (!dashboard) return createRefusalDecision(createUnknownDashboardRefusal(changeSet.dashboard));
  const { key } = changeSet;
  if (key === undefined) return applyToDashboard(dashboard, changeSet.changes, nowMs);

  const fingerprint = computeFingerprint(changeSet);
  const earlier = state.findReply(changeSet.dashboard, key, nowMs);
  if (earlier)
    return earlier.fingerprint === fingerprint
      ? { reply: markReplayed(earlier.reply) }
      : createRefusalDecision(createKeyReusedRefusal());
  const decision = applyToDashboard(dashboard, changeSet.changes, nowMs);
  if (decision.reply.refusal?.code === 'unknown-counter') return decision;
  return { ...decision, replyToStore: { fingerprint, at: nowMs, reply: decision.reply } };
}

function applyToDashboard(dashboard: MutableDashboard, changes: readonly Change[], nowMs: number): Decision {
  const result = applyChanges(dashboard, changes, nowMs);
  if (isRefusal(result)) return createRefusalDecision(result);
  advance(dashboard, result);
  return { reply: { outcome: toOutcome(dashboard.name, result) }, applied: result };
}

function createRefusalDecision(refusal: Refusal): Decision {
  return { reply: { refusal, replayed: false } };
}

function markReplayed(reply: Reply<Outcome>): Reply {
  if (!reply.outcome) return { refusal: reply.refusal, replayed: true };
  const { dashboard, revision, at, counters } = reply.outcome;
  return { outcome: { dashboard, revision, at, counters, replayed: true } };
}

export function createKeyReusedRefusal(): Refusal {
  return { code: 'key-reused', detail: 'this Idempotency-Key was used before, for a different change' };
}

export function createUnknownDashboardRefusal(name: string): Refusal {
  return { code: 'unknown-dashboard', detail: `there is no dashboard named ${name}` };
}

/** Identifies the payload of a change set: equal for equal changes in equal order with an equal reason. 128 bits of SHA-256. */
export function computeFingerprint({ changes, reason }: ChangeSet): string {
  const payload = changes.map((change) =>
    'by' in change ? [change.counter, 'by', change.by] : [change.counter, 'to', change.to],
  );
  return hash('sha256', JSON.stringify([payload, reason ?? null]), 'base64url').slice(0, 22);
}

export function createTooManyPointsRefusal(): Refusal {
  return { code: 'too-many-points', detail: `the range holds more than ${MAX_POINTS} points` };
}

/** The outcome in a reply. @throws TallyError with the refusal in it. */
export function unwrapReply(reply: Reply): FreshOutcome | ReplayedOutcome {
  if (reply.outcome) return reply.outcome;
  throw createTallyError(reply.refusal, reply.replayed);
}

/** The outcome in a reply, or the error that the refusal in it stands for. */
export function toResult(reply: Reply): FreshOutcome | ReplayedOutcome | TallyError {
  return reply.outcome ?? createTallyError(reply.refusal, reply.replayed);
}

export function createTallyError({ code, detail }: Refusal, replayed = false): TallyError {
  return new TallyError(code, detail, { replayed });
}

export function toLedgerEntry(
  { changes, key, reason, who }: ChangeSet,
  { revision, at }: AppliedChangeSet,
): LedgerEntry {
  return {
    revision,
    at,
    changes,
    ...(key !== undefined && { key }),
    ...(reason !== undefined && { reason }),
    ...(who !== undefined && { who }),
  };
}

/** Start of the bucket of width `stepMs` that `at` lies in. */
export function toBucketStart(at: number, stepMs: number): number {
  return at - (at % stepMs);
}

/** Thrown by a store that is closed or lost. */
export function createStoreUnavailableError(detail: string): TallyError {
  return new TallyError('store-unavailable', detail);
}

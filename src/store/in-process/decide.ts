/** Decides the outcome of a change set; shared by the stores that decide in this process (memory and SQLite). */
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
import {
  planUndo,
  refuseSecondUndo,
  refuseUnknownRevision,
  type UndoLimits,
  type UndoTarget,
} from '../../counters/undo.js';
import { ANONYMOUS_OWNER } from '../owned-key.js';
import type { LedgerEntry } from '../../counters/ledger-entry.js';
import { MAX_POINTS, MAX_SUMS } from '../store.js';

/**
 * A page of the ledger ends with the entry whose changes, as JSON, bring the page to this size, bytes. Without a bound,
 * a page of a thousand entries could have 64 MB.
 */
export const LEDGER_PAGE_BYTES = 2 ** 20;

/** A dashboard whose state is updated in place. */
export type MutableDashboard = Dashboard & { readonly counters: Map<string, Counter> };

/** The reply to a change set. Plain data, so that it can be sent between threads and stored under a key. */
export type Reply<SomeOutcome extends Outcome = FreshOutcome | ReplayedOutcome> =
  | { readonly outcome: SomeOutcome; readonly refusal?: undefined }
  | { readonly outcome?: undefined; readonly refusal: Refusal; readonly replayed: boolean };

/** The value stored under an idempotency key. */
export interface StoredReply {
  readonly fingerprint: string;
  /** Time of the change, milliseconds since the Unix epoch. */
  readonly at: number;
  /** End of the key, milliseconds since the Unix epoch: from then on it counts as unknown. */
  readonly keepUntil: number;
  readonly reply: Reply<Outcome>;
}

export interface Decision {
  readonly reply: Reply;
  /** Present if the change set was applied: the state to write. */
  readonly applied?: AppliedChangeSet;
  /** Present if a reply must be stored under the key of the change set. */
  readonly replyToStore?: StoredReply;
}

interface DecisionState {
  findDashboard(name: string): MutableDashboard | undefined;
  /**
   * Finds the reply under the owner's key, or else under the one that belongs to everybody.
   * @returns undefined also if the key has expired
   */
  findReply(dashboard: string, key: string, owner: string): StoredReply | undefined;
  /** Finds a ledger entry. @throws TallyError `data-damaged` */
  findEntry(dashboard: string, revision: number): UndoTarget | undefined;
  /** Finds the revision that undid another one. */
  findUndo(dashboard: string, undone: number): number | undefined;
  getUndoLimits(dashboard: string, counter: string): UndoLimits;
}

/**
 * Decides one change set, and updates the dashboard in place if it is applied.
 * Refusals by a rule are stored under the key like outcomes. Unknown names and revisions are not: the same request can
 * succeed once they exist.
 * @param keyTtlMs time to live of a key without one of its own, milliseconds
 */
export function decide(state: DecisionState, changeSet: ChangeSet, nowMs: number, keyTtlMs: number): Decision {
  const dashboard = state.findDashboard(changeSet.dashboard);
  if (!dashboard) return createRefusalDecision(createUnknownDashboardRefusal(changeSet.dashboard));
  const { key, owner = ANONYMOUS_OWNER } = changeSet;
  if (key === undefined) return applyToDashboard(state, dashboard, changeSet, nowMs);

  const fingerprint = computeFingerprint(changeSet);
  const earlier = state.findReply(changeSet.dashboard, key, owner);
  if (earlier)
    return earlier.fingerprint === fingerprint
      ? { reply: markReplayed(earlier.reply) }
      : createRefusalDecision(createKeyReusedRefusal());
  const decision = applyToDashboard(state, dashboard, changeSet, nowMs);
  if (decision.reply.refusal?.code.startsWith('unknown-')) return decision;
  const keepUntil = nowMs + (changeSet.keyTtlMs ?? keyTtlMs);
  const replyToStore = { fingerprint, at: nowMs, keepUntil, reply: decision.reply };
  return { ...decision, replyToStore };
}

function applyToDashboard(
  state: DecisionState,
  dashboard: MutableDashboard,
  { changes, undoes }: ChangeSet,
  nowMs: number,
): Decision {
  const resolved = undoes === undefined ? changes : resolveUndo(state, dashboard, undoes);
  if ('code' in resolved) return createRefusalDecision(resolved);
  const result = applyChanges(dashboard, resolved, nowMs);
  if (isRefusal(result)) return createRefusalDecision(result);
  advance(dashboard, result);
  return { reply: { outcome: toOutcome(dashboard.name, result) }, applied: result };
}

/** Returns the changes that take back a revision, or the refusal. */
function resolveUndo(state: DecisionState, dashboard: MutableDashboard, undone: number): readonly Change[] | Refusal {
  const { name } = dashboard;
  const entry = undone <= dashboard.revision ? state.findEntry(name, undone) : undefined;
  if (!entry) return refuseUnknownRevision(name, undone);
  const undo = state.findUndo(name, undone);
  if (undo !== undefined) return refuseSecondUndo(undone, undo);
  return planUndo(dashboard, entry, (counter) => state.getUndoLimits(name, counter));
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
  return { code: 'key-reused', detail: 'this Idempotency-Key was already used for a different change' };
}

export function createUnknownDashboardRefusal(name: string): Refusal {
  return { code: 'unknown-dashboard', detail: `there is no dashboard named ${name}` };
}

/** Fingerprint of every payload whose key alone decides. Shorter than others: no payload has it. */
const KEY_DECIDES = 'key-decides';

/**
 * Fingerprint of a payload: equal for the same changes in the same order, or the undo of the same revision, with the
 * same reason. The first 132 bits of SHA-256, as 22 base64url characters.
 */
export function computeFingerprint({ changes, undoes, reason, keyDecides }: ChangeSet): string {
  if (keyDecides) return KEY_DECIDES;
  const amounts = changes.map((change) =>
    'by' in change ? [change.counter, 'by', change.by] : [change.counter, 'to', change.to],
  );
  const payload = undoes === undefined ? amounts : ['undoes', undoes];
  return hash('sha256', JSON.stringify([payload, reason ?? null]), 'base64url').slice(0, 22);
}

export function createTooManyPointsRefusal(): Refusal {
  return { code: 'too-many-points', detail: `the range has more than ${MAX_POINTS} points` };
}

/** @throws TallyError `too-many-points` if a read of sums asks for too many */
export function assertSumCount(count: number): void {
  if (count <= MAX_SUMS) return;
  throw new TallyError('too-many-points', `${count} sums were requested: at most ${MAX_SUMS} are allowed`);
}

/** @throws TallyError if the reply is a refusal */
export function unwrapReply(reply: Reply): FreshOutcome | ReplayedOutcome {
  if (reply.outcome) return reply.outcome;
  throw createTallyError(reply.refusal, reply.replayed);
}

export function toResult(reply: Reply): FreshOutcome | ReplayedOutcome | TallyError {
  return reply.outcome ?? createTallyError(reply.refusal, reply.replayed);
}

export function createTallyError({ code, detail }: Refusal, replayed = false): TallyError {
  return new TallyError(code, detail, { replayed });
}

export function toLedgerEntry(
  { undoes, key, reason, who }: ChangeSet,
  { revision, at, booked }: AppliedChangeSet,
): LedgerEntry {
  return {
    revision,
    at,
    changes: booked,
    ...(key !== undefined && { key }),
    ...(reason !== undefined && { reason }),
    ...(who !== undefined && { who }),
    ...(undoes !== undefined && { undoes }),
  };
}

export function toBucketStart(at: number, stepMs: number): number {
  return at - (at % stepMs);
}

export function createStoreUnavailableError(detail: string): TallyError {
  return new TallyError('store-unavailable', detail);
}

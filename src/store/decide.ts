/** Decides one change set against living dashboards and remembered keys: what every in-process store has in common. */
import { createHash } from 'node:crypto';
import {
  advance,
  applyChanges,
  type Applied,
  type Change,
  type ChangeSet,
  type Counter,
  type CounterDefinition,
  type Dashboard,
  isRefusal,
  type Outcome,
  outcomeOf,
} from '../counters/counters.js';
import { type Refusal, TallyError } from '../counters/errors.js';
import type { DashboardDefinition, LedgerEntry } from './store.js';

/** A dashboard whose state moves on in place. */
export type LivingDashboard = Dashboard & { readonly counters: Map<string, Counter> };

/** What a change set is answered with: data, so that it crosses threads. */
export type Reply =
  | { readonly outcome: Outcome; readonly refusal?: undefined }
  | { readonly outcome?: undefined; readonly refusal: Refusal; readonly replayed: boolean };

/** What is kept under an idempotency key. */
export interface Remembered {
  readonly fingerprint: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly reply: Reply;
}

export interface Decision {
  readonly reply: Reply;
  /** What to write when the change set was applied now. */
  readonly applied?: Applied;
  /** What to keep under the change set's key. */
  readonly remember?: Remembered;
}

/** The state that decisions are made on. */
export interface Book {
  dashboard(name: string): LivingDashboard | undefined;
  /** What is kept under a key, unless it is past its time at `nowMs`. */
  recall(dashboard: string, key: string, nowMs: number): Remembered | undefined;
}

/**
 * Decides one change set, and moves the dashboard on when it is applied.
 * Rule refusals are remembered under the key as outcomes are. Unknown names are not: they stand for nothing that happened.
 */
export function decide(book: Book, changeSet: ChangeSet, nowMs: number): Decision {
  const dashboard = book.dashboard(changeSet.dashboard);
  if (!dashboard) return refuse(unknownDashboard(changeSet.dashboard));
  const { key } = changeSet;
  if (key === undefined) return applyTo(dashboard, changeSet.changes, nowMs);

  const fingerprint = fingerprintOf(changeSet);
  const earlier = book.recall(changeSet.dashboard, key, nowMs);
  if (earlier) return earlier.fingerprint === fingerprint ? { reply: replay(earlier.reply) } : refuse(keyReused());
  const decision = applyTo(dashboard, changeSet.changes, nowMs);
  if (decision.reply.refusal?.code === 'unknown-counter') return decision;
  return { ...decision, remember: { fingerprint, at: nowMs, reply: decision.reply } };
}

function applyTo(dashboard: LivingDashboard, changes: readonly Change[], nowMs: number): Decision {
  const result = applyChanges(dashboard, changes, nowMs);
  if (isRefusal(result)) return refuse(result);
  advance(dashboard, result);
  return { reply: { outcome: outcomeOf(dashboard.name, result) }, applied: result };
}

function refuse(refusal: Refusal): Decision {
  return { reply: { refusal, replayed: false } };
}

function replay(reply: Reply): Reply {
  return reply.outcome ? { outcome: { ...reply.outcome, replayed: true } } : { refusal: reply.refusal, replayed: true };
}

function keyReused(): Refusal {
  return { code: 'key-reused', detail: 'this Idempotency-Key was used before, for a different change' };
}

export function unknownDashboard(name: string): Refusal {
  return { code: 'unknown-dashboard', detail: `there is no dashboard named ${name}` };
}

/** Identifies the payload of a change set: equal for equal changes in equal order with an equal reason. 128 bits of SHA-256. */
function fingerprintOf({ changes, reason }: ChangeSet): string {
  const payload = changes.map((change) =>
    'by' in change ? [change.counter, 'by', change.by] : [change.counter, 'to', change.to],
  );
  return createHash('sha256')
    .update(JSON.stringify([payload, reason ?? null]))
    .digest('base64url')
    .slice(0, 22);
}

/** The outcome in a reply. @throws TallyError with the refusal in it. */
export function settle(reply: Reply): Outcome {
  if (reply.outcome) return reply.outcome;
  throw refusalOf(reply);
}

export function refusalOf({ refusal, replayed }: Extract<Reply, { outcome?: undefined }>): TallyError {
  return new TallyError(refusal.code, refusal.detail, { replayed });
}

export function ledgerEntryOf({ changes, key, reason, who }: ChangeSet, { revision, at }: Applied): LedgerEntry {
  return {
    revision,
    at,
    changes,
    ...(key !== undefined && { key }),
    ...(reason !== undefined && { reason }),
    ...(who !== undefined && { who }),
  };
}

/** A dashboard as `definition` declares it, with the state of `earlier` where there is one. */
export function declare(
  name: string,
  definition: DashboardDefinition,
  earlier: LivingDashboard | undefined,
  fresh: { epoch: string; at: number },
): LivingDashboard {
  const counters = new Map(earlier?.counters);
  for (const [counter, { title, unit }] of Object.entries(definition.counters)) {
    const { value, added, removed } = counters.get(counter) ?? { value: 0, added: 0n, removed: 0n };
    const declared: CounterDefinition = { ...(title !== undefined && { title }), ...(unit !== undefined && { unit }) };
    counters.set(counter, { ...declared, value, added, removed });
  }
  return {
    name,
    ...(definition.title !== undefined && { title: definition.title }),
    epoch: earlier?.epoch ?? fresh.epoch,
    revision: earlier?.revision ?? 0,
    at: earlier?.at ?? fresh.at,
    counters,
  };
}

/** Start of the bucket of width `stepMs` that `at` lies in. */
export function bucketOf(at: number, stepMs: number): number {
  return at - (at % stepMs);
}

/** Thrown by a store that is closed or lost. */
export function storeUnavailable(detail: string): TallyError {
  return new TallyError('store-unavailable', detail);
}

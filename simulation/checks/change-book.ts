/**
 * What clients have sent, and what they were told: the promises about single changes. It knows nothing of the service;
 * the ledger is compared with it.
 */
import type { Change, Outcome } from '../../src/counters/counters.js';
import type { World } from '../world/world.js';
import type { DefinitionBook } from './definition-book.js';

/** A change set as a client has sent it, under one key. */
export interface SentChange {
  readonly key: string;
  readonly dashboard: string;
  readonly changes: readonly Change[];
  readonly undoes?: number;
  /** Outcomes that clients were told, by revision. More than one only if the key has expired in between. */
  readonly outcomes: Map<number, Outcome>;
  /** Newest refusal that a client was told, and the time of day at which its key was asked for. */
  refusal?: { readonly code: string; readonly askedMs: number };
  /** Revisions and times under which the ledger has it, oldest first. */
  readonly booked: { readonly revision: number; readonly at: number }[];
  /** Virtual time at which its client has asked last. */
  askedMs: number;
}

/** What a client makes of a change set. */
export type NewChange = Pick<SentChange, 'key' | 'dashboard' | 'changes' | 'undoes'>;

/** Difference of the clocks that decide when a key expires and when it was used, milliseconds. */
const EXPIRY_TOLERANCE_MS = 30_000;

/** Refusals that are kept under the key: the same key gets the same one again. */
const KEPT_REFUSALS = new Set(['nothing-to-remove', 'counter-full', 'already-undone', 'not-undoable']);
/** Refusals of what does not exist (yet): they count for nothing. */
const PASSING_REFUSALS = new Set(['unknown-revision', 'unknown-dashboard', 'unknown-counter']);

export class ChangeBook {
  readonly #sent = new Map<string, SentChange>();
  readonly #acknowledged = new Map<string, Map<number, SentChange>>();
  readonly #newest = new Map<string, number>();
  acknowledgedCount = 0;
  repeatedCount = 0;
  refusedCount = 0;

  /** Virtual time at which a process has started last. */
  restartedMs = 0;

  /** @param keyTtlMs time for which a key is kept */
  constructor(
    private readonly world: World,
    private readonly definitions: DefinitionBook,
    private readonly keyTtlMs: number,
  ) {}

  send(change: NewChange): SentChange {
    const sent: SentChange = { ...change, outcomes: new Map(), booked: [], askedMs: this.world.nowMs };
    this.#sent.set(sent.key, sent);
    return sent;
  }

  find(key: string): SentChange | undefined {
    return this.#sent.get(key);
  }

  /** The newest revision that a client was told. */
  getNewest(dashboard: string): number {
    return this.#newest.get(dashboard) ?? 0;
  }

  /** The change set that a client was told to be this revision. */
  findAcknowledged(dashboard: string, revision: number): SentChange | undefined {
    return this.#acknowledged.get(dashboard)?.get(revision);
  }

  /** A client was told an outcome. */
  acknowledge(sent: SentChange, outcome: Outcome): void {
    const { key, dashboard, refusal, booked, outcomes } = sent;
    const { revision, counters, at } = outcome;
    const { world } = this;
    world.trace.event(`${key} is revision ${revision} of ${dashboard}${outcome.replayed ? ', again' : ''}`);
    world.check(
      !refusal || outcomes.has(revision) || this.hasExpired(refusal.askedMs, at),
      () => `${key} was refused (${refusal?.code}), and is now revision ${revision}`,
    );
    const last = booked.at(-1);
    world.check(
      !last || booked.some((one) => one.revision === revision) || this.hasExpired(last.at, at),
      () => `${key} is revision ${last?.revision} of the ledger, and its client is told ${revision}`,
    );
    const names = [...new Set(sent.changes.map(({ counter }) => counter))].toSorted();
    world.check(
      sent.undoes !== undefined || names.join() === Object.keys(counters).toSorted().join(),
      () => `${key} changes ${names.join()}, and the outcome has ${Object.keys(counters).join()}`,
    );
    const known = outcomes.get(revision);
    if (known) return this.#checkRepeated(sent, known, outcome);
    for (const other of outcomes.values())
      world.check(
        this.hasExpired(Math.min(other.at, at), Math.max(other.at, at)),
        () => `${key} had the outcome ${toComparable(other)}, and has ${toComparable(outcome)} now`,
      );
    this.acknowledgedCount += 1;
    outcomes.set(revision, outcome);
    const revisions = this.#acknowledged.get(dashboard) ?? new Map<number, SentChange>();
    this.#acknowledged.set(dashboard, revisions);
    const other = revisions.get(revision);
    world.check(!other, () => `${key} and ${other?.key} are both told to be revision ${revision} of ${dashboard}`);
    revisions.set(revision, sent);
    this.#newest.set(dashboard, Math.max(revision, this.getNewest(dashboard)));
  }

  /** True if a key that was used at one time of day may be unknown at another one. */
  hasExpired(usedMs: number, askedMs: number): boolean {
    return askedMs - usedMs >= this.keyTtlMs - EXPIRY_TOLERANCE_MS;
  }

  #checkRepeated({ key, askedMs }: SentChange, known: Outcome, outcome: Outcome): void {
    const { world } = this;
    this.repeatedCount += 1;
    const [first, again] = [known, outcome].map(toComparable);
    world.check(first === again, () => `${key} had the outcome ${first}, and has ${again} now`);
    // An expired key counts as unknown at once, unless a new process does not trust its clock yet: that has to stand as
    // long as nobody has recorded what was trusted.
    if (askedMs < 2 * this.restartedMs) return;
    const ageMs = world.toWallMs(askedMs) - known.at;
    world.check(
      ageMs < this.keyTtlMs + EXPIRY_TOLERANCE_MS,
      () => `${key} was known ${Math.round(ageMs / 1_000)} s after it had counted, as revision ${known.revision}`,
    );
  }

  /** A client was told that its change set is refused. */
  refuse(sent: SentChange, code: string): void {
    const { world } = this;
    const { key, refusal, booked, outcomes } = sent;
    world.trace.event(`${key} is refused: ${code}`);
    this.refusedCount += 1;
    const askedMs = world.toWallMs(sent.askedMs);
    for (const { revision, at } of [...outcomes.values(), ...booked])
      world.check(
        this.hasExpired(at, world.wallMs()),
        () => `${key} is revision ${revision}, and was refused now (${code})`,
      );
    world.check(
      code !== 'unknown-counter' || sent.undoes !== undefined || !this.#areDefined(sent),
      () => `${key} was refused, and all of its counters are defined`,
    );
    if (PASSING_REFUSALS.has(code)) return;
    world.check(KEPT_REFUSALS.has(code), () => `${key} was refused for no reason: ${code}`);
    world.check(
      !refusal || refusal.code === code || this.hasExpired(refusal.askedMs, world.wallMs()),
      () => `${key} was refused as ${refusal?.code}, and now as ${code}`,
    );
    // The first one counts until the key has expired for certain.
    if (!refusal || this.hasExpired(refusal.askedMs, askedMs)) sent.refusal = { code, askedMs };
  }

  /** True if all counters of a change set have been there since it was sent. */
  #areDefined({ dashboard, changes, askedMs }: SentChange): boolean {
    return changes.every(({ counter }) => this.definitions.find(dashboard, counter, askedMs) === true);
  }
}

function toComparable({ revision, at, counters }: Outcome): string {
  return JSON.stringify([revision, at, counters]);
}

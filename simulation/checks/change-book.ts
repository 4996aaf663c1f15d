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
  /** First outcome that a client was told. */
  outcome?: Outcome;
  /** Code of the refusal that a client was told first. */
  refusal?: string;
  /** Revision under which the ledger has it. */
  bookedAs?: number;
  /** Virtual time at which its client has asked last. */
  askedMs?: number;
}

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

  constructor(
    private readonly world: World,
    private readonly definitions: DefinitionBook,
  ) {}

  send(sent: SentChange): SentChange {
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
    const { key, dashboard } = sent;
    const { revision, counters } = outcome;
    const { world } = this;
    world.trace.event(`${key} is revision ${revision} of ${dashboard}${outcome.replayed ? ', again' : ''}`);
    world.check(
      sent.refusal === undefined,
      () => `${key} was refused (${sent.refusal}), and is now revision ${revision}`,
    );
    world.check(
      sent.bookedAs === undefined || sent.bookedAs === revision,
      () => `${key} is revision ${sent.bookedAs} of the ledger, and its client is told ${revision}`,
    );
    const names = [...new Set(sent.changes.map(({ counter }) => counter))].toSorted();
    world.check(
      sent.undoes !== undefined || names.join() === Object.keys(counters).toSorted().join(),
      () => `${key} changes ${names.join()}, and the outcome has ${Object.keys(counters).join()}`,
    );
    if (sent.outcome) {
      this.repeatedCount += 1;
      const [first, again] = [sent.outcome, outcome].map(toComparable);
      world.check(first === again, () => `${key} had the outcome ${first}, and has ${again} now`);
      return;
    }
    this.acknowledgedCount += 1;
    sent.outcome = outcome;
    const revisions = this.#acknowledged.get(dashboard) ?? new Map<number, SentChange>();
    this.#acknowledged.set(dashboard, revisions);
    const other = revisions.get(revision);
    world.check(!other, () => `${key} and ${other?.key} are both told to be revision ${revision} of ${dashboard}`);
    revisions.set(revision, sent);
    this.#newest.set(dashboard, Math.max(revision, this.getNewest(dashboard)));
  }

  /** A client was told that its change set is refused. */
  refuse(sent: SentChange, code: string): void {
    const { world } = this;
    world.trace.event(`${sent.key} is refused: ${code}`);
    this.refusedCount += 1;
    const earlier = sent.outcome?.revision ?? sent.bookedAs;
    world.check(earlier === undefined, () => `${sent.key} is revision ${earlier}, and was refused now (${code})`);
    world.check(
      code !== 'unknown-counter' || sent.undoes !== undefined || !this.#areDefined(sent),
      () => `${sent.key} was refused, and all of its counters are defined`,
    );
    if (PASSING_REFUSALS.has(code)) return;
    world.check(KEPT_REFUSALS.has(code), () => `${sent.key} was refused for no reason: ${code}`);
    const { refusal = code } = sent;
    world.check(refusal === code, () => `${sent.key} was refused as ${refusal}, and now as ${code}`);
    sent.refusal = code;
  }

  /** True if all counters of a change set have been there since it was sent. */
  #areDefined({ dashboard, changes, askedMs = 0 }: SentChange): boolean {
    return changes.every(({ counter }) => this.definitions.find(dashboard, counter, askedMs) === true);
  }
}

function toComparable({ revision, at, counters }: Outcome): string {
  return JSON.stringify([revision, at, counters]);
}

/** The plain model of a dashboard: the fold of its ledger, kept for every revision. */
import type { BookedChange } from '../../src/counters/counters.js';
import type { LedgerEntry } from '../../src/counters/ledger-entry.js';
import { DEFINED_REASON, DELETED_REASON } from '../../src/store/ledger-reasons.js';
import type { World } from '../world/world.js';
import type { DashboardPlan } from '../actors/plan.js';
import type { ChangeBook, SentChange } from './change-book.js';

/** Reasons of the entries for new and for removed counters. */
const DEFINITION_REASONS: ReadonlySet<string> = new Set([DEFINED_REASON, DELETED_REASON]);

/** Numbers of a dashboard after a revision. */
export interface FoldedState {
  readonly at: number;
  readonly values: Readonly<Record<string, number>>;
  /** All-time totals. */
  readonly added: Readonly<Record<string, number>>;
  readonly removed: Readonly<Record<string, number>>;
  /** Revisions at which counters were defined. Absent: they are as old as the dashboard. */
  readonly births: Readonly<Record<string, number>>;
}

/** A state that is being made. */
interface NextState {
  readonly at: number;
  readonly values: Record<string, number>;
  readonly added: Record<string, number>;
  readonly removed: Record<string, number>;
  readonly births: Record<string, number>;
}

/** Describes by how much counters were moved, in any order. @param sign -1 for the opposite */
function describeMoves(changes: readonly BookedChange[], sign: number): string {
  const moves = changes.map((change) => `${change.counter} ${sign * getMoved(change)}`);
  return moves.toSorted((one, other) => (one < other ? -1 : 1)).join();
}

/** Returns by how much a change has moved its counter. */
function getMoved(change: BookedChange): number {
  return 'by' in change ? change.by : Number(change.moved);
}

export class LedgerFold {
  readonly dashboard: string;
  /** By revision; the first one is the state before all changes. */
  readonly states: FoldedState[];
  readonly #entries: LedgerEntry[] = [];
  /** Revisions that were taken back. */
  readonly #undone = new Set<number>();

  /** @param plan gauges have no totals; passing counters come and go */
  constructor(
    private readonly world: World,
    private readonly book: ChangeBook,
    private readonly plan: DashboardPlan,
  ) {
    this.dashboard = plan.name;
    const zeros = Object.fromEntries([...plan.counters, ...plan.gauges].map((name) => [name, 0]));
    this.states = [{ at: 0, values: zeros, added: zeros, removed: zeros, births: {} }];
  }

  get revision(): number {
    return this.states.length - 1;
  }

  getEntry(revision: number): LedgerEntry | undefined {
    return this.#entries[revision - 1];
  }

  /** Returns the state before a moment. @param revision where to begin to look for it, backwards */
  getBefore(atMs: number, revision: number): { readonly state: FoldedState; readonly revision: number } {
    let index = revision;
    while (index > 0 && (this.states[index]?.at ?? 0) >= atMs) index -= 1;
    return { state: this.states[index] as FoldedState, revision: index };
  }

  /** Takes in the next entry of the ledger. @param mayGoBack true if entries may have been dated anew */
  add(entry: LedgerEntry, mayGoBack: boolean): void {
    const { world, dashboard } = this;
    const { revision, at, changes } = entry;
    const before = this.states.at(-1);
    if (!before) return;
    world.check(
      revision === this.revision + 1,
      () => `the ledger of ${dashboard} goes from revision ${this.revision} to ${revision}`,
    );
    world.check(
      mayGoBack || at >= before.at,
      () => `revision ${revision} of ${dashboard} is dated before the last one`,
    );
    const next: NextState = {
      at,
      values: { ...before.values },
      added: { ...before.added },
      removed: { ...before.removed },
      births: { ...before.births },
    };
    const isDefinition = entry.key === undefined && DEFINITION_REASONS.has(entry.reason ?? '');
    if (isDefinition) this.#define(entry, next);
    else for (const change of changes) this.#apply(revision, change, next);
    this.states.push(next);
    this.#entries.push(entry);
    if (!isDefinition) this.#checkSender(entry, next);
  }

  #apply(revision: number, change: BookedChange, next: NextState): void {
    const { world, dashboard } = this;
    const { counter } = change;
    const moved = getMoved(change);
    world.check(counter in next.values, () => `revision ${revision} of ${dashboard} changes ${counter}: it is removed`);
    next.values[counter] = (next.values[counter] ?? 0) + moved;
    const total = moved > 0 ? next.added : next.removed;
    if (!this.plan.gauges.includes(counter)) total[counter] = (total[counter] ?? 0) + Math.abs(moved);
    world.check(
      !('to' in change) || next.values[counter] === change.to,
      () => `revision ${revision} of ${dashboard} sets ${counter}, and its amount does not lead there`,
    );
    world.check((next.values[counter] ?? 0) >= 0, () => `revision ${revision} leaves ${counter} below 0`);
  }

  /** A counter begins at 0, or ends with all that it had. */
  #define({ revision, changes, reason }: LedgerEntry, next: NextState): void {
    const { world, dashboard } = this;
    for (const change of changes) {
      const { counter } = change;
      const isKnown = counter in next.values;
      const isExpected = this.plan.passing.includes(counter) && isKnown === (reason === DELETED_REASON);
      world.check(isExpected, () => `revision ${revision} of ${dashboard} says that ${counter} was ${reason}`);
      world.check(
        (next.values[counter] ?? 0) + getMoved(change) === 0,
        () => `revision ${revision} of ${dashboard} does not set ${counter} to 0`,
      );
      for (const numbers of [next.values, next.added, next.removed, next.births]) delete numbers[counter];
      if (reason === DELETED_REASON) continue;
      next.births[counter] = revision;
      next.values[counter] = next.added[counter] = next.removed[counter] = 0;
    }
  }

  #checkSender(entry: LedgerEntry, { values }: FoldedState): void {
    const { world, dashboard } = this;
    const { revision, at, key = '' } = entry;
    const sent = this.book.find(key);
    const told = this.book.findAcknowledged(dashboard, revision);
    world.check(!told || told === sent, () => `revision ${revision} is ${key}, and ${told?.key} was told to be it`);
    if (!sent) return world.fail(`nobody has sent revision ${revision} of ${dashboard} (key ${key})`);
    const last = sent.booked.at(-1);
    world.check(
      !last || this.book.hasExpired(last.at, at),
      () => `${key} counts twice: as revision ${last?.revision} and ${revision}`,
    );
    const { refusal } = sent;
    world.check(
      !refusal || this.book.hasExpired(at, refusal.askedMs) || this.book.hasExpired(refusal.askedMs, at),
      () => `${key} was refused, and is revision ${revision} of ${dashboard}`,
    );
    world.check(sent.dashboard === dashboard, () => `${key} was sent to ${sent.dashboard}`);
    sent.booked.push({ revision, at });
    this.#checkChanges(entry, sent);
    for (const [counter, value] of Object.entries(sent.outcomes.get(revision)?.counters ?? {}))
      world.check(
        values[counter] === value,
        () =>
          `${key} was told ${counter} ${value} at revision ${revision}, and the ledger adds up to ${values[counter]}`,
      );
  }

  #checkChanges({ revision, changes, undoes }: LedgerEntry, sent: SentChange): void {
    const { world } = this;
    world.check(undoes === sent.undoes, () => `revision ${revision} undoes ${undoes} in place of ${sent.undoes}`);
    if (undoes === undefined) {
      const plain = changes.map((change) => ('to' in change ? { counter: change.counter, to: change.to } : change));
      world.check(
        JSON.stringify(plain) === JSON.stringify(sent.changes),
        () => `revision ${revision} is not what was sent: ${JSON.stringify(plain)}, ${JSON.stringify(sent.changes)}`,
      );
      return;
    }
    world.check(!this.#undone.has(undoes), () => `revision ${undoes} was undone twice, by ${revision} again`);
    this.#undone.add(undoes);
    const undone = this.getEntry(undoes)?.changes ?? [];
    const births = this.states[revision]?.births ?? {};
    world.check(
      undone.every(({ counter }) => (births[counter] ?? 0) < undoes),
      () => `revision ${revision} undoes ${undoes}, and its counters were defined since`,
    );
    world.check(
      describeMoves(changes, 1) === describeMoves(undone, -1),
      () => `revision ${revision} is not the opposite of revision ${undoes}`,
    );
  }
}

/** The plain model of a dashboard: the fold of its ledger, kept for every revision. */
import type { BookedChange } from '../../src/counters/counters.js';
import type { LedgerEntry } from '../../src/counters/ledger-entry.js';
import type { World } from '../world/world.js';
import type { ChangeBook, SentChange } from './change-book.js';

/** Numbers of a dashboard after a revision. */
export interface FoldedState {
  readonly at: number;
  readonly values: Readonly<Record<string, number>>;
  /** All-time totals. */
  readonly added: Readonly<Record<string, number>>;
  readonly removed: Readonly<Record<string, number>>;
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
  /** By revision; the first one is the state before all changes. */
  readonly states: FoldedState[];
  readonly #entries: LedgerEntry[] = [];
  /** Revisions that were taken back. */
  readonly #undone = new Set<number>();

  /** @param gauges counters without totals */
  constructor(
    private readonly world: World,
    private readonly book: ChangeBook,
    private readonly dashboard: string,
    counters: readonly string[],
    private readonly gauges: ReadonlySet<string>,
  ) {
    const zeros = Object.fromEntries(counters.map((name) => [name, 0]));
    this.states = [{ at: 0, values: zeros, added: zeros, removed: zeros }];
  }

  get revision(): number {
    return this.states.length - 1;
  }

  getEntry(revision: number): LedgerEntry | undefined {
    return this.#entries[revision - 1];
  }

  /** Returns the state before a moment. @param revision where to begin to look for it, backwards */
  getBefore(atMs: number, revision: number): FoldedState {
    let index = revision;
    while (index > 0 && (this.states[index]?.at ?? 0) >= atMs) index -= 1;
    return this.states[index] as FoldedState;
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
    const next = { at, values: { ...before.values }, added: { ...before.added }, removed: { ...before.removed } };
    for (const change of changes) {
      const { counter } = change;
      const moved = getMoved(change);
      next.values[counter] = (next.values[counter] ?? 0) + moved;
      const total = moved > 0 ? next.added : next.removed;
      if (!this.gauges.has(counter)) total[counter] = (total[counter] ?? 0) + Math.abs(moved);
      world.check(
        !('to' in change) || next.values[counter] === change.to,
        () => `revision ${revision} of ${dashboard} sets ${counter}, and its amount does not lead there`,
      );
      world.check((next.values[counter] ?? 0) >= 0, () => `revision ${revision} leaves ${counter} below 0`);
    }
    this.states.push(next);
    this.#entries.push(entry);
    this.#checkSender(entry, next);
  }

  #checkSender(entry: LedgerEntry, { values }: FoldedState): void {
    const { world, dashboard } = this;
    const { revision, key = '' } = entry;
    const sent = this.book.find(key);
    const told = this.book.findAcknowledged(dashboard, revision);
    world.check(!told || told === sent, () => `revision ${revision} is ${key}, and ${told?.key} was told to be it`);
    if (!sent) return world.fail(`nobody has sent revision ${revision} of ${dashboard} (key ${key})`);
    world.check(sent.bookedAs === undefined, () => `${key} counts twice: as revision ${sent.bookedAs} and ${revision}`);
    world.check(sent.refusal === undefined, () => `${key} was refused, and is revision ${revision} of ${dashboard}`);
    world.check(sent.dashboard === dashboard, () => `${key} was sent to ${sent.dashboard}`);
    sent.bookedAs = revision;
    this.#checkChanges(entry, sent);
    for (const [counter, value] of Object.entries(sent.outcome?.counters ?? {}))
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
    world.check(
      describeMoves(changes, 1) === describeMoves(undone, -1),
      () => `revision ${revision} is not the opposite of revision ${undoes}`,
    );
  }
}

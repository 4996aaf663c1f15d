/** What is shown of one dashboard: the newest value of each counter, whatever order outcomes arrive in. */
import type {
  Counter,
  CounterDefinition,
  Dashboard,
  FreshOutcome,
  Outcome,
  Snapshot,
} from '../../counters/counters.js';
import type { DashboardSummary } from '../../store/store-events.js';

/** A value, all that was ever added and removed, and the revision that they are of. */
export interface CounterState {
  value: number;
  added: number;
  removed: number;
  revision: number;
}

/** What another state in place of one has changed: `reset` when nothing of it is to be compared with what was before. */
type StateDiff =
  | 'reset'
  | {
      /** The counters that differ, with their values. */
      readonly changed: Readonly<Record<string, number>>;
      readonly removed: readonly string[];
    };

/** What is shown of one dashboard. */
export class DashboardState {
  readonly #counters = new Map<string, CounterState>();
  readonly #definitions = new Map<string, CounterDefinition>();
  /** Counters that are gone, and the revision that they went with: an older outcome does not bring them back. */
  readonly #tombstones = new Map<string, number>();
  #title: string | undefined;
  #epoch = '';
  #revision = 0;
  #at = 0;

  readonly dashboard: string;
  /** Since when it may be behind, milliseconds since the Unix epoch; undefined: it is not. */
  staleSinceMs: number | undefined;

  constructor(initial: Dashboard) {
    this.dashboard = initial.name;
    this.#load(initial);
  }

  get epoch(): string {
    return this.#epoch;
  }

  get revision(): number {
    return this.#revision;
  }

  get at(): number {
    return this.#at;
  }

  /** For people; absent when it has none. */
  get title(): string | undefined {
    return this.#title;
  }

  /** Names of the counters, in the order in which they were declared. */
  get counterNames(): Iterable<string> {
    return this.#counters.keys();
  }

  get counterCount(): number {
    return this.#counters.size;
  }

  get summary(): DashboardSummary {
    const { dashboard: name, title, revision, counterCount } = this;
    return { name, ...(title !== undefined && { title }), revision, counterCount };
  }

  /** Each counter with how it stands, in the order in which they were declared. */
  get counterStates(): ReadonlyMap<string, Readonly<CounterState>> {
    return this.#counters;
  }

  has(counter: string): boolean {
    return this.#counters.has(counter);
  }

  /** The value of a counter. */
  getValue(counter: string): number | undefined {
    return this.#counters.get(counter)?.value;
  }

  /** How a counter is declared. */
  getDefinition(counter: string): CounterDefinition {
    return this.#definitions.get(counter) ?? {};
  }

  /** Takes titles and units over. Values, and which counters there are, follow the outcomes. */
  updateDefinitions({ title, counters }: Pick<Dashboard, 'title' | 'counters'>): void {
    this.#title = title;
    for (const [name, counter] of counters) {
      const { title: counterTitle, unit } = counter;
      const definition = {
        ...(counterTitle !== undefined && { title: counterTitle }),
        ...(unit !== undefined && { unit }),
      };
      if (counterTitle !== undefined || unit !== undefined || this.#definitions.has(name)) {
        this.#definitions.set(name, definition);
      }
    }
  }

  /**
   * Takes an outcome in; a counter that it names and that is not there is newborn. Costs what the outcome touches.
   * @returns false when all of it was known or outdated.
   */
  apply({ revision, at, counters, added: totals }: FreshOutcome): boolean {
    let hasChanged = false;
    for (const name in counters) {
      const value = counters[name] ?? 0;
      const added = totals[name] ?? 0;
      const counter = this.#counters.get(name);
      if (counter) {
        if (counter.revision >= revision) continue;
        counter.value = value;
        counter.added = added;
        // Beyond 2^53 `added` is rounded, and a total that goes back by one is taken for one that began anew.
        counter.removed = Math.max(counter.removed, added - value);
        counter.revision = revision;
      } else {
        if ((this.#tombstones.get(name) ?? -1) >= revision) continue;
        this.#tombstones.delete(name);
        this.#counters.set(name, { value, added, removed: added - value, revision });
      }
      hasChanged = true;
    }
    if (revision > this.#revision) {
      this.#revision = revision;
      hasChanged = true;
    }
    if (at > this.#at) this.#at = at;
    return hasChanged;
  }

  /** Takes a state that was read whole in place of this one. */
  replace(next: Dashboard): StateDiff {
    const { epoch, revision, counters } = next;
    if (epoch !== this.#epoch || revision < this.#revision) {
      this.#tombstones.clear();
      this.#load(next);
      return 'reset';
    }
    const changed: Record<string, number> = {};
    for (const [name, { value, added }] of counters) {
      const known = this.#counters.get(name);
      if (known?.value !== value || known.added !== Number(added)) changed[name] = value;
      this.#tombstones.delete(name);
    }
    const removed = [...this.#counters.keys()].filter((name) => !counters.has(name));
    for (const name of removed) this.#tombstones.set(name, revision);
    this.#load(next);
    return { changed, removed };
  }

  /** Takes a counter out, as of the revision that it went with. */
  removeCounter(counter: string, { revision, at }: Pick<Outcome, 'revision' | 'at'>): void {
    if ((this.#counters.get(counter)?.revision ?? -1) > revision) return;
    this.#counters.delete(counter);
    this.#definitions.delete(counter);
    this.#tombstones.set(counter, revision);
    this.#revision = Math.max(this.#revision, revision);
    this.#at = Math.max(this.#at, at);
  }

  /**
   * The state as it is now.
   * @param filter the counters that are wanted, all when it is undefined; those that are not there are left out
   * @param includeTotals whether all that was ever added to them is wanted too
   */
  toSnapshot(filter?: Iterable<string>, includeTotals = false): Snapshot {
    const counters: Record<string, number> = {};
    const added: Record<string, number> = {};
    for (const name of filter ?? this.#counters.keys()) {
      const counter = this.#counters.get(name);
      if (!counter) continue;
      counters[name] = counter.value;
      if (includeTotals) added[name] = counter.added;
    }
    const { dashboard, epoch, revision, at } = this;
    const snapshot = { dashboard, epoch, revision, at, counters };
    return includeTotals ? { ...snapshot, added } : snapshot;
  }

  #load(dashboard: Dashboard): void {
    const { epoch, revision, at, counters } = dashboard;
    this.#epoch = epoch;
    this.#revision = revision;
    this.#at = at;
    this.#counters.clear();
    this.#definitions.clear();
    for (const [name, counter] of counters) this.#counters.set(name, toCounterState(counter, revision));
    this.updateDefinitions(dashboard);
  }
}

function toCounterState({ value, added, removed }: Counter, revision: number): CounterState {
  return { value, added: Number(added), removed: Number(removed), revision };
}

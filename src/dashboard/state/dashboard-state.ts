/** The state of one dashboard in memory: the latest value of each counter, in whatever order outcomes arrive. */
import type {
  Counter,
  CounterDefinition,
  Dashboard,
  FreshOutcome,
  Outcome,
  Snapshot,
} from '../../counters/counters.js';
import type { DashboardSummary } from '../../store/store-events.js';

export interface CounterState {
  value: number;
  added: number;
  removed: number;
  revision: number;
}

/** The difference that replacing a state has made. `reset`: the new state cannot be compared with the old one. */
type StateDiff =
  | 'reset'
  | {
      /** New values of the counters whose value or total differs. */
      readonly changed: Readonly<Record<string, number>>;
      readonly removed: readonly string[];
    };

export class DashboardState {
  readonly #counters = new Map<string, CounterState>();
  readonly #definitions = new Map<string, CounterDefinition>();
  /** Removed counters and the revision of their removal: an older outcome must not bring them back. */
  readonly #tombstones = new Map<string, number>();
  #title: string | undefined;
  #epoch = '';
  #revision = 0;
  #at = 0;

  readonly dashboard: string;
  /** Time at which the state became stale, milliseconds since the Unix epoch. Undefined while it is up to date. */
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

  get title(): string | undefined {
    return this.#title;
  }

  /** In the order of definition. */
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

  /** Keyed by name, in the order of definition. */
  get counterStates(): ReadonlyMap<string, Readonly<CounterState>> {
    return this.#counters;
  }

  has(counter: string): boolean {
    return this.#counters.has(counter);
  }

  getValue(counter: string): number | undefined {
    return this.#counters.get(counter)?.value;
  }

  getDefinition(counter: string): CounterDefinition {
    return this.#definitions.get(counter) ?? {};
  }

  /** Takes over titles and units. Values and the set of counters change only by outcomes. */
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
   * Applies an outcome. A counter that does not exist yet is added. The cost grows with the outcome, not with the
   * dashboard.
   * @returns false if everything in the outcome was known or outdated
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
        // Beyond 2^53 `added` is rounded. Never lower `removed`: readers take a total that decreases for a counter that
        // restarted.
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

  /** Replaces this state with one that was read completely from the store. */
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

  /** Removes a counter, unless an outcome after the removal has added it again. */
  removeCounter(counter: string, { revision, at }: Pick<Outcome, 'revision' | 'at'>): void {
    if ((this.#counters.get(counter)?.revision ?? -1) > revision) return;
    this.#counters.delete(counter);
    this.#definitions.delete(counter);
    this.#tombstones.set(counter, revision);
    this.#revision = Math.max(this.#revision, revision);
    this.#at = Math.max(this.#at, at);
  }

  /**
   * Copies the present state.
   * @param filter counters to include; undefined: all. Unknown names are left out
   * @param includeTotals adds everything that was ever added to each counter
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

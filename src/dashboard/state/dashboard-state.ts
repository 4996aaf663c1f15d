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
export interface Standing {
  value: number;
  added: number;
  removed: number;
  revision: number;
}

/** What another state in place of one has changed: `reset` when nothing of it is to be compared with what was before. */
export type Replaced =
  | 'reset'
  | {
      /** The counters that differ, with their values. */
      readonly changed: Readonly<Record<string, number>>;
      readonly gone: readonly string[];
    };

/** What is shown of one dashboard. */
export class LivingState {
  readonly #counters = new Map<string, Standing>();
  readonly #definitions = new Map<string, CounterDefinition>();
  /** Counters that are gone, and the revision that they went with: an older outcome does not bring them back. */
  readonly #gone = new Map<string, number>();
  #title: string | undefined;
  #epoch = '';
  #revision = 0;
  #at = 0;

  readonly dashboard: string;
  /** Since when it may be behind, milliseconds since the Unix epoch; undefined: it is not. */
  behindSinceMs: number | undefined;

  constructor(start: Dashboard) {
    this.dashboard = start.name;
    this.#begin(start);
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
  get names(): Iterable<string> {
    return this.#counters.keys();
  }

  get counterCount(): number {
    return this.#counters.size;
  }

  get brief(): DashboardSummary {
    const { dashboard: name, title, revision, counterCount } = this;
    return { name, ...(title !== undefined && { title }), revision, counterCount };
  }

  /** Each counter with how it stands, in the order in which they were declared. */
  get standings(): ReadonlyMap<string, Readonly<Standing>> {
    return this.#counters;
  }

  has(counter: string): boolean {
    return this.#counters.has(counter);
  }

  /** The value of a counter. */
  valueOf(counter: string): number | undefined {
    return this.#counters.get(counter)?.value;
  }

  /** How a counter is declared. */
  definitionOf(counter: string): CounterDefinition {
    return this.#definitions.get(counter) ?? {};
  }

  /** Takes titles and units over. Values, and which counters there are, follow the outcomes. */
  define({ title, counters }: Pick<Dashboard, 'title' | 'counters'>): void {
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
  accept({ revision, at, counters, added: totals }: FreshOutcome): boolean {
    let news = false;
    for (const name in counters) {
      const value = counters[name] ?? 0;
      const added = totals[name] ?? 0;
      const standing = this.#counters.get(name);
      if (standing) {
        if (standing.revision >= revision) continue;
        standing.value = value;
        standing.added = added;
        // Beyond 2^53 `added` is rounded, and a total that goes back by one is taken for one that began anew.
        standing.removed = Math.max(standing.removed, added - value);
        standing.revision = revision;
      } else {
        if ((this.#gone.get(name) ?? -1) >= revision) continue;
        this.#gone.delete(name);
        this.#counters.set(name, { value, added, removed: added - value, revision });
      }
      news = true;
    }
    if (revision > this.#revision) {
      this.#revision = revision;
      news = true;
    }
    if (at > this.#at) this.#at = at;
    return news;
  }

  /** Takes a state that was read whole in place of this one. */
  replace(next: Dashboard): Replaced {
    const { epoch, revision, counters } = next;
    if (epoch !== this.#epoch || revision < this.#revision) {
      this.#gone.clear();
      this.#begin(next);
      return 'reset';
    }
    const changed: Record<string, number> = {};
    for (const [name, { value, added }] of counters) {
      const known = this.#counters.get(name);
      if (known?.value !== value || known.added !== Number(added)) changed[name] = value;
      this.#gone.delete(name);
    }
    const gone = [...this.#counters.keys()].filter((name) => !counters.has(name));
    for (const name of gone) this.#gone.set(name, revision);
    this.#begin(next);
    return { changed, gone };
  }

  /** Takes a counter out, as of the revision that it went with. */
  remove(counter: string, { revision, at }: Pick<Outcome, 'revision' | 'at'>): void {
    if ((this.#counters.get(counter)?.revision ?? -1) > revision) return;
    this.#counters.delete(counter);
    this.#definitions.delete(counter);
    this.#gone.set(counter, revision);
    this.#revision = Math.max(this.#revision, revision);
    this.#at = Math.max(this.#at, at);
  }

  /**
   * The state as it is now.
   * @param only the counters that are wanted, all when it is undefined; those that are not there are left out
   * @param totals whether all that was ever added to them is wanted too
   */
  snapshot(only?: Iterable<string>, totals = false): Snapshot {
    const counters: Record<string, number> = {};
    const added: Record<string, number> = {};
    for (const name of only ?? this.#counters.keys()) {
      const standing = this.#counters.get(name);
      if (!standing) continue;
      counters[name] = standing.value;
      if (totals) added[name] = standing.added;
    }
    const { dashboard, epoch, revision, at } = this;
    const shown = { dashboard, epoch, revision, at, counters };
    return totals ? { ...shown, added } : shown;
  }

  #begin(start: Dashboard): void {
    const { epoch, revision, at, counters } = start;
    this.#epoch = epoch;
    this.#revision = revision;
    this.#at = at;
    this.#counters.clear();
    this.#definitions.clear();
    for (const [name, counter] of counters) this.#counters.set(name, standingOf(counter, revision));
    this.define(start);
  }
}

function standingOf({ value, added, removed }: Counter, revision: number): Standing {
  return { value, added: Number(added), removed: Number(removed), revision };
}

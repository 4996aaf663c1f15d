/** The state of one dashboard in memory: the latest value of each counter, in whatever order outcomes arrive. */
import {
  type Counter,
  type Dashboard,
  type FreshOutcome,
  type Outcome,
  type Snapshot,
  type TimeSpan,
  type Total,
  toTotal,
} from '../../counters/counters.js';
import type { CounterDefinition, DashboardSettings } from '../../counters/definition.js';
import { type CompiledMeasure, compileMeasures } from '../../measures/derived-measure.js';
import { removeTiles } from '../../measures/layout.js';
import type { DashboardSummary } from '../../store/store-events.js';
import type { OpenPeriods } from './open-periods.js';
import { createSnapshot, type SnapshotSource, type SnapshotView } from './snapshot.js';

export interface CounterState {
  definition: CounterDefinition;
  value: number;
  /** Totals; 0 for a gauge. */
  added: Total;
  removed: Total;
  revision: number;
}

/** The difference that replacing a state has made. `reset`: the new state cannot be compared with the old one. */
type StateDiff =
  | 'reset'
  | {
      /** New values of the counters whose value or total differs; of all gauges if the revision alone does. */
      readonly changed: Readonly<Record<string, number>>;
      readonly removed: readonly string[];
      readonly isRedefined: boolean;
    };

export class DashboardState implements SnapshotSource {
  readonly #counters = new Map<string, CounterState>();
  /** Removed counters and the revision of their removal: an older outcome must not bring them back. */
  readonly #tombstones = new Map<string, number>();
  #settings: DashboardSettings = {};
  #version = 0;
  #day: TimeSpan | undefined;
  #measures: readonly CompiledMeasure[] | undefined;
  #epoch = '';
  #revision = 0;
  #at = 0;

  readonly dashboard: string;
  /** Time at which the state became stale, milliseconds since the Unix epoch. Undefined while it is up to date. */
  staleSinceMs: number | undefined;
  /** Present periods, as far as a viewer or a request has asked for them. */
  periods: OpenPeriods | undefined;

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
    return this.#settings.title;
  }

  get settings(): DashboardSettings {
    return this.#settings;
  }

  /** Number of the definition. */
  get version(): number {
    return this.#version;
  }

  /** Day that the last known change was booked in. */
  get day(): TimeSpan | undefined {
    return this.#day;
  }

  /** In the order of definition. */
  get measures(): readonly CompiledMeasure[] {
    return (this.#measures ??= compileMeasures(
      this.#settings.measures ?? {},
      (counter) => this.getDefinition(counter).scale ?? 0,
    ));
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

  /** True for the name of a counter or a measure. */
  hasName(name: string): boolean {
    return this.#counters.has(name) || Object.hasOwn(this.#settings.measures ?? {}, name);
  }

  getValue(counter: string): number | undefined {
    return this.#counters.get(counter)?.value;
  }

  getDefinition(counter: string): CounterDefinition {
    return this.#counters.get(counter)?.definition ?? {};
  }

  /** Returns the definitions of all counters by name, in the order of declaration. */
  getDefinitions(): Record<string, CounterDefinition> {
    return Object.fromEntries([...this.#counters].map(([name, { definition }]) => [name, definition]));
  }

  /**
   * Takes over a definition. Values and the set of counters change only by outcomes.
   * @returns false if the definition was known or outdated
   */
  updateDefinition({ settings, version, day, counters }: Dashboard): boolean {
    if (version <= this.#version) return false;
    this.#settings = settings;
    this.#version = version;
    this.#day = day;
    this.#measures = undefined;
    for (const [name, { definition }] of counters) {
      const counter = this.#counters.get(name);
      if (counter) counter.definition = definition;
    }
    return true;
  }

  /**
   * Applies an outcome. A counter that does not exist yet is added. The cost grows with the outcome, not with the
   * dashboard.
   * @returns false if everything in the outcome was known or outdated
   */
  apply({ revision, at, counters, added, removed }: FreshOutcome): boolean {
    let hasChanged = this.periods?.advance(at, this.#counters) ?? false;
    for (const name in counters) {
      const value = counters[name] ?? 0;
      const totals = { added: getTotal(added, name), removed: getTotal(removed, name) };
      const counter = this.#counters.get(name);
      if (counter) {
        if (counter.revision >= revision) continue;
        this.periods?.recordLate(at, name, counter, totals);
        counter.value = value;
        counter.added = totals.added;
        counter.removed = totals.removed;
        counter.revision = revision;
      } else {
        if ((this.#tombstones.get(name) ?? -1) >= revision) continue;
        this.#tombstones.delete(name);
        this.#counters.set(name, { definition: {}, value, ...totals, revision });
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
    if (this.periods) this.periods.isOutdated = true;
    const { epoch, revision, counters } = next;
    if (epoch !== this.#epoch || revision < this.#revision) {
      this.#tombstones.clear();
      this.#load(next);
      return 'reset';
    }
    this.periods?.advance(next.at, this.#counters);
    const changed: Record<string, number> = {};
    for (const [name, { value, added, removed: taken }] of counters) {
      const known = this.#counters.get(name);
      // The last change is the newest: if it is dated before a period, so are all that were missed.
      if (known) this.periods?.recordLate(next.at, name, known, { added: toTotal(added), removed: toTotal(taken) });
      if (known?.value !== value || known.added !== toTotal(added)) changed[name] = value;
      this.#tombstones.delete(name);
    }
    // A gauge was set to the value that it had, or returned to it: viewers have to learn the revision.
    if (Object.keys(changed).length === 0 && revision > this.#revision)
      for (const [name, { definition, value }] of counters) if (definition.kind === 'gauge') changed[name] = value;
    const removed = [...this.#counters.keys()].filter((name) => !counters.has(name));
    for (const name of removed) this.#tombstones.set(name, revision);
    const isRedefined = next.version !== this.#version;
    this.#load(next);
    return { changed, removed, isRedefined };
  }

  /** Removes a counter, unless an outcome after the removal has added it again. */
  removeCounter(counter: string, { revision, at }: Pick<Outcome, 'revision' | 'at'>): void {
    if ((this.#counters.get(counter)?.revision ?? -1) > revision) return;
    this.periods?.remove(counter);
    if (this.#counters.delete(counter)) {
      this.#measures = undefined;
      this.#settings = removeTiles(this.#settings, counter);
      this.#version += 1;
    }
    this.#tombstones.set(counter, revision);
    this.#revision = Math.max(this.#revision, revision);
    this.#at = Math.max(this.#at, at);
  }

  /** Copies the present state. */
  toSnapshot(view?: SnapshotView): Snapshot {
    return createSnapshot(this, view);
  }

  #load({ epoch, revision, at, settings, version, day, counters }: Dashboard): void {
    this.#epoch = epoch;
    this.#revision = revision;
    this.#at = at;
    this.#settings = settings;
    this.#version = version;
    this.#day = day;
    this.#measures = undefined;
    this.#counters.clear();
    for (const [name, counter] of counters) this.#counters.set(name, toCounterState(counter, revision));
  }
}

function toCounterState({ definition, value, added, removed }: Counter, revision: number): CounterState {
  return { definition, value, added: toTotal(added), removed: toTotal(removed), revision };
}

/** Returns 0 for a gauge, which has no totals, also if its name is `constructor`. */
function getTotal(totals: Readonly<Record<string, Total>>, name: string): Total {
  return Object.hasOwn(totals, name) ? (totals[name] ?? 0) : 0;
}

/** A store that forgets when the process ends: for trying things out, and the measure that the durable stores are held to. */
import { randomUUID } from 'node:crypto';
import { NEVER } from 'rxjs';
import { type Applied, type ChangeSet, type Outcome, type Snapshot, snapshotOf } from '../counters/counters.js';
import { TallyError } from '../counters/errors.js';
import {
  bucketOf,
  decide,
  declare,
  ledgerEntryOf,
  type LivingDashboard,
  type Remembered,
  settle,
  storeUnavailable,
  unknownDashboard,
} from './decide.js';
import {
  BUCKETS,
  CounterStore,
  type DashboardDefinition,
  type LedgerEntry,
  type Point,
  type Retention,
  type StepMs,
} from './store.js';

/** A dashboard and what is remembered of it. Maps keep the order of insertion, which is the order of age. */
interface Memory {
  dashboard: LivingDashboard;
  readonly ledger: Map<number, LedgerEntry>;
  readonly keys: Map<string, Remembered>;
  /** By counter and step, then by start of the bucket. */
  readonly points: Map<string, Map<number, Point>>;
}

/** How many outdated entries of a kind one change set clears away at most: more than it adds, and still a bounded cost. */
const EXPIRE_AT_ONCE = 4;

export class MemoryStore extends CounterStore {
  readonly remote$ = NEVER;
  readonly #memories = new Map<string, Memory>();
  readonly #book = {
    dashboard: (name: string) => this.#memories.get(name)?.dashboard,
    recall: (name: string, key: string, nowMs: number) => {
      const remembered = this.#memories.get(name)?.keys.get(key);
      return remembered && remembered.at > nowMs - this.retention.keyMs ? remembered : undefined;
    },
  };
  #closed = false;

  constructor(
    private readonly retention: Retention,
    private readonly now: () => number = Date.now,
  ) {
    super();
  }

  async open(): Promise<void> {}

  async apply(changeSet: ChangeSet): Promise<Outcome> {
    this.#assertOpen();
    const { reply, applied, remember } = decide(this.#book, changeSet, this.now());
    const memory = this.#memories.get(changeSet.dashboard);
    if (memory) {
      if (applied) write(memory, changeSet, applied);
      if (remember && changeSet.key !== undefined) {
        memory.keys.delete(changeSet.key);
        memory.keys.set(changeSet.key, remember);
      }
      this.#expire(memory, changeSet);
    }
    return settle(reply);
  }

  async snapshot(dashboard: string): Promise<Snapshot> {
    return snapshotOf(this.#memory(dashboard).dashboard);
  }

  async define(name: string, definition: DashboardDefinition) {
    this.#assertOpen();
    const memory = this.#memories.get(name);
    const dashboard = declare(name, definition, memory?.dashboard, { epoch: randomUUID(), at: this.now() });
    if (memory) memory.dashboard = dashboard;
    else this.#memories.set(name, { dashboard, ledger: new Map(), keys: new Map(), points: new Map() });
    return { created: !memory, dashboard: stillOf(dashboard) };
  }

  async dashboards() {
    this.#assertOpen();
    return [...this.#memories.values()].map(({ dashboard }) => stillOf(dashboard));
  }

  async ledger(dashboard: string, after: number, limit: number): Promise<readonly LedgerEntry[]> {
    const entries = [...this.#memory(dashboard).ledger.values()];
    return entries.filter(({ revision }) => revision > after).slice(0, limit);
  }

  async points(dashboard: string, counter: string, stepMs: StepMs, from: number, to: number) {
    const memory = this.#memory(dashboard);
    if (!memory.dashboard.counters.has(counter)) {
      throw new TallyError('unknown-counter', `${dashboard} has no counter named ${counter}`);
    }
    const points = memory.points.get(seriesOf(counter, stepMs))?.values() ?? [];
    return [...points].filter(({ at }) => at >= from && at < to);
  }

  async ping(): Promise<void> {
    this.#assertOpen();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #memory(name: string): Memory {
    this.#assertOpen();
    const memory = this.#memories.get(name);
    if (!memory) throw new TallyError('unknown-dashboard', unknownDashboard(name).detail);
    return memory;
  }

  #assertOpen(): void {
    if (this.#closed) throw storeUnavailable('the store is closed');
  }

  #expire({ dashboard, ledger, keys, points }: Memory, { changes }: ChangeSet): void {
    const now = this.now();
    const { keyMs, ledgerMs, ledgerEntries } = this.retention;
    dropOldest(keys, ({ at }) => at <= now - keyMs);
    dropOldest(ledger, ({ at, revision }) => at <= now - ledgerMs || revision <= dashboard.revision - ledgerEntries);
    for (const { stepMs, keepMs } of BUCKETS) {
      for (const { counter } of changes) {
        const series = points.get(seriesOf(counter, stepMs));
        if (series) dropOldest(series, ({ at }) => at + stepMs <= now - keepMs);
      }
    }
  }
}

function write(memory: Memory, changeSet: ChangeSet, applied: Applied): void {
  memory.ledger.set(applied.revision, ledgerEntryOf(changeSet, applied));
  for (const [name, { value, added, removed }] of applied.counters) {
    const previous = applied.previous.get(name) ?? { added: 0n, removed: 0n };
    for (const { stepMs } of BUCKETS) {
      const series = memory.points.get(seriesOf(name, stepMs)) ?? new Map<number, Point>();
      memory.points.set(seriesOf(name, stepMs), series);
      const at = bucketOf(applied.at, stepMs);
      const before = series.get(at) ?? { added: 0n, removed: 0n };
      series.set(at, {
        at,
        value,
        added: before.added + added - previous.added,
        removed: before.removed + removed - previous.removed,
      });
    }
  }
}

/** The dashboard as it is now: the living one moves on in place. */
function stillOf(dashboard: LivingDashboard): LivingDashboard {
  return { ...dashboard, counters: new Map(dashboard.counters) };
}

function dropOldest<K, V>(entries: Map<K, V>, outdated: (entry: V) => boolean): void {
  let left = EXPIRE_AT_ONCE;
  for (const [key, entry] of entries) {
    if (left === 0 || !outdated(entry)) return;
    entries.delete(key);
    left -= 1;
  }
}

function seriesOf(counter: string, stepMs: number): string {
  return `${counter} ${stepMs}`;
}

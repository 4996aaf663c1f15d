/** A store that forgets when the process ends: for trying things out, and the measure that the durable stores are held to. */
import { randomUUID } from 'node:crypto';
import { NEVER } from 'rxjs';
import {
  advance,
  type ChangeSet,
  type Dashboard,
  type FreshOutcome,
  outcomeOf,
  type ReplayedOutcome,
  unknownCounter,
} from '../../counters/counters.js';
import {
  decide,
  errorOf,
  LEDGER_PAGE_BYTES,
  ledgerEntryOf,
  type LivingDashboard,
  type Remembered,
  settle,
  storeUnavailable,
  unknownDashboard,
} from '../in-process/decide.js';
import { type Booking, bookRemoval, declare } from '../in-process/define.js';
import { IN_MEMORY } from '../durability.js';
import { dropOldest, MemoryPoints } from './memory-points.js';
import {
  CounterStore,
  type DashboardDefinition,
  type Defined,
  type LedgerEntry,
  type Limits,
  MAX_POINTS,
  type Retention,
  type Series,
  type StepMs,
} from '../store.js';

/** A dashboard and what is remembered of it. Maps keep the order of insertion, which is the order of age. */
interface Memory {
  dashboard: LivingDashboard;
  readonly ledger: Map<number, LedgerEntry>;
  readonly keys: Map<string, Remembered>;
  readonly points: MemoryPoints;
}

/** How many outdated entries of a kind one change set clears away at most: more than it adds, and still a bounded cost. */
const EXPIRE_AT_ONCE = 4;

export class MemoryStore extends CounterStore {
  readonly remote$ = NEVER;
  readonly durability = IN_MEMORY;
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
    private readonly limits: Limits,
    private readonly now: () => number = Date.now,
  ) {
    super();
  }

  get isUp(): boolean {
    return !this.#closed;
  }

  /** Nothing waits for memory. */
  get waiting(): number {
    return 0;
  }

  async open(): Promise<void> {}

  async apply(changeSet: ChangeSet): Promise<FreshOutcome | ReplayedOutcome> {
    this.#assertOpen();
    const { reply, applied, remember } = decide(this.#book, changeSet, this.now());
    const memory = this.#memories.get(changeSet.dashboard);
    if (memory) {
      if (applied) write(memory, { changeSet, applied });
      if (remember && changeSet.key !== undefined) {
        memory.keys.delete(changeSet.key);
        memory.keys.set(changeSet.key, remember);
      }
      this.#expire(memory, changeSet);
    }
    return settle(reply);
  }

  async read(dashboard: string): Promise<Dashboard> {
    return stillOf(this.#memory(dashboard).dashboard);
  }

  async define(name: string, definition: DashboardDefinition, who?: string): Promise<Defined> {
    this.#assertOpen();
    const memory = this.#memories.get(name);
    const { dashboard, booking } = declare(name, definition, {
      earlier: memory?.dashboard,
      dashboards: this.#memories.size,
      limits: this.limits,
      epoch: randomUUID(),
      nowMs: this.now(),
      who,
    });
    if (memory) memory.dashboard = dashboard;
    else this.#memories.set(name, { dashboard, ledger: new Map(), keys: new Map(), points: new MemoryPoints() });
    if (memory && booking) write(memory, booking);
    return {
      created: !memory,
      dashboard: stillOf(dashboard),
      ...(booking && { outcome: outcomeOf(name, booking.applied) }),
    };
  }

  async remove(name: string, counter?: string, who?: string): Promise<FreshOutcome | undefined> {
    const memory = this.#memory(name);
    if (counter === undefined) {
      this.#memories.delete(name);
      return undefined;
    }
    const booking = bookRemoval(memory.dashboard, counter, who, this.now());
    advance(memory.dashboard, booking.applied);
    write(memory, booking);
    memory.dashboard.counters.delete(counter);
    memory.points.remove(counter);
    return outcomeOf(name, booking.applied);
  }

  async dashboards() {
    this.#assertOpen();
    return [...this.#memories.values()].map(({ dashboard }) => stillOf(dashboard));
  }

  async ledger(dashboard: string, after: number, limit: number): Promise<readonly LedgerEntry[]> {
    const entries = [...this.#memory(dashboard).ledger.values()];
    let bytes = 0;
    return entries
      .filter(({ revision }) => revision > after)
      .slice(0, limit)
      .filter(({ changes }) => {
        const fits = bytes < LEDGER_PAGE_BYTES;
        if (fits) bytes += JSON.stringify(changes).length;
        return fits;
      });
  }

  async points(dashboard: string, counters: readonly string[], stepMs: StepMs, from: number, to: number) {
    const memory = this.#memory(dashboard);
    const series = new Map<string, Series>();
    let left = MAX_POINTS;
    for (const counter of counters) {
      const now = memory.dashboard.counters.get(counter);
      if (!now) throw errorOf(unknownCounter(dashboard, counter));
      const one = memory.points.read(counter, stepMs, from, to, left);
      left -= one.points.length;
      series.set(counter, { ...one, totals: { added: now.added, removed: now.removed } });
    }
    return series;
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
    if (!memory) throw errorOf(unknownDashboard(name));
    return memory;
  }

  #assertOpen(): void {
    if (this.#closed) throw storeUnavailable('the store is closed');
  }

  #expire({ dashboard, ledger, keys, points }: Memory, { changes }: ChangeSet): void {
    const now = this.now();
    const { keyMs, ledgerMs, ledgerEntries } = this.retention;
    const isOld = ({ at, revision }: LedgerEntry): boolean =>
      at <= now - ledgerMs || revision <= dashboard.revision - ledgerEntries;
    dropOldest(keys, ({ at }) => at <= now - keyMs, EXPIRE_AT_ONCE);
    dropOldest(ledger, isOld, EXPIRE_AT_ONCE);
    for (const { counter } of changes) points.expire(counter, now, EXPIRE_AT_ONCE);
  }
}

function write({ ledger, points }: Memory, { changeSet, applied }: Booking): void {
  ledger.set(applied.revision, ledgerEntryOf(changeSet, applied));
  points.write(applied);
}

/** The dashboard as it is now: the living one moves on in place. */
function stillOf(dashboard: LivingDashboard): LivingDashboard {
  return { ...dashboard, counters: new Map(dashboard.counters) };
}

/** Keeps everything in memory, for trials and tests. The reference implementation of the store contract. */
import { randomUUID } from 'node:crypto';
import { NEVER } from 'rxjs';
import {
  advance,
  type ChangeSet,
  type Dashboard,
  type FreshOutcome,
  toOutcome,
  type ReplayedOutcome,
  refuseUnknownCounter,
} from '../../counters/counters.js';
import {
  decide,
  createTallyError,
  LEDGER_PAGE_BYTES,
  toLedgerEntry,
  type MutableDashboard,
  type StoredReply,
  unwrapReply,
  createStoreUnavailableError,
  createUnknownDashboardRefusal,
} from '../in-process/decide.js';
import { type LedgerBooking, createRemovalBooking, applyDefinition } from '../in-process/define.js';
import { MEMORY_DURABILITY } from '../durability.js';
import { ANONYMOUS_OWNER, encodeOwnedKey } from '../owned-key.js';
import { dropOldest, MemoryPoints } from './memory-points.js';
import {
  CounterStore,
  type DashboardDefinition,
  type DefinedDashboard,
  type LedgerEntry,
  type Limits,
  MAX_POINTS,
  type Retention,
  type CounterSeries,
  type StepMs,
} from '../store.js';

/** A dashboard with its past. The maps are in the order of insertion, oldest first. */
interface StoredDashboard {
  dashboard: MutableDashboard;
  readonly ledger: Map<number, LedgerEntry>;
  /** By owner and key: see `encodeOwnedKey`. */
  readonly replies: Map<string, StoredReply>;
  readonly points: MemoryPoints;
}

/** Expired entries of each kind that a change set deletes at most: more than it adds, at a bounded cost. */
const MAX_EXPIRED_PER_CHANGE = 4;

export class MemoryStore extends CounterStore {
  readonly events$ = NEVER;
  readonly durability = MEMORY_DURABILITY;
  readonly #stored = new Map<string, StoredDashboard>();
  readonly #decisionState = {
    findDashboard: (name: string) => this.#stored.get(name)?.dashboard,
    findReply: (name: string, key: string, owner: string, nowMs: number) => {
      const reply = this.#stored.get(name)?.replies.get(encodeOwnedKey({ key, owner }));
      return reply && reply.keepUntil > nowMs ? reply : undefined;
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

  get isAvailable(): boolean {
    return !this.#closed;
  }

  get pending(): number {
    return 0;
  }

  async open(): Promise<void> {}

  async apply(changeSet: ChangeSet): Promise<FreshOutcome | ReplayedOutcome> {
    this.#assertOpen();
    const { reply, applied, replyToStore } = decide(
      this.#decisionState,
      changeSet,
      this.now(),
      this.retention.keyTtlMs,
    );
    const stored = this.#stored.get(changeSet.dashboard);
    if (stored) {
      if (applied) recordChange(stored, { changeSet, applied });
      if (replyToStore && changeSet.key !== undefined) {
        const { key, owner = ANONYMOUS_OWNER } = changeSet;
        const ownedKey = encodeOwnedKey({ key, owner });
        stored.replies.delete(ownedKey);
        stored.replies.set(ownedKey, replyToStore);
      }
      this.#expire(stored, changeSet);
    }
    return unwrapReply(reply);
  }

  async readDashboard(dashboard: string): Promise<Dashboard> {
    return copyDashboard(this.#getStored(dashboard).dashboard);
  }

  async define(name: string, definition: DashboardDefinition, who?: string): Promise<DefinedDashboard> {
    this.#assertOpen();
    const stored = this.#stored.get(name);
    const { dashboard, ledgerBooking } = applyDefinition(name, definition, {
      existing: stored?.dashboard,
      dashboardCount: this.#stored.size,
      limits: this.limits,
      epoch: randomUUID(),
      nowMs: this.now(),
      who,
    });
    if (stored) stored.dashboard = dashboard;
    else this.#stored.set(name, { dashboard, ledger: new Map(), replies: new Map(), points: new MemoryPoints() });
    if (stored && ledgerBooking) recordChange(stored, ledgerBooking);
    return {
      created: !stored,
      dashboard: copyDashboard(dashboard),
      ...(ledgerBooking && { outcome: toOutcome(name, ledgerBooking.applied) }),
    };
  }

  async remove(name: string, counter?: string, who?: string): Promise<FreshOutcome | undefined> {
    const stored = this.#getStored(name);
    if (counter === undefined) {
      this.#stored.delete(name);
      return undefined;
    }
    const booking = createRemovalBooking(stored.dashboard, counter, who, this.now());
    advance(stored.dashboard, booking.applied);
    recordChange(stored, booking);
    stored.dashboard.counters.delete(counter);
    stored.points.remove(counter);
    return toOutcome(name, booking.applied);
  }

  async readAllDashboards() {
    this.#assertOpen();
    return [...this.#stored.values()].map(({ dashboard }) => copyDashboard(dashboard));
  }

  async readLedger(dashboard: string, after: number, limit: number): Promise<readonly LedgerEntry[]> {
    const entries = [...this.#getStored(dashboard).ledger.values()];
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

  async readPoints(dashboard: string, counters: readonly string[], stepMs: StepMs, from: number, to: number) {
    const stored = this.#getStored(dashboard);
    const series = new Map<string, CounterSeries>();
    let remaining = MAX_POINTS;
    for (const counter of counters) {
      const current = stored.dashboard.counters.get(counter);
      if (!current) throw createTallyError(refuseUnknownCounter(dashboard, counter));
      const range = stored.points.read(counter, stepMs, from, to, remaining);
      remaining -= range.points.length;
      series.set(counter, { ...range, totals: { added: current.added, removed: current.removed } });
    }
    return series;
  }

  async ping(): Promise<void> {
    this.#assertOpen();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #getStored(name: string): StoredDashboard {
    this.#assertOpen();
    const stored = this.#stored.get(name);
    if (!stored) throw createTallyError(createUnknownDashboardRefusal(name));
    return stored;
  }

  #assertOpen(): void {
    if (this.#closed) throw createStoreUnavailableError('the store is closed');
  }

  #expire({ dashboard, ledger, replies, points }: StoredDashboard, { changes }: ChangeSet): void {
    const now = this.now();
    const { ledgerRetentionMs, maxLedgerEntries } = this.retention;
    const isOld = ({ at, revision }: LedgerEntry): boolean =>
      at <= now - ledgerRetentionMs || revision <= dashboard.revision - maxLedgerEntries;
    dropOldest(replies, ({ keepUntil }) => keepUntil <= now, MAX_EXPIRED_PER_CHANGE);
    dropOldest(ledger, isOld, MAX_EXPIRED_PER_CHANGE);
    for (const { counter } of changes) points.expire(counter, now, MAX_EXPIRED_PER_CHANGE);
  }
}

function recordChange({ ledger, points }: StoredDashboard, { changeSet, applied }: LedgerBooking): void {
  ledger.set(applied.revision, toLedgerEntry(changeSet, applied));
  points.write(applied);
}

/** Callers get a copy, since the stored dashboard is updated in place. */
function copyDashboard(dashboard: MutableDashboard): MutableDashboard {
  return { ...dashboard, counters: new Map(dashboard.counters) };
}

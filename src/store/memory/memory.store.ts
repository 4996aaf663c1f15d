/** Keeps everything in memory, for trials and tests. The reference implementation of the store contract. */
import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { Subject } from 'rxjs';
import { MAX_LEAD_MS, type TimeOfDay } from '../../clock/clock.js';
import {
  type ChangeSet,
  type Counter,
  type Dashboard,
  type FreshOutcome,
  toOutcome,
  type ReplayedOutcome,
  refuseUnknownCounter,
  type TimeSpan,
} from '../../counters/counters.js';
import {
  decide,
  assertSumCount,
  createTallyError,
  toLedgerEntry,
  type MutableDashboard,
  unwrapReply,
  createStoreUnavailableError,
  createUnknownDashboardRefusal,
} from '../in-process/decide.js';
import { resolveReckoning } from '../../measures/reckoning.js';
import { type LedgerBooking, applyDefinition, applyRemoval } from '../in-process/define.js';
import { LedgerCollector } from '../in-process/ledger-collector.js';
import type { LedgerMatches, LedgerSearch } from '../ledger-search.js';
import { UndoLimitMap } from '../in-process/undo-limits.js';
import { MEMORY_DURABILITY } from '../durability.js';
import { findDay } from '../open-day.js';
import { ANONYMOUS_OWNER, encodeOwnedKey } from '../owned-key.js';
import { assertUnchanged, type FinishedPast } from '../past-builder.js';
import type { LedgerPosition, PastBounds } from '../past-bounds.js';
import { stagePast } from '../past-staging.js';
import type { BookedPast, PastLine } from '../past.port.js';
import { describeRedated } from '../redated.js';
import type { StoreEvent } from '../store-events.js';
import { MemoryDocuments, type StoredDocuments } from './memory-documents.js';
import { MemoryKeys } from './memory-keys.js';
import { dropOldest, MemoryPoints } from './memory-points.js';
import type { LedgerEntry } from '../../counters/ledger-entry.js';
import {
  CounterStore,
  type DashboardDefinition,
  type DefinedDashboard,
  type DefineOptions,
  type Limits,
  MAX_POINTS,
  type Retention,
  type RowRange,
  type Series,
  type StepMs,
} from '../store.js';
import type { ExportRecord } from '../transfer.port.js';

/** A dashboard with its past. The maps are in the order of insertion, oldest first. */
interface StoredDashboard {
  dashboard: MutableDashboard;
  readonly ledger: Map<number, LedgerEntry>;
  readonly keys: MemoryKeys;
  readonly undoLimits: UndoLimitMap;
  readonly documents: StoredDocuments;
  points: MemoryPoints;
}

/** Interval at which dashboards are compared with the clock, milliseconds. */
const REDATE_INTERVAL_MS = 1_000;
/** Expired entries of each kind that a change set deletes at most: more than it adds, at a bounded cost. */
const MAX_EXPIRED_PER_CHANGE = 4;

export class MemoryStore extends CounterStore {
  readonly events$ = new Subject<StoreEvent>();
  readonly durability = MEMORY_DURABILITY;
  readonly documents = new MemoryDocuments(
    () => this.#stored.values(),
    (name) => this.#getStored(name),
  );
  readonly #stored = new Map<string, StoredDashboard>();
  readonly #decisionState = {
    findDashboard: (name: string) => this.#stored.get(name)?.dashboard,
    findReply: (name: string, key: string, owner: string) => {
      const reply = this.#stored.get(name)?.keys.find(encodeOwnedKey({ key, owner }));
      return reply && reply.keepUntil > this.clock.nowForExpiry() ? reply : undefined;
    },
    findEntry: (name: string, revision: number) => this.#stored.get(name)?.ledger.get(revision),
    findUndo: (name: string, undone: number) => this.#stored.get(name)?.ledger.get(undone)?.undoneBy,
    getUndoLimits: (name: string, counter: string) => this.#getStored(name).undoLimits.get(counter),
  };
  readonly #logger = new Logger(MemoryStore.name);
  #redateTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly retention: Retention,
    private readonly limits: Limits,
    private readonly clock: TimeOfDay,
    /** Zone of dashboards that name none. */
    private readonly timeZone = 'UTC',
  ) {
    super();
  }

  get isAvailable(): boolean {
    return !this.#closed;
  }

  get pending(): number {
    return 0;
  }

  async open(): Promise<void> {
    this.#redateTimer = setInterval(() => this.redateAhead(), REDATE_INTERVAL_MS).unref();
  }

  async apply(changeSet: ChangeSet): Promise<FreshOutcome | ReplayedOutcome> {
    this.#assertOpen();
    const { keyTtlMs } = this.retention;
    const { reply, applied, replyToStore } = decide(this.#decisionState, changeSet, this.clock.now(), keyTtlMs);
    const stored = this.#stored.get(changeSet.dashboard);
    if (stored) {
      if (applied) this.#recordChange(stored, { changeSet, applied });
      if (replyToStore && changeSet.key !== undefined) {
        const { key, owner = ANONYMOUS_OWNER, keyTtlMs: ownTtlMs } = changeSet;
        stored.keys.set(encodeOwnedKey({ key, owner }), replyToStore, ownTtlMs);
      }
      this.#expire(stored, applied?.counters.keys() ?? []);
    }
    return unwrapReply(reply);
  }

  async readDashboard(dashboard: string): Promise<Dashboard> {
    return copyDashboard(this.#getStored(dashboard).dashboard);
  }

  async define(name: string, definition: DashboardDefinition, options: DefineOptions = {}): Promise<DefinedDashboard> {
    this.#assertOpen();
    const existing = this.#stored.get(name);
    const { dashboard, isChanged, ledgerBooking } = applyDefinition(name, definition, {
      ...options,
      existing: existing?.dashboard,
      dashboardCount: this.#stored.size,
      limits: this.limits,
      timeZone: this.timeZone,
      epoch: randomUUID(),
      nowMs: this.clock.now(),
    });
    const stored = existing ?? createStored(dashboard);
    stored.dashboard = dashboard;
    this.#stored.set(name, stored);
    if (ledgerBooking) {
      const { counters, revision } = ledgerBooking.applied;
      this.#recordChange(stored, ledgerBooking);
      stored.undoLimits.begin(counters.keys(), revision);
    }
    return {
      created: !existing,
      changed: isChanged,
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
    const { dashboard, booking } = applyRemoval(stored.dashboard, counter, who, this.clock.now());
    stored.dashboard = dashboard;
    this.#recordChange(stored, booking);
    stored.points.remove(counter);
    stored.undoLimits.delete(counter);
    return toOutcome(name, booking.applied);
  }

  async bookPast(name: string, lines: AsyncIterable<readonly PastLine[]>, who?: string): Promise<BookedPast> {
    const { dashboard } = this.#getStored(name);
    const begun = copyDashboard(dashboard);
    const points = new MemoryPoints();
    const staging = {
      dashboard: begun,
      add: async (records: readonly ExportRecord[]) => points.load(records, begun.counters),
      complete: async (past: FinishedPast) => {
        const stored = this.#getStored(name);
        assertUnchanged(begun, stored.dashboard);
        stored.ledger.set(past.entry.revision, past.entry);
        stored.undoLimits.begin(past.dashboard.counters.keys(), past.entry.revision);
        Object.assign(stored, { points, dashboard: { ...past.dashboard } });
        this.events$.next({ kind: 'reloaded', dashboard: copyDashboard(stored.dashboard) });
      },
      abort: async () => undefined,
    };
    return stagePast(staging, lines, { clock: this.clock, timeZone: this.timeZone, who });
  }

  async readAllDashboards() {
    this.#assertOpen();
    return [...this.#stored.values()].map(({ dashboard }) => copyDashboard(dashboard));
  }

  async searchLedger(dashboard: string, search: LedgerSearch): Promise<LedgerMatches> {
    const collector = new LedgerCollector(search);
    const { after, before } = collector.range;
    const entries = [...this.#getStored(dashboard).ledger.values()].filter(
      ({ revision }) => revision > after && revision < before,
    );
    const ordered = search.newestFirst ? entries.toReversed() : entries;
    const isComplete = ordered.every((entry) => collector.add(entry, JSON.stringify(entry.changes).length));
    return collector.finish(isComplete, new Map());
  }

  async readPoints(dashboard: string, counters: readonly string[], stepMs: StepMs, from: number, to: number) {
    const stored = this.#getStored(dashboard);
    const seriesByCounter = new Map<string, Series>();
    let remaining = MAX_POINTS;
    for (const counter of counters) {
      const current = findCounter(stored, counter);
      const series = stored.points.read(counter, current, { stepMs, start: from, end: to }, remaining);
      remaining -= series.points.length;
      const { added, removed } = current;
      seriesByCounter.set(counter, series.kind === 'gauge' ? series : { ...series, totals: { added, removed } });
    }
    return seriesByCounter;
  }

  async readSums(dashboard: string, counters: readonly string[], ranges: readonly RowRange[]) {
    const stored = this.#getStored(dashboard);
    assertSumCount(counters.length * ranges.length);
    return new Map(
      counters.map((counter) => [counter, stored.points.sum(counter, findCounter(stored, counter), ranges)] as const),
    );
  }

  async readPastBounds(
    dashboard: string,
    counters: readonly string[],
    moments: readonly number[],
  ): Promise<PastBounds> {
    const stored = this.#getStored(dashboard);
    const entries = [...stored.ledger.values()];
    return {
      epoch: stored.dashboard.epoch,
      oldestEntry: entries[0],
      positions: moments.map((atMs) => toPosition(entries.findLast(({ at }) => at <= atMs))),
      firstRows: new Map(
        counters.map((counter) => [counter, stored.points.findFirstRows(counter, findCounter(stored, counter))]),
      ),
    };
  }

  async ping(): Promise<void> {
    this.#assertOpen();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#redateTimer);
  }

  /** Dates to now what was booked further ahead of the clock than it may be, once the clock is settled. */
  redateAhead(): void {
    if (!this.clock.isSettled) return;
    const nowMs = this.clock.now();
    for (const stored of this.#stored.values()) {
      const { name, at } = stored.dashboard;
      if (at <= nowMs + MAX_LEAD_MS) continue;
      redate(stored, nowMs, this.#findDay({ settings: stored.dashboard.settings }, nowMs));
      this.#logger.warn(describeRedated(name, at - nowMs));
      this.events$.next({ kind: 'reloaded', dashboard: copyDashboard(stored.dashboard) });
    }
  }

  #getStored(name: string): StoredDashboard {
    this.#assertOpen();
    const stored = this.#stored.get(name);
    if (!stored) throw createTallyError(createUnknownDashboardRefusal(name));
    return stored;
  }

  #findDay(dashboard: Pick<Dashboard, 'day' | 'settings'>, atMs: number): TimeSpan {
    return findDay(dashboard, resolveReckoning(dashboard.settings, this.timeZone), atMs);
  }

  #recordChange(
    { dashboard, ledger, points, undoLimits }: StoredDashboard,
    { changeSet, applied }: LedgerBooking,
  ): void {
    const day = this.#findDay(dashboard, applied.at);
    ledger.set(applied.revision, toLedgerEntry(changeSet, applied));
    undoLimits.record(changeSet, applied);
    const undone = ledger.get(changeSet.undoes ?? 0);
    if (undone) ledger.set(undone.revision, { ...undone, undoneBy: applied.revision });
    points.write(applied, day);
    Object.assign(dashboard, { day });
  }

  #assertOpen(): void {
    if (this.#closed) throw createStoreUnavailableError('the store is closed');
  }

  /** @param counters whose points to look at */
  #expire({ dashboard, ledger, keys, points }: StoredDashboard, counters: Iterable<string>): void {
    const now = this.clock.nowForExpiry();
    const { ledgerRetentionMs, maxLedgerEntries } = this.retention;
    const isOld = ({ at, revision }: LedgerEntry): boolean =>
      at <= now - ledgerRetentionMs || revision <= dashboard.revision - maxLedgerEntries;
    keys.expire(now, MAX_EXPIRED_PER_CHANGE);
    dropOldest(ledger, isOld, MAX_EXPIRED_PER_CHANGE);
    for (const counter of counters) points.expire(counter, now, MAX_EXPIRED_PER_CHANGE);
  }
}

function toPosition(entry: LedgerEntry | undefined): LedgerPosition | undefined {
  return entry && { revision: entry.revision, at: entry.at };
}

function createStored(dashboard: MutableDashboard): StoredDashboard {
  return {
    dashboard,
    ledger: new Map(),
    keys: new MemoryKeys(),
    undoLimits: new UndoLimitMap(),
    documents: { version: 0, byName: new Map() },
    points: new MemoryPoints(),
  };
}

function findCounter({ dashboard }: StoredDashboard, counter: string): Counter {
  const current = dashboard.counters.get(counter);
  if (!current) throw createTallyError(refuseUnknownCounter(dashboard.name, counter));
  return current;
}

/** Dates to `nowMs` what is later. The dashboard gets a new epoch, because viewers hold a later time of this one. */
function redate({ dashboard, ledger, keys, points }: StoredDashboard, nowMs: number, day: TimeSpan): void {
  for (const [revision, entry] of ledger) if (entry.at > nowMs) ledger.set(revision, { ...entry, at: nowMs });
  keys.redate(nowMs);
  points.redate(nowMs, day);
  Object.assign(dashboard, { epoch: randomUUID(), at: nowMs, day });
}

/** Callers get a copy, since the stored dashboard is updated in place. */
function copyDashboard(dashboard: MutableDashboard): MutableDashboard {
  return { ...dashboard, counters: new Map(dashboard.counters) };
}

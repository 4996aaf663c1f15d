/** Decides and writes groups of change sets. A group is one transaction with a few statements, whatever its size. */
import { randomUUID } from 'node:crypto';
import {
  advance,
  type AppliedChangeSet,
  type ChangeSet,
  type Counter,
  type Dashboard,
  type FreshOutcome,
  toOutcome,
} from '../../counters/counters.js';
import {
  toBucketStart,
  decide,
  createTallyError,
  type MutableDashboard,
  type StoredReply,
  type Reply,
  createUnknownDashboardRefusal,
} from '../in-process/decide.js';
import { type LedgerBooking, createRemovalBooking, applyDefinition } from '../in-process/define.js';
import { MAX_LEAD_MS, MAX_TRUST_DELAY_MS, type Trust } from '../../clock/clock.js';
import { type Database, inTransaction } from './database.js';
import { redate } from './redate.js';
import type { Refusal } from '../../counters/errors.js';
import { encodeReplyColumn, parseKeyRow, parseOwnedKey } from './reply-codec.js';
import { ANONYMOUS_OWNER, encodeOwnedKey, type OwnedKey } from '../owned-key.js';
import { decodeText, isDamage } from './text-decoder.js';
import {
  type DashboardKeyRow,
  loadDashboards,
  prepareStatements,
  readCounterIds,
  type LoadedDashboard,
  type Statements,
} from './statements.js';
import { BUCKETS, type DashboardDefinition, type DefinedDashboard, type Limits, type Retention } from '../store.js';

/** Rows of a decided group that have not been written yet. */
interface StagedWrites {
  readonly dashboards: Map<number, MutableDashboard>;
  /** The counter before and after the group, and the time of its last change, by counter id. */
  readonly counters: Map<number, { readonly before: Counter; after: Counter; at: number }>;
  /** Values of the rows, row by row. */
  readonly ledger: unknown[];
  readonly keys: unknown[];
  /** Replies stored under the keys of the group, before it or by it, by {@link toStagedKey}. */
  readonly storedReplies: Map<string, StoredReply>;
  /** Refusals `data-damaged` for keys whose rows cannot be decoded, by {@link toStagedKey}. */
  readonly damagedKeys: Map<string, Refusal>;
}

/** A dashboard that was booked ahead of the clock, as it is now. */
export interface RedatedDashboard {
  /** The time of its last change before, milliseconds since the Unix epoch. */
  readonly previousMs: number;
  readonly dashboard: Dashboard;
}

export class SqliteWriter {
  readonly #statements: Statements;
  /** Undefined after a failed write, until it is loaded again. */
  #loadedDashboards: Map<string, LoadedDashboard> | undefined;
  #staged = createStagedWrites();
  readonly #decisionState = {
    findDashboard: (name: string) => this.#dashboards.get(name)?.dashboard,
    findReply: (name: string, key: string, owner: string) => {
      const { id } = this.#getLoaded(name);
      const { storedReplies } = this.#staged;
      return storedReplies.get(toStagedKey(id, { key, owner })) ?? storedReplies.get(toStagedKey(id, { key }));
    },
  };

  constructor(
    private readonly database: Database.Database,
    private readonly retention: Retention,
    private readonly limits: Limits,
    private readonly reportDamage: (finding: string) => void = () => undefined,
  ) {
    this.#statements = prepareStatements(database);
    this.#loadedDashboards = loadDashboards(this.#statements);
  }

  /**
   * Decides change sets in order and writes the result durably.
   * @param nowMs time to date them with, milliseconds since the Unix epoch
   * @param expiryMs time by which keys expire
   * @returns a reply for each, in order
   * @throws the error of the driver if the write failed; then no change set was applied
   */
  apply(changeSets: readonly ChangeSet[], nowMs: number, expiryMs: number): Reply[] {
    return this.#reloadOnFailure(() => {
      this.#staged = createStagedWrites();
      this.#loadStoredReplies(changeSets, expiryMs);
      const replies = changeSets.map((changeSet) => this.#decide(changeSet, nowMs));
      if (this.#staged.ledger.length > 0 || this.#staged.keys.length > 0)
        inTransaction(this.database, () => this.#writeStaged());
      return replies;
    });
  }

  /** As the port says. The cost grows with the definition, not with the dashboard. */
  define(nowMs: number, name: string, definition: DashboardDefinition, who?: string): DefinedDashboard {
    const existing = this.#dashboards.get(name);
    const { dashboard, ledgerBooking } = applyDefinition(name, definition, {
      existing: existing?.dashboard,
      dashboardCount: this.#dashboards.size,
      limits: this.limits,
      epoch: randomUUID(),
      nowMs,
      who,
    });
    return this.#reloadOnFailure(() => {
      inTransaction(this.database, () => {
        const id = existing?.id ?? this.#insertDashboard(dashboard);
        if (existing) this.#statements.updateTitle.run(dashboard.title ?? null, id);
        const definitions = Object.entries(definition.counters).map(([counter, { title, unit }]) =>
          JSON.stringify([counter, title, unit]),
        );
        this.#statements.upsertCounters.run(id, toJsonArray(definitions));
        const loaded: LoadedDashboard = { id, dashboard, counterIds: readCounterIds(this.#statements, id) };
        if (ledgerBooking) this.#writeBooking(loaded, ledgerBooking);
        this.#dashboards.set(name, loaded);
      });
      return {
        created: !existing,
        dashboard,
        ...(ledgerBooking && { outcome: toOutcome(name, ledgerBooking.applied) }),
      };
    });
  }

  /** As the port says. Leaves a tombstone, whose data is deleted later (tombstone-cleaner.ts). */
  remove(nowMs: number, name: string, counter?: string, who?: string): FreshOutcome | undefined {
    const loaded = this.#getLoaded(name);
    const { id, dashboard, counterIds } = loaded;
    if (counter === undefined) {
      this.#reloadOnFailure(() => inTransaction(this.database, () => this.#statements.markDashboardRemoved.run(id)));
      this.#dashboards.delete(name);
      return undefined;
    }
    const booking = createRemovalBooking(dashboard, counter, who, nowMs);
    this.#reloadOnFailure(() => {
      advance(dashboard, booking.applied);
      inTransaction(this.database, () => {
        this.#writeBooking(loaded, booking);
        this.#statements.markCounterRemoved.run(counterIds.get(counter));
      });
    });
    dashboard.counters.delete(counter);
    counterIds.delete(counter);
    return toOutcome(name, booking.applied);
  }

  /** Dates what was booked after `nowMs` to it, in dashboards that lead by more than they may. */
  redateAhead(nowMs: number): RedatedDashboard[] {
    const ahead = [...this.#dashboards.values()].filter(({ dashboard }) => dashboard.at > nowMs + MAX_LEAD_MS);
    return this.#reloadOnFailure(() =>
      ahead.map(({ id, dashboard }) => {
        const epoch = randomUUID();
        inTransaction(this.database, () => redate(this.database, { id, epoch, nowMs }));
        const previousMs = dashboard.at;
        return { previousMs, dashboard: Object.assign(dashboard, { epoch, at: nowMs }) };
      }),
    );
  }

  /** Returns the time of the newest change of all dashboards, milliseconds since the Unix epoch. 0 if there is none. */
  readNewestTime(): number {
    let newestMs = 0;
    for (const { dashboard } of this.#dashboards.values()) newestMs = Math.max(newestMs, dashboard.at);
    return newestMs;
  }

  /** Returns the time that was trusted last. Without a record, it is that of the newest change, if there is one. */
  readTrust(): Trust | undefined {
    const recorded = this.#statements.selectTrust.get() as Trust | undefined;
    if (recorded) return recorded;
    const newestMs = this.readNewestTime();
    return newestMs > 0 ? { timeMs: newestMs, stoodMs: MAX_TRUST_DELAY_MS } : undefined;
  }

  recordTrust({ timeMs, stoodMs }: Trust): void {
    inTransaction(this.database, () => this.#statements.replaceTrust.run(timeMs, stoodMs));
  }

  readDashboard(name: string): MutableDashboard {
    return this.#getLoaded(name).dashboard;
  }

  readAllDashboards(): MutableDashboard[] {
    return [...this.#dashboards.values()].map(({ dashboard }) => dashboard);
  }

  get #dashboards(): Map<string, LoadedDashboard> {
    return (this.#loadedDashboards ??= loadDashboards(this.#statements));
  }

  #getLoaded(name: string): LoadedDashboard {
    const loaded = this.#dashboards.get(name);
    if (!loaded) throw createTallyError(createUnknownDashboardRefusal(name));
    return loaded;
  }

  #insertDashboard({ name, title, epoch, revision, at }: MutableDashboard): number {
    this.#statements.insertDashboard.run(name, title ?? null, epoch, revision, at);
    return (this.#statements.selectDashboardId.get(name) as { id: number }).id;
  }

  #writeBooking({ id, counterIds, dashboard }: LoadedDashboard, { changeSet, applied }: LedgerBooking): void {
    this.#staged = createStagedWrites();
    this.#stageApplied(id, counterIds, changeSet, applied, dashboard);
    this.#writeStaged();
  }

  #decide(changeSet: ChangeSet, nowMs: number): Reply {
    const { damagedKeys } = this.#staged;
    if (damagedKeys.size > 0 && changeSet.key !== undefined) {
      const id = this.#dashboards.get(changeSet.dashboard)?.id ?? 0;
      const { key, owner = ANONYMOUS_OWNER } = changeSet;
      const refusal = damagedKeys.get(toStagedKey(id, { key, owner })) ?? damagedKeys.get(toStagedKey(id, { key }));
      if (refusal) return { refusal, replayed: false };
    }
    const { reply, applied, replyToStore } = decide(this.#decisionState, changeSet, nowMs, this.retention.keyTtlMs);
    if (!applied && !replyToStore) return reply;
    const { id, dashboard, counterIds } = this.#getLoaded(changeSet.dashboard);
    if (applied) this.#stageApplied(id, counterIds, changeSet, applied, dashboard);
    if (replyToStore && changeSet.key !== undefined) {
      const { key, owner = ANONYMOUS_OWNER } = changeSet;
      const { at, keepUntil, fingerprint, reply: storedReply } = replyToStore;
      this.#staged.storedReplies.set(toStagedKey(id, { key, owner }), replyToStore);
      this.#staged.keys.push(id, key, owner, at, keepUntil, fingerprint, encodeReplyColumn(storedReply));
    }
    return reply;
  }

  #stageApplied(
    id: number,
    counterIds: Map<string, number>,
    { changes, key, reason, who }: ChangeSet,
    { counters, previous, revision, at }: AppliedChangeSet,
    dashboard: MutableDashboard,
  ): void {
    this.#staged.dashboards.set(id, dashboard);
    for (const [name, after] of counters) {
      const counterId = counterIds.get(name);
      if (counterId === undefined) throw new Error(`counter ${name} has no row`);
      const staged = this.#staged.counters.get(counterId);
      if (staged) Object.assign(staged, { after, at });
      else this.#staged.counters.set(counterId, { before: previous.get(name) ?? after, after, at });
    }
    this.#staged.ledger.push(id, revision, at, JSON.stringify(changes), key ?? null, reason ?? null, who ?? null);
  }

  #writeStaged(): void {
    const { dashboards, counters, ledger, keys } = this.#staged;
    const states = [...dashboards].map(([id, { revision, at }]) => `[${id},${revision},${at}]`);
    const totals: string[] = [];
    const points: string[] = [];
    for (const [id, { before, after, at }] of counters) {
      totals.push(`[${id},${after.added},${after.removed}]`);
      const [added, removed] = [after.added - before.added, after.removed - before.removed];
      for (const { stepMs } of BUCKETS) {
        points.push(`[${id},${stepMs},${toBucketStart(at, stepMs)},${after.value},${added},${removed}]`);
      }
    }
    if (ledger.length > 0) {
      this.#statements.updateDashboards.run(toJsonArray(states));
      this.#statements.updateCounters.run(toJsonArray(totals));
      this.#statements.insertPoints.run(toJsonArray(points));
      this.#statements.insertLedger.run(ledger);
    }
    if (keys.length > 0) this.#statements.insertKeys.run(keys);
  }

  /** Stages the replies stored under the keys of a group, with one statement. Most groups have none: keys are new. */
  #loadStoredReplies(changeSets: readonly ChangeSet[], expiryMs: number): void {
    const keysToLoad: string[] = [];
    for (const { dashboard, key, owner = ANONYMOUS_OWNER } of changeSets) {
      const loaded = key === undefined ? undefined : this.#dashboards.get(dashboard);
      if (loaded) keysToLoad.push(JSON.stringify([loaded.id, key, owner]));
    }
    if (keysToLoad.length === 0) return;
    const { storedReplies, damagedKeys } = this.#staged;
    for (const row of this.#statements.selectKeys.all(toJsonArray(keysToLoad)) as DashboardKeyRow[]) {
      try {
        const stored = parseKeyRow(decodeText('name', row.name), row);
        if (stored.keepUntil > expiryMs) storedReplies.set(toStagedKey(row.dashboard, stored), stored);
      } catch (error) {
        if (!isDamage(error)) throw error;
        // Counting again could count twice, so the change set is refused. The others of the group are not affected.
        const refusal = { code: error.code, detail: error.message };
        damagedKeys.set(toStagedKey(row.dashboard, parseOwnedKey(row)), refusal);
        this.reportDamage(error.message);
      }
    }
  }

  /** Discards the state in memory if a write fails, because it is ahead of the file. */
  #reloadOnFailure<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#loadedDashboards = undefined;
      throw error;
    }
  }
}

function createStagedWrites(): StagedWrites {
  return {
    dashboards: new Map(),
    counters: new Map(),
    ledger: [],
    keys: [],
    storedReplies: new Map(),
    damagedKeys: new Map(),
  };
}

function toStagedKey(dashboardId: number, key: OwnedKey): string {
  return `${dashboardId} ${encodeOwnedKey(key)}`;
}

function toJsonArray(rows: readonly string[]): string {
  return `[${rows.join()}]`;
}

/** Decides and writes groups of change sets. A group is one transaction with a few statements, whatever its size. */
import { randomUUID } from 'node:crypto';
import {
  advance,
  type AppliedChangeSet,
  type ChangeSet,
  type Counter,
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
import { type Database, inTransaction } from './database.js';
import { decodeReplyColumn, encodeReplyColumn } from './reply-codec.js';
import {
  type OwnedKeyRow,
  loadDashboards,
  prepareStatements,
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
  /** Replies stored under the keys of the group, before it or by it, by dashboard id and key. */
  readonly storedReplies: Map<string, StoredReply>;
}

export class SqliteWriter {
  readonly #statements: Statements;
  /** Undefined after a failed write, until it is loaded again. */
  #loadedDashboards: Map<string, LoadedDashboard> | undefined;
  #staged = createStagedWrites(new Map());
  readonly #decisionState = {
    findDashboard: (name: string) => this.#dashboards.get(name)?.dashboard,
    findReply: (name: string, key: string) => this.#staged.storedReplies.get(`${this.#getLoaded(name).id} ${key}`),
  };

  constructor(
    private readonly database: Database.Database,
    private readonly retention: Retention,
    private readonly limits: Limits,
    private readonly now: () => number = Date.now,
  ) {
    this.#statements = prepareStatements(database);
    this.#loadedDashboards = loadDashboards(this.#statements);
  }

  /**
   * Decides change sets in order and writes the result durably.
   * @returns a reply for each, in order
   * @throws the error of the driver if the write failed; then no change set was applied
   */
  apply(changeSets: readonly ChangeSet[]): Reply[] {
    return this.#reloadOnFailure(() => {
      const nowMs = this.now();
      const storedReplies = this.#loadStoredReplies(changeSets, nowMs);
      this.#staged = createStagedWrites(storedReplies);
      const replies = changeSets.map((changeSet) => this.#decide(changeSet, nowMs));
      if (this.#staged.ledger.length > 0 || this.#staged.keys.length > 0)
        inTransaction(this.database, () => this.#writeStaged());
      return replies;
    });
  }

  /** As the port says. The cost grows with the definition, not with the dashboard. */
  define(name: string, definition: DashboardDefinition, who?: string): DefinedDashboard {
    const existing = this.#dashboards.get(name);
    const { dashboard, ledgerBooking } = applyDefinition(name, definition, {
      existing: existing?.dashboard,
      dashboardCount: this.#dashboards.size,
      limits: this.limits,
      epoch: randomUUID(),
      nowMs: this.now(),
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
        const ids = this.#statements.selectCounterIds.all(id) as { name: string; id: number }[];
        const loaded: LoadedDashboard = {
          id,
          dashboard,
          counterIds: new Map(ids.map((counter) => [counter.name, counter.id])),
        };
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
  remove(name: string, counter?: string, who?: string): FreshOutcome | undefined {
    const loaded = this.#getLoaded(name);
    const { id, dashboard, counterIds } = loaded;
    if (counter === undefined) {
      this.#reloadOnFailure(() => inTransaction(this.database, () => this.#statements.markDashboardRemoved.run(id)));
      this.#dashboards.delete(name);
      return undefined;
    }
    const booking = createRemovalBooking(dashboard, counter, who, this.now());
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
    this.#staged = createStagedWrites(new Map());
    this.#stageApplied(id, counterIds, changeSet, applied, dashboard);
    this.#writeStaged();
  }

  #decide(changeSet: ChangeSet, nowMs: number): Reply {
    const { reply, applied, replyToStore } = decide(this.#decisionState, changeSet, nowMs);
    if (!applied && !replyToStore) return reply;
    const { id, dashboard, counterIds } = this.#getLoaded(changeSet.dashboard);
    if (applied) this.#stageApplied(id, counterIds, changeSet, applied, dashboard);
    if (replyToStore && changeSet.key !== undefined) {
      this.#staged.storedReplies.set(`${id} ${changeSet.key}`, replyToStore);
      this.#staged.keys.push(
        id,
        changeSet.key,
        replyToStore.at,
        replyToStore.fingerprint,
        encodeReplyColumn(replyToStore.reply),
      );
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

  /** Reads the replies stored under the keys of a group with one statement. Most groups have none: keys are new. */
  #loadStoredReplies(changeSets: readonly ChangeSet[], nowMs: number): Map<string, StoredReply> {
    const keysToLoad: string[] = [];
    for (const { dashboard, key } of changeSets) {
      const loaded = key === undefined ? undefined : this.#dashboards.get(dashboard);
      if (loaded) keysToLoad.push(JSON.stringify([loaded.id, key]));
    }
    const storedReplies = new Map<string, StoredReply>();
    if (keysToLoad.length === 0) return storedReplies;
    for (const row of this.#statements.selectKeys.all(toJsonArray(keysToLoad)) as OwnedKeyRow[]) {
      const { dashboard, name, key, at, fingerprint, reply } = row;
      if (at > nowMs - this.retention.keyTtlMs)
        storedReplies.set(`${dashboard} ${key}`, { fingerprint, at, reply: decodeReplyColumn(name, reply) });
    }
    return storedReplies;
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

function createStagedWrites(storedReplies: Map<string, StoredReply>): StagedWrites {
  return { dashboards: new Map(), counters: new Map(), ledger: [], keys: [], storedReplies };
}

function toJsonArray(rows: readonly string[]): string {
  return `[${rows.join()}]`;
}

/** Decides and writes groups of change sets. A group is one transaction with a few statements, whatever its size. */
import { randomUUID } from 'node:crypto';
import {
  type AppliedChangeSet,
  type ChangeSet,
  type Counter,
  type Dashboard,
  type FreshOutcome,
  type TimeSpan,
  toOutcome,
} from '../../counters/counters.js';
import {
  decide,
  type Decision,
  createTallyError,
  type MutableDashboard,
  type Reply,
  createUnknownDashboardRefusal,
} from '../in-process/decide.js';
import { type LedgerBooking, applyDefinition, applyRemoval } from '../in-process/define.js';
import { MAX_LEAD_MS, MAX_TRUST_DELAY_MS, type Trust } from '../../clock/clock.js';
import { resolveReckoning } from '../../measures/reckoning.js';
import { UndoLimitMap } from '../in-process/undo-limits.js';
import type { UndoLimits } from '../../counters/undo.js';
import { findDay } from '../open-day.js';
import { type Database, inTransaction } from './database.js';
import { redate } from './redate.js';
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
import type { DashboardDefinition, DefinedDashboard, DefineOptions, Limits, Retention } from '../store.js';
import { UndoLookup } from './undo-lookup.js';
import { createStagedWrites, encodeCounters, stageCounters } from './staged-writes.js';

/** A dashboard that was booked ahead of the clock, as it is now. */
export interface RedatedDashboard {
  /** The time of its last change before, milliseconds since the Unix epoch. */
  readonly previousMs: number;
  readonly dashboard: Dashboard;
}

export class SqliteWriter {
  readonly #statements: Statements;
  readonly #undoLookup: UndoLookup;
  /** Undefined after a failed write, until it is loaded again. */
  #loadedDashboards: Map<string, LoadedDashboard> | undefined;
  #staged = createStagedWrites();
  readonly #decisionState = {
    findDashboard: (name: string) => this.#dashboards.get(name)?.dashboard,
    findReply: (name: string, key: string, owner: string) => {
      const { id } = this.getLoaded(name);
      const { storedReplies } = this.#staged;
      return storedReplies.get(toStagedKey(id, { key, owner })) ?? storedReplies.get(toStagedKey(id, { key }));
    },
    findEntry: (name: string, revision: number) => this.#undoLookup.findEntry(this.getLoaded(name).id, name, revision),
    findUndo: (name: string, undone: number) => this.#undoLookup.findUndo(this.getLoaded(name).id, undone),
    getUndoLimits: (name: string, counter: string) => this.getLoaded(name).undoLimits.get(counter),
  };

  constructor(
    private readonly database: Database.Database,
    private readonly retention: Retention,
    private readonly limits: Limits,
    /** Zone of dashboards that name none. */
    private readonly timeZone: string,
    private readonly reportDamage: (finding: string) => void = () => undefined,
  ) {
    this.#statements = prepareStatements(database);
    this.#undoLookup = new UndoLookup(database);
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
      this.#undoLookup.begin(changeSets.some(({ undoes }) => undoes !== undefined));
      const replies = changeSets.map((changeSet) => this.#decide(changeSet, nowMs));
      if (this.#staged.ledger.length > 0 || this.#staged.keys.length > 0)
        inTransaction(this.database, () => this.#writeStaged());
      return replies;
    });
  }

  /** As the port says. The cost grows with the definition, not with the dashboard. */
  define(
    nowMs: number,
    name: string,
    definition: DashboardDefinition,
    options: DefineOptions | undefined,
  ): DefinedDashboard {
    const existing = this.#dashboards.get(name);
    const { dashboard, isChanged, ledgerBooking } = applyDefinition(name, definition, {
      ...options,
      existing: existing?.dashboard,
      dashboardCount: this.#dashboards.size,
      limits: this.limits,
      timeZone: this.timeZone,
      epoch: randomUUID(),
      nowMs,
    });
    if (!isChanged) return { created: false, changed: false, dashboard };
    return this.#reloadOnFailure(() => {
      inTransaction(this.database, () => {
        const id = existing?.id ?? this.#insertDashboard(dashboard);
        if (existing) this.#updateDefinition(id, dashboard);
        const undoLimits = existing?.undoLimits ?? new UndoLimitMap();
        if (ledgerBooking) undoLimits.begin(ledgerBooking.applied.counters.keys(), ledgerBooking.applied.revision);
        const definitions = Object.keys(definition.counters).map((counter) =>
          encodeDefinition(counter, dashboard.counters.get(counter), undoLimits.get(counter)),
        );
        this.#statements.upsertCounters.run(id, toJsonArray(definitions));
        const loaded: LoadedDashboard = { id, dashboard, counterIds: readCounterIds(this.#statements, id), undoLimits };
        if (ledgerBooking) this.#writeBooking(loaded, ledgerBooking);
        this.#dashboards.set(name, loaded);
      });
      return {
        created: !existing,
        changed: true,
        dashboard,
        ...(ledgerBooking && { outcome: toOutcome(name, ledgerBooking.applied) }),
      };
    });
  }

  /** As the port says. Leaves a tombstone, whose data is deleted later (tombstone-cleaner.ts). */
  remove(nowMs: number, name: string, counter?: string, who?: string): FreshOutcome | undefined {
    const { id, dashboard: existing, counterIds, undoLimits } = this.getLoaded(name);
    if (counter === undefined) {
      this.#reloadOnFailure(() => inTransaction(this.database, () => this.#statements.markDashboardRemoved.run(id)));
      this.#dashboards.delete(name);
      return undefined;
    }
    const { dashboard, booking } = applyRemoval(existing, counter, who, nowMs);
    this.#reloadOnFailure(() =>
      inTransaction(this.database, () => {
        this.#updateDefinition(id, dashboard);
        this.#writeBooking({ id, dashboard, counterIds, undoLimits }, booking);
        this.#statements.markCounterRemoved.run(counterIds.get(counter));
      }),
    );
    counterIds.delete(counter);
    undoLimits.delete(counter);
    this.#dashboards.set(name, { id, dashboard, counterIds, undoLimits });
    return toOutcome(name, booking.applied);
  }

  /** Dates what was booked after `nowMs` to it, in dashboards that lead by more than they may. */
  redateAhead(nowMs: number): RedatedDashboard[] {
    const ahead = [...this.#dashboards.values()].filter(({ dashboard }) => dashboard.at > nowMs + MAX_LEAD_MS);
    return this.#reloadOnFailure(() =>
      ahead.map(({ id, dashboard }) => {
        const epoch = randomUUID();
        const day = this.#findDay({ settings: dashboard.settings }, nowMs);
        inTransaction(this.database, () => redate(this.database, { id, epoch, nowMs, day }));
        const previousMs = dashboard.at;
        return { previousMs, dashboard: Object.assign(dashboard, { epoch, at: nowMs, day }) };
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
    return this.getLoaded(name).dashboard;
  }

  readAllDashboards(): MutableDashboard[] {
    return [...this.#dashboards.values()].map(({ dashboard }) => dashboard);
  }

  /** @throws TallyError `unknown-dashboard` */
  getLoaded(name: string): LoadedDashboard {
    const loaded = this.#dashboards.get(name);
    if (!loaded) throw createTallyError(createUnknownDashboardRefusal(name));
    return loaded;
  }

  /** Replaces a dashboard in memory after `write` has done so in the file, in one transaction. */
  replaceLoaded(name: string, loaded: LoadedDashboard, write: () => void): void {
    this.#reloadOnFailure(() => inTransaction(this.database, write));
    this.#dashboards.set(name, loaded);
  }

  get #dashboards(): Map<string, LoadedDashboard> {
    return (this.#loadedDashboards ??= loadDashboards(this.#statements));
  }

  #insertDashboard({ name, settings, version, epoch, revision, at }: MutableDashboard): number {
    this.#statements.insertDashboard.run(name, JSON.stringify(settings), version, epoch, revision, at);
    return (this.#statements.selectDashboardId.get(name) as { id: number }).id;
  }

  #updateDefinition(id: number, { settings, version, day }: MutableDashboard): void {
    this.#statements.updateDefinition.run(JSON.stringify(settings), version, day?.start ?? null, day?.end ?? null, id);
  }

  #findDay(dashboard: Pick<Dashboard, 'day' | 'settings'>, atMs: number): TimeSpan {
    return findDay(dashboard, resolveReckoning(dashboard.settings, this.timeZone), atMs);
  }

  #writeBooking(loaded: LoadedDashboard, { changeSet, applied }: LedgerBooking): void {
    this.#staged = createStagedWrites();
    this.#stageApplied(loaded, changeSet, applied);
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
    const { reply, applied, replyToStore } = this.#decideOrRefuse(changeSet, nowMs);
    if (!applied && !replyToStore) return reply;
    const loaded = this.getLoaded(changeSet.dashboard);
    const { id } = loaded;
    if (applied) this.#stageApplied(loaded, changeSet, applied);
    if (replyToStore && changeSet.key !== undefined) {
      const { key, owner = ANONYMOUS_OWNER } = changeSet;
      const { at, keepUntil, fingerprint, reply: storedReply } = replyToStore;
      this.#staged.storedReplies.set(toStagedKey(id, { key, owner }), replyToStore);
      this.#staged.keys.push(id, key, owner, at, keepUntil, fingerprint, encodeReplyColumn(storedReply));
    }
    return reply;
  }

  /** Refuses the undo of an entry that cannot be decoded. The others of the group are not affected. */
  #decideOrRefuse(changeSet: ChangeSet, nowMs: number): Decision {
    try {
      return decide(this.#decisionState, changeSet, nowMs, this.retention.keyTtlMs);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.reportDamage(error.message);
      return { reply: { refusal: { code: error.code, detail: error.message }, replayed: false } };
    }
  }

  /** Books a change set in its day, which becomes the one of the dashboard. */
  #stageApplied(loaded: LoadedDashboard, changeSet: ChangeSet, applied: AppliedChangeSet): void {
    const { id, dashboard, undoLimits } = loaded;
    const { key = null, reason = null, who = null, undoes } = changeSet;
    const day = this.#findDay(dashboard, applied.at);
    Object.assign(dashboard, { day });
    this.#staged.dashboards.set(id, dashboard);
    undoLimits.record(changeSet, applied);
    this.#undoLookup.record(id, applied, undoes);
    stageCounters(this.#staged, applied, loaded, day);
    const { revision, at, booked } = applied;
    this.#staged.ledger.push(id, revision, at, JSON.stringify(booked), key, reason, who, undoes ?? null);
  }

  #writeStaged(): void {
    const { dashboards, counters, ledger, keys } = this.#staged;
    if (ledger.length > 0) {
      const states = [...dashboards].map(([id, { revision, at, day }]) =>
        JSON.stringify([id, revision, at, day?.start, day?.end]),
      );
      this.#statements.updateDashboards.run(toJsonArray(states));
      const { totals, points, values, levels } = encodeCounters(counters);
      if (totals.length > 0) {
        this.#statements.updateCounters.run(toJsonArray(totals));
        this.#statements.insertPoints.run(toJsonArray(points));
      }
      if (values.length > 0) {
        this.#statements.updateGauges.run(toJsonArray(values));
        this.#statements.insertLevels.run(toJsonArray(levels));
      }
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

/** Encodes a row of `upsertCounters`: name, definition, and of a new counter the level of a gauge, and its limits. */
function encodeDefinition(name: string, counter: Counter | undefined, { start, set }: UndoLimits): string {
  const { definition = {} } = counter ?? {};
  return JSON.stringify([name, JSON.stringify(definition), definition.kind === 'gauge' ? 0 : null, start, set]);
}

function toStagedKey(dashboardId: number, key: OwnedKey): string {
  return `${dashboardId} ${encodeOwnedKey(key)}`;
}

function toJsonArray(rows: readonly string[]): string {
  return `[${rows.join()}]`;
}

/**
 * The store on Redis or Valkey. Many instances share it.
 *
 * Every change is decided and written by one Lua script on the server, atomically, and published to the instances that
 * watch the dashboard. Change sets of one dashboard go through its commit queue, which sends them in groups; dashboards
 * are independent of each other. Reads go to the server; only subscribed dashboards are kept in memory.
 */
import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { Subject, type Subscription } from 'rxjs';
import type { ChangeSet, Dashboard, FreshOutcome, ReplayedOutcome } from '../../counters/counters.js';
import { errorMessage, TallyError } from '../../counters/errors.js';
import { unwrapReply, createStoreUnavailableError } from '../in-process/decide.js';
import type { Durability } from '../durability.js';
import type { PastBounds } from '../past-bounds.js';
import type { LedgerMatches, LedgerSearch } from '../ledger-search.js';
import { assertWithoutHistory } from '../past-builder.js';
import { type PastStaging, stagePast } from '../past-staging.js';
import type { BookedPast, PastLine } from '../past.port.js';
import type { DashboardSummary, StoreEvent } from '../store-events.js';
import { withTimeout } from '../with-timeout.js';
import type { RedisClient } from './client-factory.js';
import { RedisConnection, type RedisConnectionOptions } from './connection.js';
import { prepareDataForm } from './data-form-move.js';
import { DashboardNames } from './dashboard-names.js';
import { DashboardReader } from './dashboard-reader.js';
import { DayStarts } from './day-starts.js';
import { DefinitionWriter } from './definition-writer.js';
import { Subscriptions } from './subscriptions.js';
import { applyInBatches } from './batching.js';
import { ChangesRefusedError, describeRedisError, UnconfirmedWriteError } from './redis-errors.js';
import { RepairLog } from './repairs.js';
import { RedisKeys } from './keys.js';
import { CommitQueue } from './commit-queue.js';
import { findPermissionFault } from './permissions.js';
import { NameCheck } from './name-check.js';
import { PastBooking } from './past-booking.js';
import { RedisDocuments } from './redis-documents.js';
import type { StagingSession } from './import-staging.js';
import { callRepeatedly } from './repeated-call.js';
import { HistoryReader } from './history-reader.js';
import { LedgerReader } from './ledger-reader.js';
import { ServerClock } from './server-clock.js';
import { recallTrust } from './trusted-time.js';
import { RedisUpkeep } from './upkeep.js';
import { createApplyCall, ScriptExecutor } from './script-executor.js';
import {
  CounterStore,
  type CounterSums,
  type DashboardDefinition,
  type DefinedDashboard,
  type DefineOptions,
  type GaugeLevels,
  type Limits,
  type Retention,
  type RowRange,
  type Series,
  type StepMs,
} from '../store.js';

export interface RedisStoreOptions extends RedisConnectionOptions {
  readonly retention: Retention;
  readonly limits: Limits;
  /** Time that a step of the server's clock must stand to be believed, milliseconds. */
  readonly clockSettleMs: number;
  /** Zone of dashboards that name none; default UTC. */
  readonly timeZone?: string;
  /** Change sets that may wait for Redis; `apply` fails with `overloaded` beyond it. */
  readonly maxPending: number;
}

export class RedisStore extends CounterStore {
  override readonly isShared = true;
  readonly events$ = new Subject<StoreEvent>();
  readonly #logger = new Logger(RedisStore.name);
  readonly documents: RedisDocuments;
  readonly #connection: RedisConnection;
  readonly #names: DashboardNames;
  readonly #nameCheck: NameCheck;
  readonly #dashboardReader: DashboardReader;
  readonly #definitionWriter: DefinitionWriter;
  readonly #historyReader: HistoryReader;
  readonly #ledgerReader: LedgerReader;
  readonly #executor: ScriptExecutor;
  readonly #subscriptions: Subscriptions;
  /** Queues of dashboards with pending change sets, or whose changes are refused. */
  readonly #queues = new Map<string, CommitQueue>();
  readonly #repairLog = new RepairLog();
  readonly #failingQueues = new Set<CommitQueue>();
  readonly #readySubscription: Subscription;
  readonly #serverClock: ServerClock;
  readonly #upkeep: RedisUpkeep;
  readonly #stagingSession: StagingSession;
  #pendingCount = 0;
  #isTimeRecalled = false;
  #state: 'open' | 'closed' = 'open';

  constructor(private readonly options: RedisStoreOptions) {
    super();
    const move = { instance: randomUUID(), keyTtlMs: options.retention.keyTtlMs };
    this.#connection = new RedisConnection(options, [
      (client) => findPermissionFault(client, keys, options.waitReplicas + options.waitAof > 0),
      (client) => prepareDataForm(client, keys, move),
      (client) => this.#recallTime(client, keys),
    ]);
    const keys = new RedisKeys(options.prefix, this.#connection.database);
    this.#stagingSession = {
      keys,
      call: (operation) => callRepeatedly(this.#connection, options.timeoutMs, operation),
    };
    this.#names = new DashboardNames(this.#connection, keys);
    this.#nameCheck = new NameCheck(this.#connection, this.#names, options.limits.maxDashboards, (name) =>
      this.#repairLog.record(name, 'name-lost'),
    );
    this.#dashboardReader = new DashboardReader(this.#connection, keys, this.#names);
    this.#ledgerReader = new LedgerReader(this.#connection, keys);
    this.#historyReader = new HistoryReader(this.#connection, keys, () => this.#now());
    this.#serverClock = new ServerClock(options.clockSettleMs);
    const days = new DayStarts(options.timeZone ?? 'UTC');
    this.#executor = new ScriptExecutor(this.#connection, keys, options, this.#serverClock, days, {
      getKnownVersion: (name) => this.#subscriptions.get(name),
      onPatch: (name, patch) => this.#subscriptions.get(name)?.receive(patch),
      onRepair: (name, repair) => this.#repairLog.record(name, repair),
    });
    const writer = { names: this.#names, reader: this.#dashboardReader, executor: this.#executor, days };
    this.#definitionWriter = new DefinitionWriter(writer, options.limits);
    this.documents = new RedisDocuments(this.#connection, keys, {
      call: (operation) => this.#call(operation),
      confirm: (name) => this.#executor.confirmRead(name),
    });
    const hooks = {
      read: (name: string) => this.#readConfirmed(name),
      renewEpoch: (name: string) => this.#renewEpoch(name),
      isFailing: (name: string) => this.#queues.get(name)?.isFailing ?? false,
      publish: (event: StoreEvent) => this.events$.next(event),
    };
    this.#subscriptions = new Subscriptions(this.#connection, keys, hooks, options.timeoutMs);
    this.#upkeep = new RedisUpkeep(this.#connection, keys, this.#names, this.#serverClock, days, options.retention);
    this.#readySubscription = this.#connection.ready$.subscribe((isReady) => void this.#onReadyChange(isReady));
  }

  get isAvailable(): boolean {
    return this.#state === 'open' && this.#connection.isReady && this.#failingQueues.size === 0;
  }

  get durability(): Durability {
    return this.#connection.durability;
  }

  override get clockOffsetMs(): number {
    return this.#serverClock.clock?.offsetMs ?? 0;
  }

  get pending(): number {
    return this.#pendingCount;
  }

  open(): Promise<void> {
    return this.#connection.open();
  }

  async apply(changeSet: ChangeSet): Promise<FreshOutcome | ReplayedOutcome> {
    const [reply] = await this.#enqueue(changeSet.dashboard, 1, (queue) => queue.apply([changeSet]));
    if (!reply) throw createStoreUnavailableError('Redis returned no reply');
    return unwrapReply(reply);
  }

  override applyAll(changeSets: readonly ChangeSet[]) {
    return applyInBatches(changeSets, (dashboard, batch) =>
      this.#enqueue(dashboard, batch.length, (queue) => queue.apply(batch)),
    );
  }

  async readDashboard(name: string): Promise<Dashboard> {
    return this.#adoptRead(await this.#call(() => this.#dashboardReader.read(name)));
  }

  async define(name: string, definition: DashboardDefinition, options?: DefineOptions): Promise<DefinedDashboard> {
    const task = () => this.#call(() => this.#definitionWriter.define(name, definition, options));
    const defined = await this.#enqueue(name, 1, (queue) => queue.run(task));
    this.#adoptRead(defined.dashboard);
    return defined;
  }

  remove(dashboard: string, counter?: string, who?: string): Promise<FreshOutcome | undefined> {
    return this.#enqueue(dashboard, 1, (queue) =>
      queue.run(() =>
        this.#call(async () => {
          const outcome = await this.#definitionWriter.remove(dashboard, counter, who);
          if (counter === undefined) await this.documents.drop(dashboard);
          return outcome;
        }),
      ),
    );
  }

  async bookPast(name: string, lines: AsyncIterable<readonly PastLine[]>, who?: string): Promise<BookedPast> {
    const dashboard = await this.readDashboard(name);
    assertWithoutHistory(dashboard);
    const { requiresConfirmation } = this.#executor;
    const { retention, timeZone = 'UTC' } = this.options;
    const options = { session: this.#stagingSession, retention, requiresConfirmation };
    const booking = await this.#call(() => PastBooking.begin(dashboard, options));
    const staging: PastStaging = {
      dashboard,
      add: (records) => booking.add(records),
      complete: (past) => this.#enqueue(name, 1, (queue) => queue.run(() => booking.complete(past))),
      abort: () => booking.abort(),
    };
    const now = (): number => this.#now();
    const clock = { now, nowForExpiry: () => this.#serverClock.clock?.nowForExpiry() ?? now() };
    const past = await stagePast(staging, lines, { clock, timeZone, who });
    if (requiresConfirmation) {
      await this.#call(() => this.#executor.confirmRead(name));
      await booking.publish(past.dashboard);
    }
    await this.#subscriptions.get(name)?.reread();
    return past;
  }

  async readAllDashboards(): Promise<readonly Dashboard[]> {
    return this.#call(() => this.#dashboardReader.readAll());
  }

  override async listDashboards(after: string, limit: number): Promise<readonly DashboardSummary[]> {
    const summaries = await this.#call(() => this.#dashboardReader.listSummaries(after, limit));
    for (const { name } of summaries) this.#nameCheck.remember(name, true);
    return summaries;
  }

  override listDashboardNames(after: string, limit: number): Promise<readonly string[]> {
    return this.#call(() => this.#names.list(after, limit));
  }

  searchLedger(dashboard: string, search: LedgerSearch): Promise<LedgerMatches> {
    return this.#call(() => this.#ledgerReader.search(dashboard, search));
  }

  readPoints(dashboard: string, counters: readonly string[], stepMs: StepMs, from: number, to: number) {
    return this.#call<ReadonlyMap<string, Series>>(() =>
      this.#historyReader.readPoints(dashboard, counters, stepMs, from, to),
    );
  }

  readSums(dashboard: string, counters: readonly string[], ranges: readonly RowRange[]) {
    return this.#call<ReadonlyMap<string, CounterSums | GaugeLevels>>(() =>
      this.#historyReader.readSums(dashboard, counters, ranges),
    );
  }

  readPastBounds(dashboard: string, counters: readonly string[], moments: readonly number[]): Promise<PastBounds> {
    return this.#call(() => this.#historyReader.readPastBounds(dashboard, counters, moments));
  }

  override subscribe(dashboard: string): Promise<Dashboard> {
    this.#nameCheck.remember(dashboard);
    return this.#call(() => this.#subscriptions.subscribe(dashboard));
  }

  override unsubscribe(dashboard: string): void {
    this.#subscriptions.unsubscribe(dashboard);
  }

  /** Checks that Redis accepts changes: a server that only answers reads counts as unavailable. */
  async ping(): Promise<void> {
    const [failing] = this.#failingQueues;
    if (failing && !this.#connection.isCluster)
      throw createStoreUnavailableError(`changes of ${failing.dashboard} are refused`);
    await this.#call(() => this.#executor.probeServer());
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
    this.#readySubscription.unsubscribe();
    this.#nameCheck.stop();
    this.#subscriptions.close();
    await this.#upkeep.stop();
    await this.#connection.close();
    this.events$.complete();
  }

  /** Reads a dashboard for viewers, who must not see a change that a failover could still lose. */
  async #readConfirmed(name: string): Promise<Dashboard> {
    const dashboard = await this.#dashboardReader.read(name);
    await this.#executor.confirmRead(name);
    return dashboard;
  }

  /**
   * Publishes a read state to viewers of this instance, so that they see no older one. Not where it may be unconfirmed.
   */
  #adoptRead(dashboard: Dashboard): Dashboard {
    if (!this.#executor.requiresConfirmation) this.#subscriptions.get(dashboard.name)?.adoptIfNewer(dashboard);
    return dashboard;
  }

  /** The server's time of day, or that of this machine before the first reply. */
  #now(): number {
    return this.#serverClock.clock?.now() ?? Date.now();
  }

  /** Once in the life of a process: afterwards it has seen the time go on. */
  async #recallTime(client: RedisClient, keys: RedisKeys): Promise<undefined> {
    if (this.#isTimeRecalled) return;
    await recallTrust(client, keys, this.#serverClock);
    this.#isTimeRecalled = true;
  }

  /** Hands change sets or a task to the queue of the dashboard, within the limit of pending ones. */
  async #enqueue<T>(dashboard: string, size: number, enqueue: (queue: CommitQueue) => Promise<T>): Promise<T> {
    if (this.#state === 'closed') throw createStoreUnavailableError('the store is closed');
    if (!this.#connection.isReady) throw createStoreUnavailableError('Redis cannot be reached; nothing was counted');
    if (this.#pendingCount >= this.options.maxPending) {
      throw new TallyError('overloaded', `${this.#pendingCount} change sets are waiting for Redis`);
    }
    this.#pendingCount += size;
    try {
      return await enqueue(this.#getQueue(dashboard));
    } finally {
      this.#pendingCount -= size;
    }
  }

  #getQueue(dashboard: string): CommitQueue {
    const existing = this.#queues.get(dashboard);
    if (existing) return existing;
    this.#nameCheck.remember(dashboard);
    const created = new CommitQueue(dashboard, this.#executor, {
      onDashboardMissing: (name) => void this.#subscriptions.get(name)?.reread(),
      onHealthChange: (queue, reason) => this.#onHealthChange(queue, reason),
      onIdle: (queue) => {
        if (queue.pending === 0) this.#queues.delete(queue.dashboard);
      },
    });
    this.#queues.set(dashboard, created);
    return created;
  }

  /** Subscriptions report staleness on their own; the event without a dashboard tells the others. */
  async #onReadyChange(isReady: boolean): Promise<void> {
    if (!isReady) {
      this.#subscriptions.markAllStale();
      this.events$.next({ kind: 'stale', sinceMs: this.#now() });
      return;
    }
    await this.#subscriptions.resubscribeAll();
    if (this.#connection.isReady) this.events$.next({ kind: 'stale' });
  }

  /** Logs when the first queue refuses changes, when its reason becomes clear, and when all accept them again. */
  #onHealthChange(queue: CommitQueue, reason: string | undefined): void {
    const failingBefore = this.#failingQueues.size;
    const isExplained = this.#failingQueues.has(queue);
    if (reason === undefined) this.#failingQueues.delete(queue);
    else this.#failingQueues.add(queue);
    if ((failingBefore === 0 || isExplained) && reason !== undefined)
      this.#logger.error(`changes are refused: ${reason}`);
    if (failingBefore > 0 && this.#failingQueues.size === 0) this.#logger.log('changes are accepted again');
    if (reason === undefined) void this.#subscriptions.get(queue.dashboard)?.reread();
    else this.#subscriptions.get(queue.dashboard)?.markStale();
  }

  /** Sends an empty call with the version that this instance knows; the script then starts a new epoch. */
  async #renewEpoch(dashboard: string): Promise<void> {
    this.#logger.error(`Redis has lost changes of ${dashboard} that viewers have seen; it continues in a new epoch`);
    await this.#enqueue(dashboard, 1, (queue) =>
      queue.run(() => this.#executor.execute(createApplyCall(dashboard, []))),
    );
  }

  /** Runs an operation with the timeout. Any error that is no TallyError becomes `store-unavailable`. */
  async #call<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#state === 'closed') throw createStoreUnavailableError('the store is closed');
    try {
      return await withTimeout(operation(), this.options.timeoutMs);
    } catch (error) {
      if (error instanceof TallyError) throw error;
      throw createStoreUnavailableError(
        error instanceof UnconfirmedWriteError || error instanceof ChangesRefusedError
          ? describeRedisError(error)
          : `Redis cannot be reached (${errorMessage(error)})`,
      );
    }
  }
}

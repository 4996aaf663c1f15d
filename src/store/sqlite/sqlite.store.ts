/** The embedded store: SQLite in a worker thread, with group commit on the main thread. */
import { setTimeout } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Subject } from 'rxjs';
import { type TimeOfDay, type Trust } from '../../clock/clock.js';
import { type ChangeSet, type Dashboard, type FreshOutcome, type ReplayedOutcome } from '../../counters/counters.js';
import { errorMessage, TallyError } from '../../counters/errors.js';
import { type Reply, toResult, unwrapReply, createStoreUnavailableError } from '../in-process/decide.js';
import { GroupCommitQueue, type GroupLimits } from '../in-process/group-commit-queue.js';
import { type Durability, SQLITE_DURABILITY } from '../durability.js';
import type { StoreIntegrity } from '../integrity.js';
import type { PastBounds } from '../past-bounds.js';
import { stagePast } from '../past-staging.js';
import type { LedgerMatches, LedgerSearch } from '../ledger-search.js';
import type { BookedPast, PastLine } from '../past.port.js';
import type { StoreEvent } from '../store-events.js';
import { BackgroundCheck } from './background-check.js';
import { CommitHealth, describeUnclosed } from './commit-health.js';
import { DamageLog } from './damage-log.js';
import { FileWatch } from './file-watch.js';
import { type FileFault, hideDatabase } from './held-files.js';
import { beginPast } from './past-client.js';
import { SqliteDocuments } from './sqlite-documents.js';
import { ReaderClient } from './reader-client.js';
import { decodeReplies } from './reply-codec.js';
import { decodeSeries } from './series-codec.js';
import { decodeSums } from './sums-codec.js';
import { Upkeep } from './upkeep.js';
import type { RedatedDashboard } from './writer.js';
import { type OpenNotice, type SqliteStoreOptions, WorkerClient, type WorkerMethod } from './worker-client.js';
import { describeRedated } from '../redated.js';
import { withTimeout } from '../with-timeout.js';
import {
  CounterStore,
  type DashboardDefinition,
  type DefinedDashboard,
  type CounterSums,
  type DefineOptions,
  type GaugeLevels,
  type RowRange,
  type Series,
  type StepMs,
} from '../store.js';

/** A larger group is hardly cheaper per change set, and its first change set waits longer. */
const SQLITE_GROUP_LIMITS: GroupLimits = { maxChangeSets: 1_024, maxChanges: Infinity };
/** Interval of warnings while the file is being opened, milliseconds. */
const OPENING_WARNING_INTERVAL_MS = 10_000;
/** Delay before the file is reopened after the worker thread was lost, milliseconds. */
const REOPEN_DELAY_MS = 500;

export class SqliteStore extends CounterStore {
  readonly events$ = new Subject<StoreEvent>();
  readonly #logger = new Logger(SqliteStore.name);
  #worker: WorkerClient | undefined;
  #closed = false;
  #isTimeRecalled = false;
  readonly #queue = new GroupCommitQueue(SQLITE_GROUP_LIMITS, (changeSets) => this.#commit(changeSets));
  readonly #health: CommitHealth;
  /** Dashboards whose removal got no reply: only the file tells whether they still exist. */
  readonly #unconfirmedRemovals = new Set<string>();
  readonly #reader: ReaderClient;
  readonly #files = new FileWatch(this.#logger, {
    check: () => this.#read('checkFiles'),
    onChange: (fault) => this.#onFilesChanged(fault),
  });
  /** True from the moment that another database file stands in place of the opened one until it has been opened. */
  #isReplaced = false;
  readonly #upkeep: Upkeep;
  readonly documents = new SqliteDocuments({
    read: (method, ...args) => this.#read(method, ...args),
    write: (method, dashboard, ...args) => this.#runInTurn(method, dashboard, ...args),
  });
  readonly #damage = new DamageLog(this.#logger);
  readonly #reportDamage = (finding: string): void => this.#damage.record(finding);
  readonly #check = new BackgroundCheck(
    this.#logger,
    () => new ReaderClient(this.options, this.#reportDamage),
    this.#reportDamage,
  );

  constructor(
    private readonly options: SqliteStoreOptions,
    private readonly clock: TimeOfDay,
  ) {
    super();
    this.#health = new CommitHealth(this.#logger, (event) => this.events$.next(event), clock);
    this.#reader = new ReaderClient(options, this.#reportDamage, options.timeoutMs);
    this.#upkeep = new Upkeep(clock, this.#logger, {
      expire: (nowMs) => this.#read<number>('expire', nowMs),
      redate: () => this.#redateAhead(),
      recordTrust: (trust) => this.#read('recordTrust', trust),
    });
  }

  get isAvailable(): boolean {
    return this.#worker !== undefined && !this.#closed && !this.#health.isFailing && !this.#files.fault;
  }

  get durability(): Durability {
    const { fault } = this.#files;
    return fault ? { ...SQLITE_DURABILITY, survives: 'no', warnings: [fault.message] } : SQLITE_DURABILITY;
  }

  override get walBytes(): number {
    return this.#files.walBytes;
  }

  override get integrity(): StoreIntegrity {
    return { check: this.#check.state, findings: this.#damage.findings };
  }

  get pending(): number {
    return this.#queue.pending;
  }

  async open(): Promise<void> {
    const options = { ...this.options, isReplaced: this.#isReplaced };
    const worker = new WorkerClient('#sqlite-writer', options, this.#reportDamage);
    const startMs = performance.now();
    const warningTimer = setInterval(() => {
      const seconds = Math.round((performance.now() - startMs) / 1_000);
      this.#logger.warn(
        `still opening ${this.options.directory} after ${seconds} s: the disk is slow or does not respond`,
      );
    }, OPENING_WARNING_INTERVAL_MS);
    await worker.opened.finally(() => clearInterval(warningTimer));
    if (this.#closed) return worker.call('close');
    this.#worker = worker;
    this.#isReplaced = false;
    void worker.ended.then((reason) => this.#reopen(reason));
    this.#files.start();
    const newestMs = await worker.call<number>('readNewestTime');
    if (!this.#isTimeRecalled) await this.#recallTime(worker);
    this.#check.start(newestMs);
    this.#upkeep.start();
    for (const { message, isWarning } of await worker.call<readonly OpenNotice[]>('readNotices'))
      this.#logger[isWarning ? 'warn' : 'log'](message);
  }

  async apply(changeSet: ChangeSet): Promise<FreshOutcome | ReplayedOutcome> {
    this.#assertAccepting();
    const [reply] = await this.#queue.apply([changeSet]);
    if (!reply) throw createStoreUnavailableError('the store returned no reply');
    return unwrapReply(reply);
  }

  override async applyAll(changeSets: readonly ChangeSet[]) {
    if (changeSets.length === 0) return [];
    try {
      this.#assertAccepting();
      return (await this.#queue.apply(changeSets)).map(toResult);
    } catch (error) {
      if (error instanceof TallyError) return changeSets.map(() => error);
      throw error;
    }
  }

  readDashboard(dashboard: string): Promise<Dashboard> {
    return this.#read('readDashboard', dashboard);
  }

  define(name: string, definition: DashboardDefinition, options?: DefineOptions): Promise<DefinedDashboard> {
    return this.#runInTurn('define', name, definition, options);
  }

  remove(dashboard: string, counter?: string, who?: string): Promise<FreshOutcome | undefined> {
    return this.#runInTurn('remove', dashboard, counter, who);
  }

  async bookPast(name: string, lines: AsyncIterable<readonly PastLine[]>, who?: string): Promise<BookedPast> {
    const staging = await beginPast((method, ...args) => this.#runInTurn(method, name, ...args));
    const past = await stagePast(staging, lines, { clock: this.clock, timeZone: this.options.timeZone, who });
    // Before the outcome of any later change: that comes with another message of the thread.
    this.events$.next({ kind: 'reloaded', dashboard: past.dashboard });
    return past;
  }

  readAllDashboards(): Promise<readonly Dashboard[]> {
    return this.#read('readAllDashboards');
  }

  searchLedger(dashboard: string, search: LedgerSearch): Promise<LedgerMatches> {
    return this.#reader.call('searchLedger', dashboard, search);
  }

  async readPoints(
    dashboard: string,
    counters: readonly string[],
    stepMs: StepMs,
    from: number,
    to: number,
  ): Promise<ReadonlyMap<string, Series>> {
    return decodeSeries(await this.#reader.call('readPoints', dashboard, counters, stepMs, from, to));
  }

  async readSums(
    dashboard: string,
    counters: readonly string[],
    ranges: readonly RowRange[],
  ): Promise<ReadonlyMap<string, CounterSums | GaugeLevels>> {
    return decodeSums(await this.#reader.call('readSums', dashboard, counters, ranges));
  }

  readPastBounds(dashboard: string, counters: readonly string[], moments: readonly number[]): Promise<PastBounds> {
    return this.#reader.call('readPastBounds', dashboard, counters, moments);
  }

  async ping(): Promise<void> {
    const fault = await this.#files.check();
    if (fault) throw createFileError();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#files.stop();
    this.#upkeep.stop();
    await Promise.all([this.#queue.drain(), this.#reader.close(), this.#check.stop()]);
    const fault = await this.#files.check().catch(() => undefined);
    const worker = this.#worker;
    this.#worker = undefined;
    const restoreName = fault?.isOverwritten === true ? hideDatabase(this.options.directory) : undefined;
    if (!fault) await worker?.call('recordTrust', this.clock.trust).catch(() => undefined);
    await worker?.call('close').catch((error: unknown) => this.#logger.error(describeUnclosed(error)));
    // The thread closes the file when it ends, with the last of its statements.
    await worker?.ended;
    restoreName?.();
    this.events$.complete();
  }

  #assertAccepting(): void {
    if (!this.#worker || this.#closed) throw this.#createUnavailableError();
    if (this.#health.isHanging) throw this.#createHangError('nothing was counted');
    if (this.#files.fault) throw createFileError();
    const { pending } = this.#queue;
    if (pending >= this.options.maxPending) {
      throw new TallyError('overloaded', `${pending} change sets are already waiting for the disk`);
    }
  }

  /** Takes in the time that was trusted before this process. Of a file that replaces another one, it says nothing. */
  async #recallTime(worker: WorkerClient): Promise<void> {
    this.#isTimeRecalled = true;
    const trust = await worker.call<Trust | undefined>('readTrust');
    if (trust) this.clock.recall(trust);
  }

  /** In the order of the queue, so that no outcome of the old epoch follows the new one. */
  #redateAhead(): Promise<void> {
    return this.#queue.run(async () => {
      const nowMs = this.clock.now();
      for (const { previousMs, dashboard } of await this.#write<RedatedDashboard[]>('redateAhead', nowMs)) {
        this.#logger.warn(describeRedated(dashboard.name, previousMs - nowMs));
        this.events$.next({ kind: 'reloaded', dashboard });
      }
    });
  }

  /** Sends change sets and replies as JSON: half the cost of cloning that many small objects. */
  async #commit(changeSets: readonly ChangeSet[]): Promise<readonly Reply[]> {
    // Waited while the files were removed or replaced.
    if (this.#files.fault) throw createFileError();
    try {
      const replies = decodeReplies(
        changeSets,
        await this.#write<string>('apply', JSON.stringify(changeSets), this.clock.now(), this.clock.nowForExpiry()),
      );
      this.#health.recordCommit();
      return replies;
    } catch (error) {
      this.#health.recordCommit(error);
      throw error;
    }
  }

  async #runInTurn<T>(method: WorkerMethod, name: string, ...args: readonly unknown[]): Promise<T> {
    this.#assertAccepting();
    return this.#queue.run(async () => {
      if (this.#files.fault) throw createFileError();
      try {
        const result = await this.#write<T>(method, this.clock.now(), name, ...args);
        this.#health.recordCommit();
        return result;
      } catch (error) {
        if (error instanceof TallyError && error.code === 'store-unavailable') {
          if (method === 'remove') this.#unconfirmedRemovals.add(name);
          this.#health.recordCommit(error);
        }
        throw error;
      }
    });
  }

  /** @throws TallyError as `WorkerClient.call`; `store-unavailable` if the thread does not respond in time */
  async #write<T>(...args: Parameters<WorkerClient['call']>): Promise<T> {
    const reply = this.#call<T>(...args);
    try {
      return await withTimeout(reply, this.options.timeoutMs);
    } catch (error) {
      if (error instanceof TallyError) throw error;
      void this.#awaitLateReply(reply);
      throw this.#createHangError('the change may have been counted: retry with the same Idempotency-Key');
    }
  }

  async #read<T>(...args: Parameters<WorkerClient['call']>): Promise<T> {
    if (this.#health.isHanging) throw this.#createHangError();
    try {
      return await withTimeout(this.#call<T>(...args), this.options.timeoutMs);
    } catch (error) {
      throw error instanceof TallyError ? error : this.#createHangError();
    }
  }

  /** Refuses all changes until the thread responds. Then publishes the state of the file: it has the late changes. */
  async #awaitLateReply(reply: Promise<unknown>): Promise<void> {
    this.#health.recordHang();
    this.#queue.rejectPending(this.#createHangError('nothing was counted'));
    try {
      await reply.catch(() => {});
      await this.#publishFile();
      this.#health.recordReloaded();
    } catch {
      // The thread was lost: `#reopen` handles it.
    }
  }

  #call<T>(...[method, ...args]: Parameters<WorkerClient['call']>): Promise<T> {
    return this.#worker ? this.#worker.call<T>(method, ...args) : Promise.reject(this.#createUnavailableError());
  }

  #createHangError(consequence?: string): TallyError {
    const reason = `the disk has not responded for ${this.options.timeoutMs} ms`;
    return createStoreUnavailableError(consequence === undefined ? reason : `${reason}; ${consequence}`);
  }

  #createUnavailableError(): TallyError {
    return createStoreUnavailableError(
      this.#closed ? 'the store is closed' : 'the store was lost and is being reopened',
    );
  }

  /** Refuses changes while files are missing. Opens them anew if a usable database stands in their place. */
  #onFilesChanged(fault: FileFault | undefined): void {
    this.#health.recordFiles(fault?.message);
    if (fault?.canReopen && !this.#closed) void this.#releaseFiles(fault);
  }

  /** Closes the files. The end of the writer thread leads to {@link #reopen}. */
  async #releaseFiles({ isReplaced }: FileFault): Promise<void> {
    try {
      for (const { name } of await this.readAllDashboards()) this.#unconfirmedRemovals.add(name);
      this.#isReplaced = isReplaced;
      await Promise.all([this.#reader.restart(), this.#check.stop()]);
      await this.#call('close');
    } catch (error) {
      this.#logger.error(`cannot close the files: ${errorMessage(error)}`);
    }
  }

  /** Reopens the file after the worker thread was lost, and publishes the state that was found in it. */
  async #reopen(reason: string): Promise<void> {
    this.#worker = undefined;
    // A loop that is already running also handles the loss of a thread that it started.
    if (this.#health.isLost || this.#closed) return;
    this.#health.recordLostThread();
    let loggedReason: string | undefined;
    while (!this.#closed) {
      if (reason !== loggedReason) this.#logger.error(`${reason}: reopening the store`);
      loggedReason = reason;
      try {
        await setTimeout(REOPEN_DELAY_MS);
        if (!this.#worker) await this.open();
        await this.#publishFile();
        this.#files.reset();
        this.#health.recordReloaded();
        return;
      } catch (error) {
        reason = errorMessage(error);
      }
    }
  }

  /** Publishes the state of every dashboard as the file has it. */
  async #publishFile(): Promise<void> {
    for (const dashboard of await this.#call<readonly Dashboard[]>('readAllDashboards')) {
      this.#unconfirmedRemovals.delete(dashboard.name);
      this.events$.next({ kind: 'reloaded', dashboard });
    }
    for (const dashboard of this.#unconfirmedRemovals) this.events$.next({ kind: 'removed', dashboard });
    this.#unconfirmedRemovals.clear();
  }
}

function createFileError(): TallyError {
  return createStoreUnavailableError('the database file was removed or replaced: nothing was changed');
}

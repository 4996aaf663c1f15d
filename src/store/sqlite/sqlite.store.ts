/** The embedded store: SQLite in a worker thread, and on this side of it the group commit. */
import { setImmediate, setTimeout } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Subject } from 'rxjs';
import { type ChangeSet, type Dashboard, type FreshOutcome, type ReplayedOutcome } from '../../counters/counters.js';
import { errorMessage, TallyError } from '../../counters/errors.js';
import { events } from '../../telemetry/events.js';
import { type Reply, toResult, unwrapReply, createStoreUnavailableError } from '../in-process/decide.js';
import { SQLITE_DURABILITY } from '../durability.js';
import type { StoreEvent } from '../store-events.js';
import { CommitHealth } from './commit-health.js';
import { ReaderClient } from './reader-client.js';
import { decodeReplies } from './reply-codec.js';
import { WorkerClient, type WorkerOptions } from './worker-client.js';
import {
  CounterStore,
  type DashboardDefinition,
  type DefinedDashboard,
  type LedgerEntry,
  type CounterSeries,
  type StepMs,
} from '../store.js';

export interface SqliteStoreOptions extends WorkerOptions {
  /** Most change sets that may wait for a commit; beyond it `apply` is refused with `overloaded`. */
  readonly maxPending: number;
}

/** Most change sets in one transaction: a larger group is hardly cheaper, and its first change set waits longer. */
const MAX_GROUP_SIZE = 1_024;
/** Wait before the file is opened again after the thread was lost, milliseconds. */
const REOPEN_DELAY_MS = 500;

type CallArguments = Parameters<WorkerClient['call']>;

/** Change sets that wait for their group, or another call that waits for its turn among them. */
interface QueuedCall {
  readonly work: readonly ChangeSet[] | CallArguments;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

function isWorkerCall(work: QueuedCall['work']): work is CallArguments {
  return typeof work[0] === 'string';
}

export class SqliteStore extends CounterStore {
  readonly events$ = new Subject<StoreEvent>();
  readonly durability = SQLITE_DURABILITY;
  readonly #logger = new Logger(SqliteStore.name);
  #worker: WorkerClient | undefined;
  #closed = false;
  #queue: QueuedCall[] = [];
  /** Change sets and calls in it. */
  #pending = 0;
  /** Set while groups are being gathered and committed. */
  #committing: Promise<void> | undefined;
  readonly #health = new CommitHealth(this.#logger, (heard) => this.events$.next(heard));
  /** Dashboards whose removal was not answered: whether they are gone is in the file. */
  readonly #unconfirmedRemovals = new Set<string>();
  readonly #reader: ReaderClient;

  constructor(private readonly options: SqliteStoreOptions) {
    super();
    this.#reader = new ReaderClient(options);
  }

  get isAvailable(): boolean {
    return this.#worker !== undefined && !this.#closed && !this.#health.isFailing;
  }

  get pending(): number {
    return this.#pending;
  }

  async open(): Promise<void> {
    const worker = new WorkerClient('#sqlite-writer', this.options);
    await worker.opened;
    if (this.#closed) return worker.call('close');
    this.#worker = worker;
    void worker.ended.then((reason) => this.#reopen(reason));
  }

  async apply(changeSet: ChangeSet): Promise<FreshOutcome | ReplayedOutcome> {
    const [reply] = await this.#enqueue<readonly Reply[]>([changeSet]);
    if (!reply) throw createStoreUnavailableError('the store gave no answer');
    return unwrapReply(reply);
  }

  override async applyAll(changeSets: readonly ChangeSet[]) {
    if (changeSets.length === 0) return [];
    try {
      return (await this.#enqueue<readonly Reply[]>(changeSets)).map(toResult);
    } catch (error) {
      if (error instanceof TallyError) return changeSets.map(() => error);
      throw error;
    }
  }

  readDashboard(dashboard: string): Promise<Dashboard> {
    return this.#call('readDashboard', dashboard);
  }

  define(name: string, definition: DashboardDefinition, who?: string): Promise<DefinedDashboard> {
    return this.#enqueue<DefinedDashboard>(['define', name, definition, who]);
  }

  remove(dashboard: string, counter?: string, who?: string): Promise<FreshOutcome | undefined> {
    return this.#enqueue<FreshOutcome | undefined>(['remove', dashboard, counter, who]);
  }

  readAllDashboards(): Promise<readonly Dashboard[]> {
    return this.#call('readAllDashboards');
  }

  readLedger(dashboard: string, after: number, limit: number): Promise<readonly LedgerEntry[]> {
    return this.#reader.call('readLedger', dashboard, after, limit);
  }

  readPoints(dashboard: string, counters: readonly string[], stepMs: StepMs, from: number, to: number) {
    return this.#reader.call<ReadonlyMap<string, CounterSeries>>('readPoints', dashboard, counters, stepMs, from, to);
  }

  async ping(): Promise<void> {
    await this.#call('ping');
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([this.#committing, this.#reader.close()]);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.call('close');
    await worker?.ended;
    this.events$.complete();
  }

  /** While one group is being committed the next gathers. The first waits for the turn of the loop that it came in. */
  async #commitGroups(): Promise<void> {
    await setImmediate();
    while (this.#queue.length > 0) {
      const group = this.#takeGroup();
      if (group.length > 0) await this.#commit(group);
      else await this.#executeNext();
    }
    this.#committing = undefined;
  }

  /** The change sets that wait, up to the first call of another kind: that has its turn after them. */
  #takeGroup(): readonly QueuedCall[] {
    let [count, size] = [0, 0];
    for (const { work } of this.#queue) {
      if (isWorkerCall(work) || (size > 0 && size + work.length > MAX_GROUP_SIZE)) break;
      count += 1;
      size += work.length;
    }
    this.#pending -= size;
    if (count < this.#queue.length) return this.#queue.splice(0, count);
    const group = this.#queue;
    this.#queue = [];
    return group;
  }

  async #executeNext(): Promise<void> {
    const next = this.#queue.shift();
    if (!next || !isWorkerCall(next.work)) return;
    this.#pending -= 1;
    try {
      next.resolve(await this.#call(...next.work));
      this.#health.recordCommit();
    } catch (error) {
      const [method, name] = next.work;
      if (error instanceof TallyError && error.code === 'store-unavailable') {
        if (method === 'remove') this.#unconfirmedRemovals.add(String(name));
        this.#health.recordCommit(error);
      }
      next.reject(error);
    }
  }

  #enqueue<T>(work: QueuedCall['work']): Promise<T> {
    if (!this.#worker || this.#closed) return Promise.reject(this.#createUnavailableError());
    if (this.#pending >= this.options.maxPending) {
      return Promise.reject(new TallyError('overloaded', `${this.#pending} change sets wait for the disk already`));
    }
    this.#pending += isWorkerCall(work) ? 1 : work.length;
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ work, resolve: resolve as (value: unknown) => void, reject });
      this.#committing ??= this.#commitGroups();
    });
  }

  /** Crosses to the thread and back as JSON: twice as cheap as cloning so many small objects. */
  async #commit(group: readonly QueuedCall[]): Promise<void> {
    try {
      const changeSets = group.flatMap(({ work }) => (isWorkerCall(work) ? [] : work));
      const sentMs = performance.now();
      const replies = decodeReplies(changeSets, await this.#call<string>('apply', JSON.stringify(changeSets)));
      if (events.groupCommitted.hasSubscribers) {
        events.groupCommitted.publish({ changeSets: changeSets.length, tookMs: performance.now() - sentMs });
      }
      this.#health.recordCommit();
      let from = 0;
      for (const { work, resolve } of group) resolve(replies.slice(from, (from += work.length)));
    } catch (error) {
      this.#health.recordCommit(error);
      for (const { reject } of group) reject(error);
    }
  }

  #call<T>(...[method, ...args]: Parameters<WorkerClient['call']>): Promise<T> {
    return this.#worker ? this.#worker.call<T>(method, ...args) : Promise.reject(this.#createUnavailableError());
  }

  #createUnavailableError(): TallyError {
    return createStoreUnavailableError(
      this.#closed ? 'the store is closed' : 'the store was lost and is being opened again',
    );
  }

  /** The file is the truth: after a lost thread its state is told as if another instance had made it. */
  async #reopen(reason: string): Promise<void> {
    this.#worker = undefined;
    // The loop goes on when a thread is lost that it has started.
    if (this.#health.isLost || this.#closed) return;
    this.#health.recordLostThread();
    while (!this.#closed) {
      this.#logger.error(`${reason}: opening the store again`);
      try {
        await setTimeout(REOPEN_DELAY_MS);
        if (!this.#worker) await this.open();
        for (const dashboard of await this.readAllDashboards()) {
          this.#unconfirmedRemovals.delete(dashboard.name);
          this.events$.next({ kind: 'reloaded', dashboard });
        }
        for (const dashboard of this.#unconfirmedRemovals) this.events$.next({ kind: 'removed', dashboard });
        this.#unconfirmedRemovals.clear();
        this.#health.recordReopened();
        return;
      } catch (error) {
        reason = errorMessage(error);
      }
    }
  }
}

/** The embedded store: SQLite in a worker thread, and on this side of it the group commit. */
import { setImmediate, setTimeout } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Subject } from 'rxjs';
import { type ChangeSet, type Dashboard, type Outcome, type Snapshot, snapshotOf } from '../counters/counters.js';
import { TallyError } from '../counters/errors.js';
import { errorOf, type Reply, storeUnavailable } from './decide.js';
import { SqliteReads } from './sqlite.reads.js';
import { StoreThread, type WorkerOptions } from './sqlite.thread.js';
import {
  CounterStore,
  type DashboardDefinition,
  type Defined,
  type LedgerEntry,
  messageOf,
  type Series,
  type StepMs,
} from './store.js';

export interface SqliteOptions extends WorkerOptions {
  /** Most change sets that may wait for a commit; beyond it `apply` is refused with `overloaded`. */
  readonly maxWaiting: number;
}

/** Most change sets in one transaction: a larger group is hardly cheaper, and its first change set waits longer. */
const MAX_GROUP = 1_024;
/** Wait before the file is opened again after the thread was lost, milliseconds. */
const REOPEN_MS = 500;

type Call = Parameters<StoreThread['call']>;

/** A change set that waits for its group, or another call that waits for its turn among them. */
interface Waiting {
  readonly work: ChangeSet | Call;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

function isCall(work: ChangeSet | Call): work is Call {
  return Array.isArray(work);
}

export class SqliteStore extends CounterStore {
  readonly remote$ = new Subject<Outcome>();
  readonly #logger = new Logger(SqliteStore.name);
  #thread: StoreThread | undefined;
  #closed = false;
  #waiting: Waiting[] = [];
  /** Set while groups are being gathered and committed. */
  #committing: Promise<void> | undefined;
  #failing = false;
  readonly #reads: SqliteReads;

  constructor(private readonly options: SqliteOptions) {
    super();
    this.#reads = new SqliteReads(options);
  }

  async open(): Promise<void> {
    const thread = new StoreThread('#sqlite.worker', this.options);
    await thread.opened;
    if (this.#closed) return thread.call('close');
    this.#thread = thread;
    void thread.ended.then((reason) => this.#reopen(reason));
  }

  apply(changeSet: ChangeSet): Promise<Outcome> {
    return this.#wait<Outcome>(changeSet);
  }

  snapshot(dashboard: string): Promise<Snapshot> {
    return this.#call('snapshot', dashboard);
  }

  define(name: string, definition: DashboardDefinition): Promise<Defined> {
    return this.#wait<Defined>(['define', name, definition]);
  }

  remove(dashboard: string, counter?: string): Promise<Outcome | undefined> {
    return this.#wait<Outcome | undefined>(['remove', dashboard, counter]);
  }

  dashboards(): Promise<readonly Dashboard[]> {
    return this.#call('dashboards');
  }

  ledger(dashboard: string, after: number, limit: number): Promise<readonly LedgerEntry[]> {
    return this.#reads.call('ledger', dashboard, after, limit);
  }

  points(dashboard: string, counters: readonly string[], stepMs: StepMs, from: number, to: number) {
    return this.#reads.call<ReadonlyMap<string, Series>>('points', dashboard, counters, stepMs, from, to);
  }

  async ping(): Promise<void> {
    await this.#call('ping');
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([this.#committing, this.#reads.close()]);
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.call('close');
    await thread?.ended;
    this.remote$.complete();
  }

  /** While one group is being committed the next gathers. The first waits for the turn of the loop that it came in. */
  async #commitGroups(): Promise<void> {
    await setImmediate();
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      if (group.length > 0) await this.#commit(group);
      else await this.#carryOutNext();
    }
    this.#committing = undefined;
  }

  /** The change sets that wait, up to the first call of another kind: that has its turn after them. */
  #takeGroup(): readonly Waiting[] {
    const most = Math.min(this.#waiting.length, MAX_GROUP);
    let size = 0;
    for (const { work } of this.#waiting) {
      if (size === most || isCall(work)) break;
      size += 1;
    }
    if (size < this.#waiting.length) return this.#waiting.splice(0, size);
    const group = this.#waiting;
    this.#waiting = [];
    return group;
  }

  async #carryOutNext(): Promise<void> {
    const next = this.#waiting.shift();
    if (!next || !isCall(next.work)) return;
    try {
      next.resolve(await this.#call(...next.work));
      this.#noteHealth();
    } catch (error) {
      if (error instanceof TallyError && error.code === 'store-unavailable') this.#noteHealth(error);
      next.reject(error);
    }
  }

  #wait<T>(work: ChangeSet | Call): Promise<T> {
    if (!this.#thread || this.#closed) return Promise.reject(this.#unavailable());
    if (this.#waiting.length >= this.options.maxWaiting) {
      return Promise.reject(
        new TallyError('overloaded', `${this.#waiting.length} change sets wait for the disk already`),
      );
    }
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
      this.#committing ??= this.#commitGroups();
    });
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    try {
      const replies = await this.#call<Reply[]>(
        'apply',
        group.map(({ work }) => work),
      );
      this.#noteHealth();
      for (const [index, { resolve, reject }] of group.entries()) {
        const reply = replies[index];
        if (reply?.outcome) resolve(reply.outcome);
        else reject(reply ? errorOf(reply.refusal, reply.replayed) : storeUnavailable('the store gave no answer'));
      }
    } catch (error) {
      this.#noteHealth(error);
      for (const { reject } of group) reject(error);
    }
  }

  /** Says once that commits fail, and once that they work again, however many there are in between. */
  #noteHealth(failure?: unknown): void {
    if (failure === undefined && this.#failing) this.#logger.log('changes are committed again');
    if (failure !== undefined && !this.#failing) this.#logger.error(`changes are refused: ${messageOf(failure)}`);
    this.#failing = failure !== undefined;
  }

  #call<T>(...[method, ...args]: Parameters<StoreThread['call']>): Promise<T> {
    return this.#thread ? this.#thread.call<T>(method, ...args) : Promise.reject(this.#unavailable());
  }

  #unavailable(): TallyError {
    return storeUnavailable(this.#closed ? 'the store is closed' : 'the store was lost and is being opened again');
  }

  /** The file is the truth: after a lost thread its state is told as if another instance had made it. */
  async #reopen(reason: string): Promise<void> {
    this.#thread = undefined;
    while (!this.#closed) {
      this.#logger.error(`${reason}: opening the store again`);
      try {
        await setTimeout(REOPEN_MS);
        await this.open();
        for (const dashboard of await this.dashboards()) {
          const { revision, at, counters } = snapshotOf(dashboard);
          this.remote$.next({ dashboard: dashboard.name, revision, at, counters, replayed: false });
        }
        return;
      } catch (error) {
        reason = messageOf(error);
      }
    }
  }
}

/** The embedded store: SQLite in a worker thread, and on this side of it the group commit. */
import { setImmediate, setTimeout } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Subject } from 'rxjs';
import { type ChangeSet, type Dashboard, type FreshOutcome, type ReplayedOutcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { told } from '../../telemetry/events.js';
import { type Reply, resultOf, settle, storeUnavailable } from '../in-process/decide.js';
import { ON_DISK } from '../durability.js';
import type { Heard } from '../store-events.js';
import { SqliteHealth } from './commit-health.js';
import { SqliteReads } from './reader-client.js';
import { groupReplies } from './reply-codec.js';
import { StoreThread, type WorkerOptions } from './worker-client.js';
import { messageOf } from '../store-open.error.js';
import {
  CounterStore,
  type DashboardDefinition,
  type Defined,
  type LedgerEntry,
  type Series,
  type StepMs,
} from '../store.js';

export interface SqliteOptions extends WorkerOptions {
  /** Most change sets that may wait for a commit; beyond it `apply` is refused with `overloaded`. */
  readonly maxWaiting: number;
}

/** Most change sets in one transaction: a larger group is hardly cheaper, and its first change set waits longer. */
const MAX_GROUP = 1_024;
/** Wait before the file is opened again after the thread was lost, milliseconds. */
const REOPEN_MS = 500;

type Call = Parameters<StoreThread['call']>;

/** Change sets that wait for their group, or another call that waits for its turn among them. */
interface Waiting {
  readonly work: readonly ChangeSet[] | Call;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

function isCall(work: Waiting['work']): work is Call {
  return typeof work[0] === 'string';
}

export class SqliteStore extends CounterStore {
  readonly remote$ = new Subject<Heard>();
  readonly durability = ON_DISK;
  readonly #logger = new Logger(SqliteStore.name);
  #thread: StoreThread | undefined;
  #closed = false;
  #waiting: Waiting[] = [];
  /** Change sets and calls in it. */
  #waitingWorks = 0;
  /** Set while groups are being gathered and committed. */
  #committing: Promise<void> | undefined;
  readonly #health = new SqliteHealth(this.#logger, (heard) => this.remote$.next(heard));
  /** Dashboards whose removal was not answered: whether they are gone is in the file. */
  readonly #doubtful = new Set<string>();
  readonly #reads: SqliteReads;

  constructor(private readonly options: SqliteOptions) {
    super();
    this.#reads = new SqliteReads(options);
  }

  get isUp(): boolean {
    return this.#thread !== undefined && !this.#closed && !this.#health.isFailing;
  }

  get waiting(): number {
    return this.#waitingWorks;
  }

  async open(): Promise<void> {
    const thread = new StoreThread('#sqlite-writer', this.options);
    await thread.opened;
    if (this.#closed) return thread.call('close');
    this.#thread = thread;
    void thread.ended.then((reason) => this.#reopen(reason));
  }

  async apply(changeSet: ChangeSet): Promise<FreshOutcome | ReplayedOutcome> {
    const [reply] = await this.#wait<readonly Reply[]>([changeSet]);
    if (!reply) throw storeUnavailable('the store gave no answer');
    return settle(reply);
  }

  override async applyAll(changeSets: readonly ChangeSet[]) {
    if (changeSets.length === 0) return [];
    try {
      return (await this.#wait<readonly Reply[]>(changeSets)).map(resultOf);
    } catch (error) {
      if (error instanceof TallyError) return changeSets.map(() => error);
      throw error;
    }
  }

  read(dashboard: string): Promise<Dashboard> {
    return this.#call('read', dashboard);
  }

  define(name: string, definition: DashboardDefinition, who?: string): Promise<Defined> {
    return this.#wait<Defined>(['define', name, definition, who]);
  }

  remove(dashboard: string, counter?: string, who?: string): Promise<FreshOutcome | undefined> {
    return this.#wait<FreshOutcome | undefined>(['remove', dashboard, counter, who]);
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
    let [count, size] = [0, 0];
    for (const { work } of this.#waiting) {
      if (isCall(work) || (size > 0 && size + work.length > MAX_GROUP)) break;
      count += 1;
      size += work.length;
    }
    this.#waitingWorks -= size;
    if (count < this.#waiting.length) return this.#waiting.splice(0, count);
    const group = this.#waiting;
    this.#waiting = [];
    return group;
  }

  async #carryOutNext(): Promise<void> {
    const next = this.#waiting.shift();
    if (!next || !isCall(next.work)) return;
    this.#waitingWorks -= 1;
    try {
      next.resolve(await this.#call(...next.work));
      this.#health.note();
    } catch (error) {
      const [method, name] = next.work;
      if (error instanceof TallyError && error.code === 'store-unavailable') {
        if (method === 'remove') this.#doubtful.add(String(name));
        this.#health.note(error);
      }
      next.reject(error);
    }
  }

  #wait<T>(work: Waiting['work']): Promise<T> {
    if (!this.#thread || this.#closed) return Promise.reject(this.#unavailable());
    if (this.#waitingWorks >= this.options.maxWaiting) {
      return Promise.reject(
        new TallyError('overloaded', `${this.#waitingWorks} change sets wait for the disk already`),
      );
    }
    this.#waitingWorks += isCall(work) ? 1 : work.length;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
      this.#committing ??= this.#commitGroups();
    });
  }

  /** Crosses to the thread and back as JSON: twice as cheap as cloning so many small objects. */
  async #commit(group: readonly Waiting[]): Promise<void> {
    try {
      const changeSets = group.flatMap(({ work }) => (isCall(work) ? [] : work));
      const sentMs = performance.now();
      const replies = groupReplies(changeSets, await this.#call<string>('apply', JSON.stringify(changeSets)));
      if (told.committed.isHeard) {
        told.committed.tell({ changeSets: changeSets.length, tookMs: performance.now() - sentMs });
      }
      this.#health.note();
      let from = 0;
      for (const { work, resolve } of group) resolve(replies.slice(from, (from += work.length)));
    } catch (error) {
      this.#health.note(error);
      for (const { reject } of group) reject(error);
    }
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
    // The loop goes on when a thread is lost that it has started.
    if (this.#health.isLost || this.#closed) return;
    this.#health.noteLost();
    while (!this.#closed) {
      this.#logger.error(`${reason}: opening the store again`);
      try {
        await setTimeout(REOPEN_MS);
        if (!this.#thread) await this.open();
        for (const dashboard of await this.dashboards()) {
          this.#doubtful.delete(dashboard.name);
          this.remote$.next({ kind: 'state', dashboard });
        }
        for (const dashboard of this.#doubtful) this.remote$.next({ kind: 'gone', dashboard });
        this.#doubtful.clear();
        this.#health.noteFound();
        return;
      } catch (error) {
        reason = messageOf(error);
      }
    }
  }
}

/** The embedded store: SQLite in a worker thread, and on this side of it the group commit. */
import { setImmediate, setTimeout } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Subject } from 'rxjs';
import { type ChangeSet, type Dashboard, type Outcome, type Snapshot, snapshotOf } from '../counters/counters.js';
import { TallyError } from '../counters/errors.js';
import { refusalOf, type Reply, storeUnavailable } from './decide.js';
import { StoreThread, type WorkerOptions } from './sqlite.thread.js';
import {
  CounterStore,
  type DashboardDefinition,
  type LedgerEntry,
  messageOf,
  type Point,
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

interface Waiting {
  readonly changeSet: ChangeSet;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
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

  constructor(private readonly options: SqliteOptions) {
    super();
  }

  async open(): Promise<void> {
    const thread = new StoreThread(this.options);
    await thread.opened;
    if (this.#closed) return thread.call('close');
    this.#thread = thread;
    void thread.ended.then((reason) => this.#reopen(reason));
  }

  apply(changeSet: ChangeSet): Promise<Outcome> {
    if (!this.#thread || this.#closed) return Promise.reject(this.#unavailable());
    if (this.#waiting.length >= this.options.maxWaiting) {
      return Promise.reject(
        new TallyError('overloaded', `${this.#waiting.length} change sets wait for the disk already`),
      );
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ changeSet, resolve, reject });
      this.#committing ??= this.#commitGroups();
    });
  }

  snapshot(dashboard: string): Promise<Snapshot> {
    return this.#call('snapshot', dashboard);
  }

  define(name: string, definition: DashboardDefinition): Promise<{ created: boolean; dashboard: Dashboard }> {
    return this.#call('define', name, definition);
  }

  dashboards(): Promise<readonly Dashboard[]> {
    return this.#call('dashboards');
  }

  ledger(dashboard: string, after: number, limit: number): Promise<readonly LedgerEntry[]> {
    return this.#call('ledger', dashboard, after, limit);
  }

  points(dashboard: string, counter: string, stepMs: StepMs, from: number, to: number): Promise<readonly Point[]> {
    return this.#call('points', dashboard, counter, stepMs, from, to);
  }

  async ping(): Promise<void> {
    await this.#call('ping');
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#committing;
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
      const group = this.#waiting.length > MAX_GROUP ? this.#waiting.splice(0, MAX_GROUP) : this.#waiting;
      if (group === this.#waiting) this.#waiting = [];
      await this.#commit(group);
    }
    this.#committing = undefined;
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    try {
      const replies = await this.#call<Reply[]>(
        'apply',
        group.map(({ changeSet }) => changeSet),
      );
      this.#noteHealth();
      for (const [index, { resolve, reject }] of group.entries()) {
        const reply = replies[index];
        if (reply?.outcome) resolve(reply.outcome);
        else reject(reply ? refusalOf(reply) : storeUnavailable('the store gave no answer'));
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

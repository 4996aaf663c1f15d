/** The store on Redis or Valkey: many instances share it, and each change set is one atomic step on the server. */
import { Logger } from '@nestjs/common';
import { Subject, type Subscription } from 'rxjs';
import type { ChangeSet, Dashboard, FreshOutcome, ReplayedOutcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { unwrapReply, createStoreUnavailableError } from '../in-process/decide.js';
import type { Durability } from '../durability.js';
import type { DashboardSummary, StoreEvent } from '../store-events.js';
import { withTimeout } from '../with-timeout.js';
import { RedisConnection, type RedisOptions } from './connection.js';
import { RedisDashboards } from './dashboard-reader.js';
import { RedisDefinitions } from './definitions.js';
import { RedisEars } from './subscriptions.js';
import { inPortions } from './batching.js';
import { reasonOf, Unconfirmed } from './redis-errors.js';
import { RedisKeys } from './keys.js';
import { RedisLane } from './commit-queue.js';
import { RedisPast } from './history-reader.js';
import { groupOf, RedisSteps } from './script-executor.js';
import { errorMessage } from '../store-open.error.js';
import {
  CounterStore,
  type DashboardDefinition,
  type DefinedDashboard,
  type LedgerEntry,
  type Limits,
  type Retention,
  type CounterSeries,
  type StepMs,
} from '../store.js';

export interface RedisStoreOptions extends RedisOptions {
  readonly retention: Retention;
  readonly limits: Limits;
  /** Most change sets that may wait for Redis; beyond it `apply` is refused with `overloaded`. */
  readonly maxPending: number;
}

export class RedisStore extends CounterStore {
  override readonly isShared = true;
  readonly events$ = new Subject<StoreEvent>();
  readonly #logger = new Logger(RedisStore.name);
  readonly #connection: RedisConnection;
  readonly #dashboards: RedisDashboards;
  readonly #definitions: RedisDefinitions;
  readonly #past: RedisPast;
  readonly #steps: RedisSteps;
  readonly #ears: RedisEars;
  /** Dashboards that change sets are on their way to, or that did not take the last ones. */
  readonly #lanes = new Map<string, RedisLane>();
  readonly #failing = new Set<RedisLane>();
  readonly #ready: Subscription;
  #waiting = 0;
  #state: 'open' | 'closed' = 'open';

  constructor(private readonly options: RedisStoreOptions) {
    super();
    const keys = new RedisKeys(options.prefix);
    this.#connection = new RedisConnection(options);
    this.#dashboards = new RedisDashboards(this.#connection, keys);
    this.#past = new RedisPast(this.#connection, keys);
    this.#steps = new RedisSteps(this.#connection, keys, options, {
      seen: (name) => this.#ears.of(name),
      patched: (name, patch) => this.#ears.of(name)?.take(patch),
    });
    this.#definitions = new RedisDefinitions(this.#dashboards, this.#steps, options.limits);
    const hearsay = {
      read: (name: string) => this.#readConfirmed(name),
      renew: (name: string) => this.#renew(name),
      isFailing: (name: string) => this.#lanes.get(name)?.isFailing ?? false,
      tell: (heard: StoreEvent) => this.events$.next(heard),
    };
    this.#ears = new RedisEars(this.#connection, keys, hearsay, options.timeoutMs);
    this.#ready = this.#connection.ready$.subscribe((isReady) => void this.#noteReady(isReady));
  }

  get isAvailable(): boolean {
    return this.#state === 'open' && this.#connection.isReady && this.#failing.size === 0;
  }

  get durability(): Durability {
    return this.#connection.durability;
  }

  get pending(): number {
    return this.#waiting;
  }

  open(): Promise<void> {
    return this.#connection.open();
  }

  async apply(changeSet: ChangeSet): Promise<FreshOutcome | ReplayedOutcome> {
    const [reply] = await this.#take(changeSet.dashboard, 1, (lane) => lane.apply([changeSet]));
    if (!reply) throw createStoreUnavailableError('Redis gave no answer');
    return unwrapReply(reply);
  }

  /** Each dashboard's change sets go their own way, in their order. */
  override applyAll(changeSets: readonly ChangeSet[]) {
    return inPortions(changeSets, (dashboard, portion) =>
      this.#take(dashboard, portion.length, (lane) => lane.apply(portion)),
    );
  }

  async readDashboard(name: string): Promise<Dashboard> {
    return this.#see(await this.#ask(() => this.#dashboards.read(name)));
  }

  async define(name: string, definition: DashboardDefinition, who?: string): Promise<DefinedDashboard> {
    const work = () => this.#ask(() => this.#definitions.define(name, definition, who));
    const defined = await this.#take(name, 1, (lane) => lane.turn(work));
    this.#see(defined.dashboard);
    return defined;
  }

  remove(dashboard: string, counter?: string, who?: string): Promise<FreshOutcome | undefined> {
    return this.#take(dashboard, 1, (lane) =>
      lane.turn(() => this.#ask(() => this.#definitions.remove(dashboard, counter, who))),
    );
  }

  async readAllDashboards(): Promise<readonly Dashboard[]> {
    return this.#ask(() => this.#dashboards.all());
  }

  override listDashboards(after: string, limit: number): Promise<readonly DashboardSummary[]> {
    return this.#ask(() => this.#dashboards.list(after, limit));
  }

  override listDashboardNames(after: string, limit: number): Promise<readonly string[]> {
    return this.#ask(() => this.#dashboards.names(after, limit));
  }

  readLedger(dashboard: string, after: number, limit: number): Promise<readonly LedgerEntry[]> {
    return this.#ask(() => this.#past.ledger(dashboard, after, limit));
  }

  readPoints(dashboard: string, counters: readonly string[], stepMs: StepMs, from: number, to: number) {
    return this.#ask<ReadonlyMap<string, CounterSeries>>(() =>
      this.#past.points(dashboard, counters, stepMs, from, to),
    );
  }

  override subscribe(dashboard: string): Promise<Dashboard> {
    return this.#ask(() => this.#ears.listen(dashboard));
  }

  override unsubscribe(dashboard: string): void {
    this.#ears.unlisten(dashboard);
  }

  /** Asks as a change would be: a server that answers and takes no changes is not there. */
  async ping(): Promise<void> {
    const [failing] = this.#failing;
    if (failing && !this.#connection.isCluster)
      throw createStoreUnavailableError(`changes of ${failing.dashboard} are refused`);
    await this.#ask(() => this.#steps.probeServer());
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()));
    this.#ready.unsubscribe();
    this.#ears.close();
    await this.#connection.close();
    this.events$.complete();
  }

  /** Nobody who watches sees what could be lost, as by a failover to a replica that does not have it yet. */
  async #readConfirmed(name: string): Promise<Dashboard> {
    const dashboard = await this.#dashboards.read(name);
    await this.#steps.confirm(name);
    return dashboard;
  }

  /** Whoever watches here sees nothing older than what others were answered here, but for what may still have to be confirmed. */
  #see(dashboard: Dashboard): Dashboard {
    if (!this.#steps.isConfirmed) this.#ears.of(dashboard.name)?.see(dashboard);
    return dashboard;
  }

  /** Gives change sets to their lane, as many as may wait. */
  async #take<T>(dashboard: string, works: number, give: (lane: RedisLane) => Promise<T>): Promise<T> {
    if (this.#state === 'closed') throw createStoreUnavailableError('the store is closed');
    if (!this.#connection.isReady) throw createStoreUnavailableError('Redis cannot be reached: nothing was counted');
    if (this.#waiting >= this.options.maxPending) {
      throw new TallyError('overloaded', `${this.#waiting} change sets wait for Redis already`);
    }
    this.#waiting += works;
    try {
      return await give(this.#laneOf(dashboard));
    } finally {
      this.#waiting -= works;
    }
  }

  #laneOf(dashboard: string): RedisLane {
    let lane = this.#lanes.get(dashboard);
    if (lane) return lane;
    lane = new RedisLane(dashboard, this.#steps, {
      missing: (name) => void this.#ears.of(name)?.reread(),
      failing: (one, reason) => this.#noteHealth(one, reason),
      idle: (one) => {
        if (one.waiting === 0) this.#lanes.delete(one.dashboard);
      },
    });
    this.#lanes.set(dashboard, lane);
    return lane;
  }

  /** What is listened to is said to be behind by itself; this is for those who wait for the server. */
  async #noteReady(isReady: boolean): Promise<void> {
    if (!isReady) {
      this.#ears.noteBehind();
      this.events$.next({ kind: 'behind', sinceMs: Date.now() });
      return;
    }
    await this.#ears.openAll();
    if (this.#connection.isReady) this.events$.next({ kind: 'behind' });
  }

  /** Says once that changes are refused, and once that they are taken again, however many there are in between. */
  #noteHealth(lane: RedisLane, reason: string | undefined): void {
    const wereFailing = this.#failing.size;
    if (reason === undefined) this.#failing.delete(lane);
    else this.#failing.add(lane);
    if (wereFailing === 0 && reason !== undefined) this.#logger.error(`changes are refused: ${reason}`);
    if (wereFailing > 0 && this.#failing.size === 0) this.#logger.log('changes are taken again');
    if (reason === undefined) void this.#ears.of(lane.dashboard)?.reread();
    else this.#ears.of(lane.dashboard)?.noteBehind();
  }

  /** An empty group tells the server what was seen here. In its turn: of this instance's groups the server knows the last one again. */
  async #renew(dashboard: string): Promise<void> {
    this.#logger.error(`${dashboard}: Redis has lost changes that were shown here; the dashboard gets a new epoch`);
    await this.#take(dashboard, 1, (lane) => lane.turn(() => this.#steps.carryOut(groupOf(dashboard, []))));
  }

  /** What the catalogue does not know is that the store cannot be reached. */
  async #ask<T>(question: () => Promise<T>): Promise<T> {
    if (this.#state === 'closed') throw createStoreUnavailableError('the store is closed');
    try {
      return await withTimeout(question(), this.options.timeoutMs);
    } catch (error) {
      if (error instanceof TallyError) throw error;
      throw createStoreUnavailableError(
        error instanceof Unconfirmed ? reasonOf(error) : `Redis cannot be reached (${errorMessage(error)})`,
      );
    }
  }
}

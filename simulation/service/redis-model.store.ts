/**
 * The shared store on the model of Redis. What an instance decides by itself is real: commit queues, subscriptions, and
 * the order of patches. The connection and the executor of scripts are modelled.
 */
import { EventEmitter } from 'node:events';
import { Subject } from 'rxjs';
import type { ChangeSet, Dashboard, FreshOutcome, ReplayedOutcome } from '../../src/counters/counters.js';
import { TallyError } from '../../src/counters/errors.js';
import { retry } from '../../src/retry/retry.js';
import type { DocumentStore } from '../../src/store/document-store.js';
import { MEMORY_DURABILITY } from '../../src/store/durability.js';
import { createStoreUnavailableError, unwrapReply } from '../../src/store/in-process/decide.js';
import type { LedgerSearch } from '../../src/store/ledger-search.js';
import type { BookedPast } from '../../src/store/past.port.js';
import { CommitQueue } from '../../src/store/redis/commit-queue.js';
import type { RedisConnection } from '../../src/store/redis/connection.js';
import type { RedisKeys } from '../../src/store/redis/keys.js';
import { createUnavailableError, describeRedisError, isTransient } from '../../src/store/redis/redis-errors.js';
import type { ScriptResult } from '../../src/store/redis/reply-codec.js';
import type { ScriptCall, ScriptExecutor } from '../../src/store/redis/script-executor.js';
import { Subscriptions } from '../../src/store/redis/subscriptions.js';
import {
  CounterStore,
  type DashboardDefinition,
  type DefinedDashboard,
  type DefineOptions,
  type RowRange,
  type StepMs,
} from '../../src/store/store.js';
import type { StoreEvent } from '../../src/store/store-events.js';
import { withTimeout } from '../../src/store/with-timeout.js';
import type { Life } from '../world/life.js';
import { type RedisModel, toChannel } from './redis-model.js';

const TIMEOUT_MS = 3_000;
const RESEND_DELAY_MS = 50;

export class RedisModelStore extends CounterStore {
  override readonly isShared = true;
  readonly events$ = new Subject<StoreEvent>();
  readonly durability = MEMORY_DURABILITY;
  readonly documents: DocumentStore;
  readonly #channels = new Set<string>();
  readonly #subscriber = new EventEmitter();
  readonly #queues = new Map<string, CommitQueue>();
  readonly #subscriptions: Subscriptions;
  #lastCallId = 0;
  #isReady = false;
  #isClosed = false;

  constructor(
    private readonly redis: RedisModel,
    private readonly life: Life,
  ) {
    super();
    const { documents } = redis.store;
    this.documents = {
      listDashboards: () => this.#call(() => documents.listDashboards()),
      read: (name, range) => this.#call(() => documents.read(name, range)),
      write: (name, expected, changes) => this.#call(() => documents.write(name, expected, changes)),
    };
    const connection = {
      subscriber: this.#subscriber,
      subscribe: (channel: string) => this.redis.call(async () => void this.#channels.add(channel)),
      unsubscribe: async (channel: string) => void this.#channels.delete(channel),
      reads: { hmget: (name: string) => this.redis.call(() => this.#readVersion(name)) },
    };
    const keys = { toChannel, toDashboardKey: (name: string) => name };
    this.#subscriptions = new Subscriptions(
      connection as unknown as RedisConnection,
      keys as unknown as RedisKeys,
      {
        read: (name) => this.redis.call(() => this.redis.store.readDashboard(name)),
        renewEpoch: () => Promise.reject(new Error('the model of Redis loses nothing')),
        isFailing: (name) => this.#queues.get(name)?.isFailing ?? false,
        publish: (event) => this.events$.next(event),
      },
      TIMEOUT_MS,
    );
  }

  get isAvailable(): boolean {
    return this.#isReady && !this.#isClosed;
  }

  get pending(): number {
    return 0;
  }

  async open(): Promise<void> {
    this.redis.listen({
      life: this.life,
      channels: this.#channels,
      receive: (channel, text) => void this.#subscriber.emit('smessage', channel, text),
      onReadyChange: (isReady) => void this.#onReadyChange(isReady),
    });
  }

  async apply(changeSet: ChangeSet): Promise<FreshOutcome | ReplayedOutcome> {
    const [reply] = await this.#getQueue(changeSet.dashboard).apply([changeSet]);
    if (!reply) throw createStoreUnavailableError('Redis returned no reply');
    return unwrapReply(reply);
  }

  async readDashboard(name: string): Promise<Dashboard> {
    const dashboard = await this.#call(() => this.redis.store.readDashboard(name));
    this.#subscriptions.get(name)?.adoptIfNewer(dashboard);
    return dashboard;
  }

  async define(name: string, definition: DashboardDefinition, options?: DefineOptions): Promise<DefinedDashboard> {
    const defined = await this.#getQueue(name).run(() =>
      this.#call(async () => {
        const result = await this.redis.store.define(name, definition, options);
        if (result.changed) this.redis.publishReload(result.dashboard);
        return result;
      }),
    );
    this.#subscriptions.get(name)?.adoptIfNewer(defined.dashboard);
    return defined;
  }

  remove(name: string, counter?: string, who?: string): Promise<FreshOutcome | undefined> {
    return this.#getQueue(name).run(() =>
      this.#call(async () => {
        const dashboard = await this.redis.store.readDashboard(name);
        const outcome = await this.redis.store.remove(name, counter, who);
        this.redis.publishReload(dashboard);
        return outcome;
      }),
    );
  }

  bookPast(): Promise<BookedPast> {
    return Promise.reject(new Error('the simulation books no past'));
  }

  readAllDashboards() {
    return this.#call(() => this.redis.store.readAllDashboards());
  }

  searchLedger(name: string, search: LedgerSearch) {
    return this.#call(() => this.redis.store.searchLedger(name, search));
  }

  readPoints(name: string, counters: readonly string[], stepMs: StepMs, from: number, to: number) {
    return this.#call(() => this.redis.store.readPoints(name, counters, stepMs, from, to));
  }

  readSums(name: string, counters: readonly string[], ranges: readonly RowRange[]) {
    return this.#call(() => this.redis.store.readSums(name, counters, ranges));
  }

  readPastBounds(name: string, counters: readonly string[], moments: readonly number[]) {
    return this.#call(() => this.redis.store.readPastBounds(name, counters, moments));
  }

  override subscribe(name: string): Promise<Dashboard> {
    return this.#guard(() => this.#subscriptions.subscribe(name));
  }

  override unsubscribe(name: string): void {
    this.#subscriptions.unsubscribe(name);
  }

  async ping(): Promise<void> {
    await this.#call(async () => undefined);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
    this.#subscriptions.close();
    this.events$.complete();
  }

  async #readVersion(name: string): Promise<(string | null)[]> {
    const dashboard = await this.redis.store.readDashboard(name).catch(() => undefined);
    if (!dashboard) return [null, null, null, null];
    const { epoch, revision, at, version } = dashboard;
    return [epoch, ...[revision, at, version].map(String)];
  }

  async #onReadyChange(isReady: boolean): Promise<void> {
    if (isReady === this.#isReady) return;
    this.#isReady = isReady;
    if (!isReady) {
      // A lost connection has no subscriptions.
      this.#channels.clear();
      this.#subscriptions.markAllStale();
      this.events$.next({ kind: 'stale', sinceMs: Date.now() });
      return;
    }
    await this.#subscriptions.resubscribeAll();
    if (this.#isReady) this.events$.next({ kind: 'stale' });
  }

  #getQueue(name: string): CommitQueue {
    if (this.#isClosed || !this.#isReady)
      throw createStoreUnavailableError('Redis cannot be reached; nothing was counted');
    const known = this.#queues.get(name);
    if (known) return known;
    const executor = {
      isReachable: true,
      execute: (call: ScriptCall) => this.#execute(call),
      probe: () =>
        withTimeout(
          this.redis.call(async () => undefined),
          TIMEOUT_MS,
        ),
    };
    const queue = new CommitQueue(name, executor as unknown as ScriptExecutor, {
      onDashboardMissing: (dashboard) => void this.#subscriptions.get(dashboard)?.reread(),
      onHealthChange: ({ dashboard }, reason) => {
        const subscription = this.#subscriptions.get(dashboard);
        if (reason === undefined) void subscription?.reread();
        else subscription?.markStale();
      },
      onIdle: ({ pending, dashboard }) => {
        if (pending === 0) this.#queues.delete(dashboard);
      },
    });
    this.#queues.set(name, queue);
    return queue;
  }

  /** As the executor: asks again under the same number until there is a reply, or the deadline has passed. */
  async #execute(call: ScriptCall): Promise<ScriptResult> {
    this.#lastCallId += 1;
    const id = this.#lastCallId;
    const deadlineMs = performance.now() + TIMEOUT_MS;
    const attempt = async (): Promise<ScriptResult> => {
      const sent = this.redis.call(() => this.redis.execute(this.life.name, id, call, deadlineMs));
      const result = await withTimeout(sent, deadlineMs - performance.now());
      if (result.late) throw new Error('the deadline has passed');
      if (result.patch) this.#subscriptions.get(call.dashboard)?.receive(result.patch);
      return result;
    };
    try {
      return await retry(attempt, (error) => (isTransient(error) ? RESEND_DELAY_MS : undefined), deadlineMs);
    } catch (error) {
      throw createUnavailableError(describeRedisError(error), true);
    }
  }

  #call<T>(work: () => Promise<T>): Promise<T> {
    return this.#guard(() => this.redis.call(work));
  }

  async #guard<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw createStoreUnavailableError('the store is closed');
    try {
      return await withTimeout(operation(), TIMEOUT_MS);
    } catch (error) {
      if (error instanceof TallyError) throw error;
      throw createStoreUnavailableError(`Redis cannot be reached (${error instanceof Error ? error.message : ''})`);
    }
  }
}

/** The way of change sets to one dashboard: while one group is on its way the next gathers. */
import { setImmediate, setTimeout as pause } from 'node:timers/promises';
import type { ChangeSet } from '../../counters/counters.js';
import { errorMessage, TallyError } from '../../counters/errors.js';
import { events } from '../../telemetry/events.js';
import { type Reply, createStoreUnavailableError } from '../in-process/decide.js';
import { BatchSize } from './batching.js';
import { decodeReply } from './reply-codec.js';
import { createApplyCall, type ScriptExecutor } from './script-executor.js';

/** Pause between two looks whether the server takes changes again, milliseconds. */
const PROBE_INTERVAL_MS = 250;

/** Work that has its turn among the change sets. */
type Task = () => Promise<unknown>;

interface QueueEntry {
  readonly job: readonly ChangeSet[] | Task;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What a lane tells its store. */
export interface CommitQueueHooks {
  /** The dashboard is not there. */
  readonly onDashboardMissing: (dashboard: string) => void;
  /** Whether it takes change sets has changed. */
  readonly onHealthChange: (queue: CommitQueue, reason: string | undefined) => void;
  /** Nothing waits and nothing is on its way. */
  readonly onIdle: (queue: CommitQueue) => void;
}

export class CommitQueue {
  #state: 'open' | 'failing' | 'closed' = 'open';
  #failureReason = '';
  #entries: QueueEntry[] = [];
  #pendingCount = 0;
  #draining: Promise<void> | undefined;

  constructor(
    readonly dashboard: string,
    private readonly executor: ScriptExecutor,
    private readonly hooks: CommitQueueHooks,
  ) {}

  /** Change sets and turns that wait or are on their way. */
  get pending(): number {
    return this.#pendingCount;
  }

  get isFailing(): boolean {
    return this.#state === 'failing';
  }

  /** A reply for each change set, in order. They go with one group: `inPortions` cuts them so. @throws TallyError `store-unavailable` */
  apply(changeSets: readonly ChangeSet[]): Promise<readonly Reply[]> {
    return this.#enqueue<readonly Reply[]>(changeSets, changeSets.length);
  }

  /** Does something when its turn has come. @throws what that throws, or TallyError `store-unavailable` */
  run<T>(task: () => Promise<T>): Promise<T> {
    return this.#enqueue<T>(task, 1);
  }

  /** Finishes what was accepted. */
  async close(): Promise<void> {
    if (this.#state === 'failing') this.#rejectAll('the store is closed');
    this.#state = 'closed';
    await this.#draining;
  }

  #enqueue<T>(job: QueueEntry['job'], size: number): Promise<T> {
    if (this.#state !== 'open')
      return Promise.reject(createNotAppliedError(this.#failureReason || 'the store is closed'));
    this.#pendingCount += size;
    return new Promise<T>((resolve, reject) => {
      this.#entries.push({ job, resolve: resolve as (value: unknown) => void, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** The first waits for the turn of the loop that it came in: others of that turn go with it. */
  async #drain(): Promise<void> {
    await setImmediate();
    while (this.#entries.length > 0) {
      const batch = this.#takeBatch();
      try {
        await (batch.length > 0 ? this.#commit(batch) : this.#runTask());
      } catch (error) {
        this.#fail(extractFailureReason(error));
      }
    }
    this.#draining = undefined;
    if (this.#state === 'open') this.hooks.onIdle(this);
  }

  /** The change sets that wait, up to the first turn of another kind. */
  #takeBatch(): QueueEntry[] {
    const size = new BatchSize();
    const end = this.#entries.findIndex(({ job }) => typeof job === 'function' || !size.tryAdd(job));
    return this.#entries.splice(0, end < 0 ? this.#entries.length : end);
  }

  async #commit(batch: readonly QueueEntry[]): Promise<void> {
    const changeSets = batch.flatMap(({ job }) => (typeof job === 'function' ? [] : job));
    try {
      const sentMs = performance.now();
      const { replies = [] } = await this.executor.execute(createApplyCall(this.dashboard, changeSets));
      if (events.groupCommitted.hasSubscribers) {
        events.groupCommitted.publish({ changeSets: changeSets.length, tookMs: performance.now() - sentMs });
      }
      const all = replies.map((reply) => decodeReply(this.dashboard, reply));
      if (all[0]?.refusal?.code === 'unknown-dashboard') this.hooks.onDashboardMissing(this.dashboard);
      let start = 0;
      for (const { job: work, resolve } of batch) resolve(all.slice(start, (start += work.length)));
    } catch (error) {
      for (const { reject } of batch) reject(error);
      throw error;
    } finally {
      this.#pendingCount -= changeSets.length;
    }
  }

  async #runTask(): Promise<void> {
    const next = this.#entries.shift();
    if (!next || typeof next.job !== 'function') return;
    try {
      next.resolve(await next.job());
    } catch (error) {
      next.reject(error);
      if (error instanceof TallyError && error.code !== 'store-unavailable') return;
      throw error;
    } finally {
      this.#pendingCount -= 1;
    }
  }

  /** Whoever waits would wait in vain: they are told at once, and so is who comes until the server takes changes again. */
  #fail(reason: string): void {
    this.#rejectAll(reason);
    if (this.#state !== 'open') return;
    this.#state = 'failing';
    this.#failureReason = reason;
    this.hooks.onHealthChange(this, reason);
    void this.#recover();
  }

  #rejectAll(reason: string): void {
    for (const { job, reject } of this.#entries.splice(0)) {
      this.#pendingCount -= typeof job === 'function' ? 1 : job.length;
      reject(createNotAppliedError(reason));
    }
  }

  async #recover(): Promise<void> {
    while (this.#state === 'failing') {
      await pause(PROBE_INTERVAL_MS);
      if (!this.executor.isReachable) continue;
      try {
        await this.executor.probe(this.dashboard);
      } catch {
        // Said when it began, and told by health meanwhile.
        continue;
      }
      if (this.#state !== 'failing') return;
      this.#state = 'open';
      this.#failureReason = '';
      this.hooks.onHealthChange(this, undefined);
      this.hooks.onIdle(this);
    }
  }
}

/** Of what was never sent. */
function createNotAppliedError(reason: string): TallyError {
  return createStoreUnavailableError(`${reason}: nothing was counted`);
}

/** Why a group was not carried out, without what that means for the change sets in it. */
function extractFailureReason(error: unknown): string {
  return error instanceof TallyError && typeof error.cause === 'string' ? error.cause : errorMessage(error);
}

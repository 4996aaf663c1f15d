/**
 * The change sets of one dashboard, in order: group commit, and a circuit breaker. After a failure the queue refuses
 * change sets at once and probes the server until it accepts changes again.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { ChangeSet } from '../../counters/counters.js';
import { errorMessage, TallyError } from '../../counters/errors.js';
import { type Reply, createStoreUnavailableError } from '../in-process/decide.js';
import { GroupCommitQueue } from '../in-process/group-commit-queue.js';
import { REDIS_GROUP_LIMITS } from './batching.js';
import { ChangesRefusedError } from './redis-errors.js';
import { decodeScriptReply } from './reply-codec.js';
import { createApplyCall, type ScriptExecutor } from './script-executor.js';

/** Interval between probes while the server refuses changes, milliseconds. */
const PROBE_INTERVAL_MS = 250;

interface CommitQueueHooks {
  /** The script found no such dashboard. */
  readonly onDashboardMissing: (dashboard: string) => void;
  /** The queue refuses change sets for `reason`, which may become clearer later, or accepts them again (undefined). */
  readonly onHealthChange: (queue: CommitQueue, reason: string | undefined) => void;
  /** Nothing is queued and nothing is being committed. */
  readonly onIdle: (queue: CommitQueue) => void;
}

export class CommitQueue {
  #state: 'open' | 'failing' | 'closed' = 'open';
  #failureReason = '';
  readonly #groups: GroupCommitQueue;

  constructor(
    readonly dashboard: string,
    private readonly executor: ScriptExecutor,
    private readonly hooks: CommitQueueHooks,
  ) {
    this.#groups = new GroupCommitQueue(REDIS_GROUP_LIMITS, (changeSets) => this.#commit(changeSets), {
      onFailure: (error) => this.#onFailure(error),
      onIdle: () => {
        if (this.#state === 'open') this.hooks.onIdle(this);
      },
    });
  }

  /** Change sets and tasks that are queued. */
  get pending(): number {
    return this.#groups.pending;
  }

  get isFailing(): boolean {
    return this.#state === 'failing';
  }

  /**
   * Applies change sets in one script call, so they must fit into one (`applyInBatches` splits them).
   * @returns one reply for each change set, in order
   * @throws TallyError `store-unavailable`
   */
  apply(changeSets: readonly ChangeSet[]): Promise<readonly Reply[]> {
    return this.#state === 'open' ? this.#groups.apply(changeSets) : Promise.reject(this.#createClosedError());
  }

  /** Runs a task in its turn among the change sets. @throws the error of the task, or TallyError `store-unavailable` */
  run<T>(task: () => Promise<T>): Promise<T> {
    return this.#state === 'open' ? this.#groups.run(task) : Promise.reject(this.#createClosedError());
  }

  /** Refuses new change sets and finishes the accepted ones. */
  async close(): Promise<void> {
    this.#state = 'closed';
    await this.#groups.drain();
  }

  #createClosedError(): TallyError {
    return createNotAppliedError(this.#failureReason || 'the store is closed');
  }

  async #commit(changeSets: readonly ChangeSet[]): Promise<readonly Reply[]> {
    const { replies = [], fault } = await this.executor.execute(createApplyCall(this.dashboard, changeSets));
    // Counted, but the next one would be incomplete as well.
    if (fault !== undefined) this.#startRefusing(`Redis leaves changes incomplete (${fault})`);
    const decoded = replies.map((reply) => decodeScriptReply(this.dashboard, reply));
    if (decoded[0]?.refusal?.code === 'unknown-dashboard') this.hooks.onDashboardMissing(this.dashboard);
    return decoded;
  }

  /**
   * Rejects everything that is queued, since it would fail as well, and refuses new change sets until a probe succeeds.
   */
  #onFailure(error: unknown): void {
    // A refused task says nothing about the server.
    if (error instanceof TallyError && error.code !== 'store-unavailable') return;
    this.#startRefusing(extractFailureReason(error));
  }

  #startRefusing(reason: string): void {
    this.#groups.rejectPending(createNotAppliedError(reason));
    if (this.#state !== 'open') return;
    this.#state = 'failing';
    this.#failureReason = reason;
    this.hooks.onHealthChange(this, reason);
    void this.#recover();
  }

  #explain(reason: string): void {
    if (this.#state !== 'failing' || reason === this.#failureReason) return;
    this.#failureReason = reason;
    this.hooks.onHealthChange(this, reason);
  }

  async #recover(): Promise<void> {
    while (this.#state === 'failing') {
      await pause(PROBE_INTERVAL_MS);
      if (!this.executor.isReachable) continue;
      try {
        await this.executor.probe(this.dashboard);
      } catch (error) {
        // The probe knows which permission is missing, and which key is of another type.
        if (error instanceof ChangesRefusedError) this.#explain(error.message);
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

/** For change sets that were never sent. */
function createNotAppliedError(reason: string): TallyError {
  return createStoreUnavailableError(`${reason}; nothing was counted`);
}

/** Returns the bare reason, without the part of the message that says whether the change sets were counted. */
function extractFailureReason(error: unknown): string {
  return error instanceof TallyError && typeof error.cause === 'string' ? error.cause : errorMessage(error);
}

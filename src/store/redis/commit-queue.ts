/** The way of change sets to one dashboard: group commit, and refusal while the server takes none. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ChangeSet } from '../../counters/counters.js';
import { errorMessage, TallyError } from '../../counters/errors.js';
import { type Reply, createStoreUnavailableError } from '../in-process/decide.js';
import { GroupCommitQueue } from '../in-process/group-commit-queue.js';
import { REDIS_GROUP_LIMITS } from './batching.js';
import { decodeScriptReply } from './reply-codec.js';
import { createApplyCall, type ScriptExecutor } from './script-executor.js';

/** Pause between two looks whether the server takes changes again, milliseconds. */
const PROBE_INTERVAL_MS = 250;

/** What a lane tells its store. */
interface CommitQueueHooks {
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

  /** Change sets and turns that wait. */
  get pending(): number {
    return this.#groups.pending;
  }

  get isFailing(): boolean {
    return this.#state === 'failing';
  }

  /** A reply for each change set, in order. They go with one group: `applyInBatches` cuts them so. @throws TallyError `store-unavailable` */
  apply(changeSets: readonly ChangeSet[]): Promise<readonly Reply[]> {
    return this.#state === 'open' ? this.#groups.apply(changeSets) : Promise.reject(this.#createClosedError());
  }

  /** Does something when its turn has come. @throws what that throws, or TallyError `store-unavailable` */
  run<T>(task: () => Promise<T>): Promise<T> {
    return this.#state === 'open' ? this.#groups.run(task) : Promise.reject(this.#createClosedError());
  }

  /** Finishes what was accepted. */
  async close(): Promise<void> {
    this.#state = 'closed';
    await this.#groups.drain();
  }

  #createClosedError(): TallyError {
    return createNotAppliedError(this.#failureReason || 'the store is closed');
  }

  async #commit(changeSets: readonly ChangeSet[]): Promise<readonly Reply[]> {
    const { replies = [] } = await this.executor.execute(createApplyCall(this.dashboard, changeSets));
    const decoded = replies.map((reply) => decodeScriptReply(this.dashboard, reply));
    if (decoded[0]?.refusal?.code === 'unknown-dashboard') this.hooks.onDashboardMissing(this.dashboard);
    return decoded;
  }

  /** Whoever waits would wait in vain: they are told at once, and so is who comes until the server takes changes again. */
  #onFailure(error: unknown): void {
    // A task that was refused says nothing about the server.
    if (error instanceof TallyError && error.code !== 'store-unavailable') return;
    const reason = extractFailureReason(error);
    this.#groups.rejectPending(createNotAppliedError(reason));
    if (this.#state !== 'open') return;
    this.#state = 'failing';
    this.#failureReason = reason;
    this.hooks.onHealthChange(this, reason);
    void this.#recover();
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

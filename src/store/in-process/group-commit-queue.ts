/** Group commit: a FIFO queue that commits change sets in groups. */
import { setImmediate } from 'node:timers/promises';
import { type ChangeSet, MAX_CHANGES } from '../../counters/counters.js';
import { events } from '../../telemetry/events.js';
import type { Reply } from './decide.js';

/**
 * Limits of one group. Change sets that were enqueued together stay together, so a group of one entry may exceed them.
 */
export interface GroupLimits {
  readonly maxChangeSets: number;
  /** Changes in all change sets of the group. One that undoes a revision may have as many as any. */
  readonly maxChanges: number;
}

/** Turns of the event loop for which the next group is gathered. A turn without requests takes 2 us. */
const MAX_GATHER_TURNS = 8;
const MAX_QUIET_TURNS = 3;

/** Size of a group while it is being filled. */
export class GroupSize {
  #changeSetCount = 0;
  #changeCount = 0;

  constructor(private readonly limits: GroupLimits) {}

  /** Adds change sets if the group is empty or they fit. @returns true if they were added */
  tryAdd(changeSets: readonly ChangeSet[]): boolean {
    const changeSetCount = this.#changeSetCount + changeSets.length;
    let changeCount = this.#changeCount;
    for (const { changes, undoes } of changeSets) changeCount += undoes === undefined ? changes.length : MAX_CHANGES;
    const isWithinLimits = changeSetCount <= this.limits.maxChangeSets && changeCount <= this.limits.maxChanges;
    if (!isWithinLimits && this.#changeSetCount > 0) return false;
    this.#changeSetCount = changeSetCount;
    this.#changeCount = changeCount;
    return true;
  }
}

export interface GroupCommitHooks {
  /** A group or a task failed, and its callers know. Called before the next group is taken. */
  readonly onFailure?: (error: unknown) => void;
  /** Nothing is queued and nothing is being committed. */
  readonly onIdle?: () => void;
}

/** Work that runs alone, in the order of the queue. */
type QueuedTask = () => Promise<unknown>;

interface QueuedJob {
  readonly job: readonly ChangeSet[] | QueuedTask;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A durable commit costs about as much for a thousand change sets as for one, so the queue does not commit them one by
 * one. While a group is being committed the next one gathers, and is as large as the load and the limits make it; no
 * timer delays a change. After a pause the first change set waits for the end of the event loop's turn: all change sets
 * that arrived with it join its group. After a group of several callers with one change set each, the queue first
 * yields to the event loop a few times. Clients that wait for their answer send the next change when they have it: they
 * would form a group of one and a group of all others in turn, with a commit for each. A task (a definition, a removal)
 * is a boundary: it runs after everything that was enqueued before it and before everything that was enqueued after it.
 */
export class GroupCommitQueue {
  #jobs: QueuedJob[] = [];
  #pendingCount = 0;
  /** Set while groups are gathered and committed. */
  #draining: Promise<void> | undefined;

  /**
   * @param commitGroup resolves with a reply for each change set, in order; if it rejects, all of them fail with its
   *   error
   */
  constructor(
    private readonly limits: GroupLimits,
    private readonly commitGroup: (changeSets: readonly ChangeSet[]) => Promise<readonly Reply[]>,
    private readonly hooks: GroupCommitHooks = {},
  ) {}

  /** Change sets and tasks that are queued, without those being committed. */
  get pending(): number {
    return this.#pendingCount;
  }

  /** Enqueues change sets that are committed in the same group. @throws what `commitGroup` throws */
  apply(changeSets: readonly ChangeSet[]): Promise<readonly Reply[]> {
    return this.#enqueue<readonly Reply[]>(changeSets, changeSets.length);
  }

  /** Enqueues a task. @throws what the task throws */
  run<T>(task: () => Promise<T>): Promise<T> {
    return this.#enqueue<T>(task, 1);
  }

  /** Rejects everything that is queued. What is being committed is left alone. */
  rejectPending(error: unknown): void {
    const jobs = this.#jobs;
    this.#jobs = [];
    this.#pendingCount = 0;
    for (const { reject } of jobs) reject(error);
  }

  /** Resolves when everything that was enqueued has been committed. */
  async drain(): Promise<void> {
    await this.#draining;
  }

  #enqueue<T>(job: QueuedJob['job'], size: number): Promise<T> {
    this.#pendingCount += size;
    return new Promise<T>((resolve, reject) => {
      this.#jobs.push({ job, resolve: resolve as (value: unknown) => void, reject });
      this.#draining ??= this.#commitJobs();
    });
  }

  async #commitJobs(): Promise<void> {
    await setImmediate();
    while (this.#jobs.length > 0) {
      const group = this.#takeGroup();
      try {
        await (group.length > 0 ? this.#commit(group) : this.#runTask());
      } catch (error) {
        this.hooks.onFailure?.(error);
      }
      if (group.length > 1 && group.every(isSingleChangeSet)) await this.#gather(group.length);
    }
    this.#draining = undefined;
    this.hooks.onIdle?.();
  }

  /**
   * Lets the callers of a group come back before the next group is taken: waits until as many jobs are queued as it
   * had, or until {@link MAX_GATHER_TURNS} are over, or {@link MAX_QUIET_TURNS} that brought nothing.
   */
  async #gather(jobCount: number): Promise<void> {
    let quietTurns = 0;
    for (let turn = 0; turn < MAX_GATHER_TURNS && quietTurns < MAX_QUIET_TURNS; turn += 1) {
      const before = this.#jobs.length;
      if (before >= jobCount) return;
      await setImmediate();
      // In the first turn the answers are written.
      if (turn > 0 && this.#jobs.length === before) quietTurns += 1;
    }
  }

  /**
   * Takes the change sets at the head of the queue, up to the limits or the next task. Empty if a task is at the head.
   */
  #takeGroup(): readonly QueuedJob[] {
    const size = new GroupSize(this.limits);
    let count = 0;
    for (const { job } of this.#jobs) {
      if (typeof job === 'function' || !size.tryAdd(job)) break;
      count += 1;
      this.#pendingCount -= job.length;
    }
    if (count < this.#jobs.length) return this.#jobs.splice(0, count);
    const group = this.#jobs;
    this.#jobs = [];
    return group;
  }

  async #commit(group: readonly QueuedJob[]): Promise<void> {
    try {
      const changeSets: ChangeSet[] = [];
      for (const { job } of group) {
        if (typeof job !== 'function') for (const changeSet of job) changeSets.push(changeSet);
      }
      const startMs = performance.now();
      const replies = await this.commitGroup(changeSets);
      if (events.groupCommitted.hasSubscribers) {
        events.groupCommitted.publish({ changeSets: changeSets.length, tookMs: performance.now() - startMs });
      }
      let start = 0;
      for (const { job, resolve } of group) resolve(replies.slice(start, (start += job.length)));
    } catch (error) {
      for (const { reject } of group) reject(error);
      throw error;
    }
  }

  async #runTask(): Promise<void> {
    const next = this.#jobs.shift();
    if (!next || typeof next.job !== 'function') return;
    this.#pendingCount -= 1;
    try {
      next.resolve(await next.job());
    } catch (error) {
      next.reject(error);
      throw error;
    }
  }
}

/** True for a job of a client that sends one change set and waits for its answer. Bulk uploads send many at once. */
function isSingleChangeSet({ job }: QueuedJob): boolean {
  return job.length === 1;
}

/**
 * Passes the changes of one caller on to the upstream, in order. Those that arrive while a request is on its way go
 * with the next one, and each has a key, so that one without an answer can be sent again. Workers send them to their
 * parent as lines of a stream, and without keys of their own: the parent ends with its workers, so nothing is sent
 * again.
 */
import { randomUUID } from 'node:crypto';
import { setImmediate, setTimeout as pause } from 'node:timers/promises';
import type { ChangeSet } from '../../counters/counters.js';
import { computeBackoffMs } from '../../retry/retry.js';
import { sendTogether, takeTogether } from './change-request.js';
import { ChangeStream } from './change-stream.js';
import { type RelayedCaller, runAsCaller } from './relayed-caller.js';
import type { Upstream } from './upstream.js';
import { type Applied, type Attempt, needsOwnRequest, type WaitingChange } from './waiting-change.js';

/** Bounds of the random delays between two attempts, milliseconds. */
const INITIAL_RETRY_DELAY_MS = 50;
const MAX_RETRY_DELAY_MS = 1_000;

/** Makes keys that follow each other: a store writes those of a group next to each other. */
const createKey = ((prefix: string) => {
  let count = 0;
  return (): string => `${prefix}-${(count += 1).toString(36).padStart(8, '0')}`;
})(randomUUID());

export interface ChangeQueueOptions {
  /** Time that a change may wait for its answer, milliseconds. */
  readonly timeoutMs: number;
  /** Tells if changes may go as a stream now. */
  readonly mayStream: () => boolean;
  /** Called when the queue is empty. */
  readonly onIdle: () => void;
}

export class ChangeQueue {
  readonly #waiting: WaitingChange[] = [];
  #stream: ChangeStream | undefined;
  #isRunning = false;
  #isClosing = false;
  #idle = Promise.resolve();

  /** @param caller in whose name the changes are sent */
  constructor(
    private readonly upstream: Upstream,
    private readonly caller: RelayedCaller,
    private readonly options: ChangeQueueOptions,
  ) {}

  /** @throws TallyError of the upstream; `store-unavailable` if it does not answer in time */
  apply(changeSet: ChangeSet): Promise<Applied> {
    const { dashboard, changes, reason, key = this.upstream.isParent ? undefined : createKey() } = changeSet;
    const line = JSON.stringify({ dashboard, changes, key, reason });
    const deadlineMs = performance.now() + this.options.timeoutMs;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ changeSet, key, line, deadlineMs, resolve, reject });
      if (this.#isRunning) {
        this.#stream?.wake();
      } else {
        this.#isRunning = true;
        this.#idle = runAsCaller(this.caller, () => this.#run());
      }
    });
  }

  /** Takes no more changes. Resolves when every change has its answer. */
  close(): Promise<void> {
    this.#isClosing = true;
    this.#stream?.end();
    return this.#idle;
  }

  async #run(): Promise<void> {
    // The changes of one turn of the event loop go together.
    await setImmediate();
    for (let failures = 0; this.#waiting.length > 0;) {
      const { hasAnswers, unanswered, isUnread, error } = await this.#attempt();
      failures = hasAnswers ? 0 : failures + 1;
      const delayMs = Math.random() * computeBackoffMs(failures, INITIAL_RETRY_DELAY_MS, MAX_RETRY_DELAY_MS);
      const retryAtMs = performance.now() + delayMs;
      const retried = unanswered.filter(({ key, deadlineMs, reject }) => {
        const maySendAgain = isUnread || key !== undefined;
        const mayRetry = maySendAgain && error.code === 'store-unavailable' && retryAtMs < deadlineMs;
        if (!mayRetry) reject(error);
        return mayRetry;
      });
      if (retried.length === 0) continue;
      this.#waiting.unshift(...retried);
      await pause(delayMs);
    }
    this.#isRunning = false;
    this.options.onIdle();
  }

  /** Sends changes once. */
  async #attempt(): Promise<Attempt> {
    const { timeoutMs, mayStream } = this.options;
    const [first] = this.#waiting;
    if (!first || needsOwnRequest(first) || this.#isClosing || !mayStream())
      return sendTogether(takeTogether(this.#waiting), this.upstream, this.caller, timeoutMs);
    this.#stream = new ChangeStream(this.#waiting, this.upstream, this.caller, timeoutMs);
    const attempt = await this.#stream.run();
    this.#stream = undefined;
    return attempt;
  }
}

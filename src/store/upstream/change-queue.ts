/**
 * Passes the changes of one caller on to the upstream, in order: those that arrive while a request is on its way go
 * with the next one, as lines of `POST /changes`. Each has a key, so a request that was not answered is repeated.
 */
import { randomUUID } from 'node:crypto';
import { setImmediate, setTimeout as pause } from 'node:timers/promises';
import type { ServerProblem } from '../../client/errors.js';
import type { ChangeSet, FreshOutcome, Outcome, ReplayedOutcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { computeBackoffMs } from '../../retry/retry.js';
import { type RelayedCaller, runAsCaller } from './relayed-caller.js';
import {
  createUnreachableError,
  NOT_TALLYBOARD,
  toTallyError,
  type Upstream,
  type UpstreamRequest,
} from './upstream.js';

/** Most lines of a request: fewer than the invalid ones that end a stream. */
const MAX_LINES = 500;
/** Longest line that the route takes is 64 KiB. A longer change set has a request of its own. */
const MAX_LINE_LENGTH = 20_000;
/** Most text of a request, UTF-16 code units: the answer to a body of at most 1 MiB comes after the whole body. */
const MAX_TEXT_LENGTH = 300_000;
/** Bounds of the random delays between two attempts, milliseconds. */
const INITIAL_RETRY_DELAY_MS = 50;
const MAX_RETRY_DELAY_MS = 1_000;

export type Applied = FreshOutcome | ReplayedOutcome;

interface WaitingChange {
  readonly changeSet: ChangeSet;
  /** That of the caller, or one of the relay. */
  readonly key: string;
  readonly line: string;
  readonly deadlineMs: number;
  readonly resolve: (outcome: Applied) => void;
  readonly reject: (error: TallyError) => void;
}

export class ChangeQueue {
  #waiting: WaitingChange[] = [];
  #isRunning = false;
  #idle = Promise.resolve();

  /**
   * @param caller in whose name the changes are sent
   * @param timeoutMs time that a change may wait for its answer, milliseconds
   * @param onIdle called when the queue is empty
   */
  constructor(
    private readonly upstream: Upstream,
    private readonly caller: RelayedCaller,
    private readonly timeoutMs: number,
    private readonly onIdle: () => void,
  ) {}

  /** @throws TallyError of the upstream; `store-unavailable` if it does not answer in time */
  apply(changeSet: ChangeSet): Promise<Applied> {
    const { dashboard, changes, reason, key = randomUUID() } = changeSet;
    const line = JSON.stringify({ dashboard, changes, key, reason });
    const deadlineMs = performance.now() + this.timeoutMs;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ changeSet, key, line, deadlineMs, resolve, reject });
      if (!this.#isRunning) {
        this.#isRunning = true;
        this.#idle = this.#run();
      }
    });
  }

  /** Resolves when every change has its answer. */
  whenIdle(): Promise<void> {
    return this.#idle;
  }

  async #run(): Promise<void> {
    // The changes of one turn of the event loop go together.
    await setImmediate();
    while (this.#waiting.length > 0) {
      const changes = this.#waiting.splice(0, countTogether(this.#waiting));
      await runAsCaller(this.caller, () => this.#send(changes));
    }
    this.#isRunning = false;
    this.onIdle();
  }

  /** Sends changes until each of them has an answer or is out of time. */
  async #send(changes: readonly WaitingChange[]): Promise<void> {
    let unanswered = changes;
    for (let failures = 0; unanswered.length > 0; failures += 1) {
      const { answered, error } = await this.#attempt(unanswered);
      const retryAtMs =
        performance.now() + Math.random() * computeBackoffMs(failures, INITIAL_RETRY_DELAY_MS, MAX_RETRY_DELAY_MS);
      unanswered = unanswered.slice(answered).filter(({ deadlineMs, reject }) => {
        const mayRetry = error.code === 'store-unavailable' && retryAtMs < deadlineMs;
        if (!mayRetry) reject(error);
        return mayRetry;
      });
      if (unanswered.length > 0) await pause(retryAtMs - performance.now());
    }
  }

  /** Sends a request. @returns how many of the changes have their answer, and why the others have none */
  async #attempt(changes: readonly WaitingChange[]): Promise<{ answered: number; error: TallyError }> {
    let answered = 0;
    try {
      const { statusCode, headers, body } = await this.upstream.request({
        method: 'POST',
        timeoutMs: this.timeoutMs,
        ...toRequest(changes, this.caller),
      });
      const text = await body.text();
      const retryAfterS = Number(headers['retry-after']) || undefined;
      const isSingle = needsOwnRequest(changes[0]);
      if (statusCode !== 200 && !isSingle)
        return { answered, error: toTallyError(JSON.parse(text) as ServerProblem, retryAfterS) };
      const isReplayed = headers['idempotent-replayed'] === 'true';
      for (const line of isSingle ? [text] : text.split('\n')) {
        const change = changes[answered];
        if (line === '' || !change) break;
        settle(change, JSON.parse(line) as Answer, isReplayed, retryAfterS);
        answered += 1;
      }
      return { answered, error: createUnreachableError(new Error('it has not answered')) };
    } catch (cause) {
      return { answered, error: cause instanceof TallyError ? cause : createUnreachableError(cause) };
    }
  }
}

type Answer = Outcome | (ServerProblem & { readonly replayed?: boolean });

/** Returns how many of the changes go with one request: at least the first. */
function countTogether(changes: readonly WaitingChange[]): number {
  let [count, length] = [0, 0];
  for (const change of changes) {
    if (count > 0 && (count === MAX_LINES || length > MAX_TEXT_LENGTH || needsOwnRequest(change))) break;
    count += 1;
    length += change.line.length;
    if (needsOwnRequest(change)) break;
  }
  return count;
}

function needsOwnRequest(change: WaitingChange | undefined): boolean {
  return change !== undefined && (change.changeSet.undoes !== undefined || change.line.length > MAX_LINE_LENGTH);
}

function toRequest(
  changes: readonly WaitingChange[],
  { authorization }: RelayedCaller,
): Pick<UpstreamRequest, 'path' | 'headers' | 'body'> {
  const [first] = changes;
  const sender = { ...(authorization !== undefined && { authorization }) };
  if (!first || !needsOwnRequest(first)) {
    const headers = { ...sender, 'content-type': 'application/x-ndjson' };
    return { path: '/changes', headers, body: changes.map(({ line }) => `${line}\n`).join('') };
  }
  const { dashboard, changes: own, undoes, reason } = first.changeSet;
  return {
    path: `/dashboards/${dashboard}/changes`,
    headers: { ...sender, 'content-type': 'application/json', 'idempotency-key': first.key },
    body: JSON.stringify(undoes === undefined ? { changes: own, reason } : { undoes, reason }),
  };
}

/**
 * Settles a change with its answer. Answers have no totals: those come with the watch. A caller that sent no key is not
 * told that the relay's own key was replayed.
 */
function settle(
  { changeSet, resolve, reject }: WaitingChange,
  answer: Answer,
  isReplayed: boolean,
  retryAfterS: number | undefined,
): void {
  if (!('status' in answer) && typeof answer.revision !== 'number') throw new Error(NOT_TALLYBOARD);
  const replayed = (answer.replayed ?? isReplayed) && changeSet.key !== undefined;
  if ('status' in answer) reject(toTallyError(answer, retryAfterS, replayed));
  else if (replayed) resolve({ ...answer, replayed });
  else resolve({ ...answer, replayed: false, added: {}, removed: {} });
}

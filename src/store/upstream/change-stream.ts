/**
 * Sends changes of one caller as lines of a long `POST /changes`: each line goes at once, however many wait for their
 * answers, which come in the same order. Proxies hold such a request back, or break it: it is for a parent process.
 */
import { Readable } from 'node:stream';
import type { ServerProblem } from '../../client/errors.js';
import { TallyError } from '../../counters/errors.js';
import type { RelayedCaller } from './relayed-caller.js';
import { createUnreachableError, toTallyError, type Upstream } from './upstream.js';
import {
  type Attempt,
  type ChangeAnswer,
  isUnread,
  needsOwnRequest,
  settleChange,
  type WaitingChange,
} from './waiting-change.js';

/** A stream without changes ends after this time, milliseconds: each one takes a connection. */
const MAX_IDLE_MS = 2_000;

export class ChangeStream {
  /** Changes that are sent and have no answer, oldest first. */
  readonly #sent: WaitingChange[] = [];
  readonly #body = new Readable({ read: () => {} });
  readonly #controller = new AbortController();
  /** The beginning of an answer whose end has not arrived yet. */
  #pending = '';
  #hasAnswers = false;
  #isUnread = false;
  #isEnding = false;
  #isScheduled = false;
  #usedMs = performance.now();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param waiting changes to send, which the stream takes from the front
   * @param timeoutMs time that a change may wait for its answer, milliseconds
   */
  constructor(
    private readonly waiting: WaitingChange[],
    private readonly upstream: Upstream,
    private readonly caller: RelayedCaller,
    private readonly timeoutMs: number,
  ) {}

  /** Sends changes until one comes that needs a request of its own, or none has come for a while. */
  async run(): Promise<Attempt> {
    // It ends with an error where the upstream ends the request: the response, or its lack, tells of that.
    this.#body.on('error', () => {});
    this.upstream.openStreams += 1;
    this.#flush();
    this.#check();
    try {
      return this.#endWith(await this.#exchange());
    } catch (cause) {
      return this.#endWith(cause instanceof TallyError ? cause : createUnreachableError(cause));
    } finally {
      this.upstream.openStreams -= 1;
      clearTimeout(this.#timer);
    }
  }

  /** Sends what has come to the queue, with all that comes in the same turn of the event loop. */
  wake(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  /** Ends the stream once every change has its answer. */
  end(): void {
    this.#flush();
    this.#endBody();
  }

  async #exchange(): Promise<TallyError> {
    const { authorization } = this.caller;
    const { statusCode, headers, body } = await this.upstream.request({
      method: 'POST',
      path: '/changes',
      headers: { 'content-type': 'application/x-ndjson', ...(authorization !== undefined && { authorization }) },
      body: this.#body,
      signal: this.#controller.signal,
      timeoutMs: this.timeoutMs,
      isStream: true,
    });
    if (statusCode !== 200) {
      const problem = (await body.json()) as ServerProblem;
      return toTallyError(problem, Number(headers['retry-after']) || undefined);
    }
    await new Promise<void>((resolve, reject) => {
      body.setEncoding('utf8');
      body.on('data', (text: string) => {
        try {
          this.#receive(text);
        } catch (error) {
          reject(error);
        }
      });
      body.once('end', resolve);
      body.once('error', reject);
    });
    return createUnreachableError(new Error('it has ended the stream'));
  }

  #endWith(error: TallyError): Attempt {
    this.#isEnding = true;
    this.#body.destroy();
    return { hasAnswers: this.#hasAnswers, unanswered: this.#sent, isUnread: this.#isUnread, error };
  }

  #flush(): void {
    if (this.#isEnding) return;
    let count = this.waiting.findIndex(needsOwnRequest);
    const isBlocked = count >= 0;
    if (!isBlocked) count = this.waiting.length;
    if (count > 0) {
      const changes = this.waiting.splice(0, count);
      this.#body.push(changes.map(({ line }) => `${line}\n`).join(''));
      this.#sent.push(...changes);
      this.#usedMs = performance.now();
    }
    if (isBlocked) this.#endBody();
  }

  #endBody(): void {
    if (!this.#isEnding) this.#body.push(null);
    this.#isEnding = true;
  }

  #receive(text: string): void {
    const lines = (this.#pending + text).split('\n');
    this.#pending = lines.pop() ?? '';
    for (const [index, line] of lines.entries()) {
      const answer = JSON.parse(line) as ChangeAnswer;
      const change = this.#sent[index];
      if (!change || isUnread(answer)) {
        this.#sent.splice(0, index);
        this.#isUnread = true;
        this.#endBody();
        return;
      }
      settleChange(change, answer);
      this.#hasAnswers = true;
    }
    this.#sent.splice(0, lines.length);
  }

  /** Gives up if a change has waited too long, and ends when there are none. */
  #check(): void {
    const nowMs = performance.now();
    const oldest = this.#sent[0] ?? this.waiting[0];
    if (oldest && oldest.deadlineMs <= nowMs) {
      this.#controller.abort(createUnreachableError(new Error('it does not answer')));
      return;
    }
    if (!oldest && this.#usedMs + MAX_IDLE_MS <= nowMs) this.#endBody();
    const dueMs = oldest ? oldest.deadlineMs : nowMs + Math.min(MAX_IDLE_MS, this.timeoutMs);
    this.#timer = setTimeout(() => this.#check(), dueMs - nowMs);
  }
}

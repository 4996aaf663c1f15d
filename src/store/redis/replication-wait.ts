/** Sends what has to be confirmed in rounds: what came together is sent together, and when all of it is answered one wait is for all of it. */
import type { Redis } from 'ioredis';
import { errorMessage } from '../../counters/errors.js';
import { UnconfirmedWriteError } from './redis-errors.js';

/** What an acknowledgement waits for. */
export interface ReplicationWaitOptions {
  readonly timeoutMs: number;
  /** Replicas that have to have a change. */
  readonly waitReplicas: number;
  /** Servers that have to have it on their disk: 0 for none, 1 for the master, more for replicas too. */
  readonly waitAof: number;
}

/** How long a wait is asked for first, and at most, milliseconds. */
const [INITIAL_WAIT_TIMEOUT_MS, MAX_WAIT_TIMEOUT_MS] = [10, 250];

interface PendingSend {
  readonly send: () => Promise<unknown>;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A wait holds its connection up, so that sending meanwhile would gain nothing; and it is sent when nothing else is on its way, for
 * a replica tells how far its disk is before it writes what came together with the question, and then no more for a second
 * (Redis 8.0, Valkey 8.1).
 */
export class ReplicationWait {
  /** What waits for the next round, by connection. */
  readonly #pendingSends = new WeakMap<Redis, PendingSend[]>();

  constructor(private readonly options: ReplicationWaitOptions) {}

  /** Whether there is anything to wait for. */
  get isEnabled(): boolean {
    return this.options.waitReplicas > 0 || this.options.waitAof > 0;
  }

  /**
   * Sends something when its round has come. Resolves with the answer when that is confirmed.
   * @throws what `send` throws, or Unconfirmed after it was answered
   */
  sendConfirmed<T>(client: Redis, send: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const entry: PendingSend = { send, resolve: resolve as (answer: unknown) => void, reject };
      const pending = this.#pendingSends.get(client);
      if (pending) pending.push(entry);
      else {
        this.#pendingSends.set(client, [entry]);
        void this.#drain(client);
      }
    });
  }

  async #drain(client: Redis): Promise<void> {
    for (;;) {
      // Whoever was answered may have more already.
      await new Promise((resolve) => process.nextTick(resolve));
      const batch = this.#pendingSends.get(client)?.splice(0) ?? [];
      if (batch.length === 0) break;
      await this.#sendBatch(client, batch);
    }
    this.#pendingSends.delete(client);
  }

  async #sendBatch(client: Redis, batch: readonly PendingSend[]): Promise<void> {
    const answered: { readonly entry: PendingSend; readonly answer: unknown; readonly stream: Redis['stream'] }[] = [];
    await Promise.all(
      batch.map(async (entry) => {
        try {
          const answer = await entry.send();
          answered.push({ entry, answer, stream: client.stream });
        } catch (error) {
          entry.reject(error);
        }
      }),
    );
    if (answered.length === 0) return;
    const { stream } = client;
    const error = await this.#findFault(client);
    for (const { entry, answer, stream: answeredBy } of answered) {
      // WAIT is for what its own connection has written.
      if (answeredBy !== stream) entry.reject(new UnconfirmedWriteError('the connection was lost'));
      else if (error) entry.reject(error);
      else entry.resolve(answer);
    }
  }

  async #findFault(client: Redis): Promise<UnconfirmedWriteError | undefined> {
    try {
      await this.#waitForConfirmation(client);
      return undefined;
    } catch (error) {
      return error instanceof UnconfirmedWriteError ? error : new UnconfirmedWriteError(errorMessage(error));
    }
  }

  /** Asks again and again: whoever could not say it yet when it was asked tells it a second later by itself. */
  async #waitForConfirmation(client: Redis): Promise<void> {
    // Several waits, with a group that is sent again, fit into the time that there is.
    const deadlineMs = performance.now() + this.options.timeoutMs / 3;
    for (let timeoutMs = INITIAL_WAIT_TIMEOUT_MS; ; timeoutMs = Math.min(2 * timeoutMs, MAX_WAIT_TIMEOUT_MS)) {
      const remainingMs = Math.max(1, Math.ceil(deadlineMs - performance.now()));
      const shortfall = await this.#requestConfirmation(client, Math.min(timeoutMs, remainingMs));
      if (shortfall === undefined) return;
      if (remainingMs <= timeoutMs) throw new UnconfirmedWriteError(shortfall);
    }
  }

  /** @returns what is not confirmed, after so many milliseconds */
  async #requestConfirmation(client: Redis, timeoutMs: number): Promise<string | undefined> {
    const { waitReplicas, waitAof } = this.options;
    if (client.status !== 'ready') throw new UnconfirmedWriteError('the connection was lost');
    const [aofReply, replicas] = await Promise.all([
      waitAof > 0 ? client.call('WAITAOF', 1, waitAof - 1, timeoutMs) : undefined,
      waitReplicas >= waitAof ? client.wait(waitReplicas, timeoutMs) : undefined,
    ]);
    const [serversOnDisk = 1, replicasOnDisk = Infinity] = Array.isArray(aofReply) ? aofReply.map(Number) : [];
    if (serversOnDisk < 1) return 'it is not on the disk of the server';
    if (replicasOnDisk < waitAof - 1) return `${replicasOnDisk} of ${waitAof - 1} replicas have it on their disk`;
    if (replicas !== undefined && replicas < waitReplicas) return `${replicas} of ${waitReplicas} replicas have it`;
    return undefined;
  }
}

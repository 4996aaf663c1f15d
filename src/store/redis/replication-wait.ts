/** Sends writes and waits until replicas or disks have confirmed them (WAIT, WAITAOF). */
import type { Redis } from 'ioredis';
import { errorMessage } from '../../counters/errors.js';
import { UnconfirmedWriteError } from './redis-errors.js';

/** The confirmations that a write needs. */
export interface ReplicationWaitOptions {
  readonly timeoutMs: number;
  /** Replicas that must have received the write. */
  readonly waitReplicas: number;
  /** Servers that must have synced it to disk: 0 for none, 1 for the master, more to include replicas. */
  readonly waitAof: number;
}

/** Timeout of the first WAIT and of the longest, milliseconds. */
const [INITIAL_WAIT_TIMEOUT_MS, MAX_WAIT_TIMEOUT_MS] = [10, 250];

interface PendingSend {
  readonly send: () => Promise<unknown>;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * WAIT blocks its connection and covers everything that the connection wrote before, so one WAIT can confirm a whole
 * batch. While it blocks, new writes gather: the next batch is sent together, and confirmed by one WAIT when all of it
 * has been answered. WAIT is never sent along with writes. A replica that gets both reports its disk offset before it
 * writes, and then not again for a second (Redis 8.0, Valkey 8.1).
 */
export class ReplicationWait {
  /** Writes that wait for the next batch, by connection. */
  readonly #pendingSends = new WeakMap<Redis, PendingSend[]>();

  constructor(private readonly options: ReplicationWaitOptions) {}

  /** True if writes need any confirmation. */
  get isEnabled(): boolean {
    return this.options.waitReplicas > 0 || this.options.waitAof > 0;
  }

  /**
   * Sends a write with the next batch. Resolves with its reply once it is confirmed.
   * @throws the error of `send`, or UnconfirmedWriteError if the write was answered but not confirmed in time
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
      // Callers that were just answered may send more at once.
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
      // WAIT covers only writes of its own connection.
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

  /** Repeats WAIT with growing timeouts: a replica that could not confirm at once does so by itself a second later. */
  async #waitForConfirmation(client: Redis): Promise<void> {
    // A third of the timeout leaves room to send the call again and wait again.
    const deadlineMs = performance.now() + this.options.timeoutMs / 3;
    for (let timeoutMs = INITIAL_WAIT_TIMEOUT_MS; ; timeoutMs = Math.min(2 * timeoutMs, MAX_WAIT_TIMEOUT_MS)) {
      const remainingMs = Math.max(1, Math.ceil(deadlineMs - performance.now()));
      const shortfall = await this.#requestConfirmation(client, Math.min(timeoutMs, remainingMs));
      if (shortfall === undefined) return;
      if (remainingMs <= timeoutMs) throw new UnconfirmedWriteError(shortfall);
    }
  }

  /** @returns what is missing after `timeoutMs`, or undefined if the writes are confirmed */
  async #requestConfirmation(client: Redis, timeoutMs: number): Promise<string | undefined> {
    const { waitReplicas, waitAof } = this.options;
    if (client.status !== 'ready') throw new UnconfirmedWriteError('the connection was lost');
    const [aofReply, replicas] = await Promise.all([
      waitAof > 0 ? client.call('WAITAOF', 1, waitAof - 1, timeoutMs) : undefined,
      waitReplicas >= waitAof ? client.wait(waitReplicas, timeoutMs) : undefined,
    ]);
    const [serversOnDisk = 1, replicasOnDisk = Infinity] = Array.isArray(aofReply) ? aofReply.map(Number) : [];
    if (serversOnDisk < 1) return 'the server has not synced it to disk';
    if (replicasOnDisk < waitAof - 1) return `${replicasOnDisk} of ${waitAof - 1} replicas have synced it to disk`;
    if (replicas !== undefined && replicas < waitReplicas)
      return `${replicas} of ${waitReplicas} replicas have received it`;
    return undefined;
  }
}

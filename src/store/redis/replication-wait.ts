/** Sends what has to be confirmed in rounds: what came together is sent together, and when all of it is answered one wait is for all of it. */
import type { Redis } from 'ioredis';
import { errorMessage } from '../store-open.error.js';
import { Unconfirmed } from './redis-errors.js';

/** What an acknowledgement waits for. */
export interface WaitOptions {
  readonly timeoutMs: number;
  /** Replicas that have to have a change. */
  readonly waitReplicas: number;
  /** Servers that have to have it on their disk: 0 for none, 1 for the master, more for replicas too. */
  readonly waitAof: number;
}

/** How long a wait is asked for first, and at most, milliseconds. */
const [FIRST_ASK_MS, LAST_ASK_MS] = [10, 250];

interface Turn {
  readonly send: () => Promise<unknown>;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A wait holds its connection up, so that sending meanwhile would gain nothing; and it is sent when nothing else is on its way, for
 * a replica tells how far its disk is before it writes what came together with the question, and then no more for a second
 * (Redis 8.0, Valkey 8.1).
 */
export class RedisRounds {
  /** What waits for the next round, by connection. */
  readonly #turns = new WeakMap<Redis, Turn[]>();

  constructor(private readonly options: WaitOptions) {}

  /** Whether there is anything to wait for. */
  get isWanted(): boolean {
    return this.options.waitReplicas > 0 || this.options.waitAof > 0;
  }

  /**
   * Sends something when its round has come. Resolves with the answer when that is confirmed.
   * @throws what `send` throws, or Unconfirmed after it was answered
   */
  carry<T>(client: Redis, send: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const turn: Turn = { send, resolve: resolve as (answer: unknown) => void, reject };
      const turns = this.#turns.get(client);
      if (turns) turns.push(turn);
      else {
        this.#turns.set(client, [turn]);
        void this.#go(client);
      }
    });
  }

  async #go(client: Redis): Promise<void> {
    for (;;) {
      // Whoever was answered may have more already.
      await new Promise((resolve) => process.nextTick(resolve));
      const turns = this.#turns.get(client)?.splice(0) ?? [];
      if (turns.length === 0) break;
      await this.#take(client, turns);
    }
    this.#turns.delete(client);
  }

  async #take(client: Redis, turns: readonly Turn[]): Promise<void> {
    const answered: { readonly turn: Turn; readonly answer: unknown; readonly stream: Redis['stream'] }[] = [];
    await Promise.all(
      turns.map(async (turn) => {
        try {
          const answer = await turn.send();
          answered.push({ turn, answer, stream: client.stream });
        } catch (error) {
          turn.reject(error);
        }
      }),
    );
    if (answered.length === 0) return;
    const { stream } = client;
    const fault = await this.#faultOf(client);
    for (const { turn, answer, stream: answeredBy } of answered) {
      // WAIT is for what its own connection has written.
      if (answeredBy !== stream) turn.reject(new Unconfirmed('the connection was lost'));
      else if (fault) turn.reject(fault);
      else turn.resolve(answer);
    }
  }

  async #faultOf(client: Redis): Promise<Unconfirmed | undefined> {
    try {
      await this.#wait(client);
      return undefined;
    } catch (error) {
      return error instanceof Unconfirmed ? error : new Unconfirmed(errorMessage(error));
    }
  }

  /** Asks again and again: whoever could not say it yet when it was asked tells it a second later by itself. */
  async #wait(client: Redis): Promise<void> {
    // Several waits, with a group that is sent again, fit into the time that there is.
    const untilMs = performance.now() + this.options.timeoutMs / 3;
    for (let askMs = FIRST_ASK_MS; ; askMs = Math.min(2 * askMs, LAST_ASK_MS)) {
      const leftMs = Math.max(1, Math.ceil(untilMs - performance.now()));
      const lacking = await this.#ask(client, Math.min(askMs, leftMs));
      if (lacking === undefined) return;
      if (leftMs <= askMs) throw new Unconfirmed(lacking);
    }
  }

  /** @returns what is not confirmed, after so many milliseconds */
  async #ask(client: Redis, forMs: number): Promise<string | undefined> {
    const { waitReplicas, waitAof } = this.options;
    if (client.status !== 'ready') throw new Unconfirmed('the connection was lost');
    const [disks, replicas] = await Promise.all([
      waitAof > 0 ? client.call('WAITAOF', 1, waitAof - 1, forMs) : undefined,
      waitReplicas >= waitAof ? client.wait(waitReplicas, forMs) : undefined,
    ]);
    const [local = 1, written = Infinity] = Array.isArray(disks) ? disks.map(Number) : [];
    if (local < 1) return 'it is not on the disk of the server';
    if (written < waitAof - 1) return `${written} of ${waitAof - 1} replicas have it on their disk`;
    if (replicas !== undefined && replicas < waitReplicas) return `${replicas} of ${waitReplicas} replicas have it`;
    return undefined;
  }
}

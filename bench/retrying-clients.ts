/** Clients that give every change an idempotency key and retry it with the same key until it is acknowledged. */
import { setTimeout as sleep } from 'node:timers/promises';
import { KeepAliveConnection } from './keep-alive-connection.js';

export interface RetryingClientOptions {
  /** Ports of the instances. Connections are spread over them evenly. */
  readonly ports: readonly number[];
  readonly connections: number;
  /** Prefix of the keys. */
  readonly keys: string;
}

export interface RetryingClientResult {
  readonly acknowledged: number;
  /** Responses with status 503, each of which was retried. */
  readonly refused: number;
  readonly faults: string[];
}

/** Delay before a refused change is retried. `Retry-After` is not used because its unit is a whole second. */
const RETRY_DELAY_MS = 100;
const STOP_TIMEOUT_MS = 30_000;

export class RetryingClients {
  acknowledged = 0;
  #refused = 0;
  #inFlight = 0;
  #state: 'calling' | 'ending' = 'ending';
  readonly #faults = new Set<string>();
  readonly #connections: KeepAliveConnection[] = [];

  start({ ports, connections, keys }: RetryingClientOptions): void {
    this.#state = 'calling';
    for (let index = 0; index < connections; index += 1) {
      const connection = new KeepAliveConnection(ports[index % ports.length] ?? 0, () => {
        // Connections that `stop` closes are no longer in the list.
        const isOpen = this.#connections.includes(connection);
        if (isOpen && this.#inFlight > 0) this.#faults.add('a connection was lost');
      });
      this.#connections.push(connection);
      this.#sendChanges(connection, `${keys}-${index}`);
    }
  }

  /** Starts no more changes, and waits up to 30 s for those in flight. */
  async stop(): Promise<RetryingClientResult> {
    this.#state = 'ending';
    for (let waitedMs = 0; this.#inFlight > 0 && waitedMs < STOP_TIMEOUT_MS; waitedMs += 5) await sleep(5);
    if (this.#inFlight > 0) this.#faults.add(`${this.#inFlight} changes were never acknowledged`);
    this.#inFlight = 0;
    for (const connection of this.#connections.splice(0)) connection.close();
    return { acknowledged: this.acknowledged, refused: this.#refused, faults: [...this.#faults] };
  }

  /** Sends one change after the other on a connection. */
  #sendChanges(connection: KeepAliveConnection, keyPrefix: string): void {
    let changeCount = 0;
    let request = '';
    const next = (): void => {
      if (this.#state === 'ending') return;
      changeCount += 1;
      request = `POST /order HTTP/1.1\r\nHost: 127.0.0.1\r\nIdempotency-Key: ${keyPrefix}-${changeCount}\r\n\r\n`;
      this.#inFlight += 1;
      connection.send(request);
    };
    connection.onResponse = (answer) => {
      if (answer.startsWith('HTTP/1.1 503 ')) {
        this.#refused += 1;
        setTimeout(() => connection.send(request), RETRY_DELAY_MS);
        return;
      }
      if (answer.startsWith('HTTP/1.1 200 ')) this.acknowledged += 1;
      else this.#faults.add(`a change was answered with ${answer.slice(0, 200)}`);
      this.#inFlight -= 1;
      next();
    };
    next();
  }
}

/** Clients whose every change has a key of its own, and who send it again under that key until it is acknowledged. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './keep-alive-connection.js';

export interface Calls {
  /** The instances: each gets as many of the connections as the others. */
  readonly ports: readonly number[];
  readonly connections: number;
  /** What the keys begin with. */
  readonly keys: string;
}

export interface Called {
  readonly acknowledged: number;
  /** Answers with 503, each of which was followed by another attempt. */
  readonly refused: number;
  readonly faults: string[];
}

/** Pause before a refused change is sent again, milliseconds. `Retry-After` knows only whole seconds. */
const AGAIN_MS = 100;
const END_MS = 30_000;

export class Callers {
  acknowledged = 0;
  #refused = 0;
  #underWay = 0;
  #state: 'calling' | 'ending' = 'ending';
  readonly #faults = new Set<string>();
  readonly #connections: Connection[] = [];

  begin({ ports, connections, keys }: Calls): void {
    this.#state = 'calling';
    for (let index = 0; index < connections; index += 1) {
      const connection = new Connection(ports[index % ports.length] ?? 0, () => {
        // Not one that was closed here, before others began to call.
        const isOpen = this.#connections.includes(connection);
        if (isOpen && this.#underWay > 0) this.#faults.add('a connection was lost');
      });
      this.#connections.push(connection);
      this.#call(connection, `${keys}-${index}`);
    }
  }

  /** Begins no more changes, and ends those that were begun. */
  async end(): Promise<Called> {
    this.#state = 'ending';
    for (let waitedMs = 0; this.#underWay > 0 && waitedMs < END_MS; waitedMs += 5) await sleep(5);
    if (this.#underWay > 0) this.#faults.add(`${this.#underWay} changes were never acknowledged`);
    this.#underWay = 0;
    for (const connection of this.#connections.splice(0)) connection.close();
    return { acknowledged: this.acknowledged, refused: this.#refused, faults: [...this.#faults] };
  }

  /** One change after the other. */
  #call(connection: Connection, keys: string): void {
    let calls = 0;
    let request = '';
    const next = (): void => {
      if (this.#state === 'ending') return;
      calls += 1;
      request = `POST /order HTTP/1.1\r\nHost: 127.0.0.1\r\nIdempotency-Key: ${keys}-${calls}\r\n\r\n`;
      this.#underWay += 1;
      connection.send(request);
    };
    connection.onAnswer = (answer) => {
      if (answer.startsWith('HTTP/1.1 503 ')) {
        this.#refused += 1;
        setTimeout(() => connection.send(request), AGAIN_MS);
        return;
      }
      if (answer.startsWith('HTTP/1.1 200 ')) this.acknowledged += 1;
      else this.#faults.add(`a change was answered with ${answer.slice(0, 200)}`);
      this.#underWay -= 1;
      next();
    };
    next();
  }
}

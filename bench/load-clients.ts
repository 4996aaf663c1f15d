/** Clients that change counters: bare keep-alive sockets, one request at a time each, as fast as they can or paced. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './keep-alive-connection.js';
import { nowMs } from './server.js';

/** Method and path of a change without a body. */
export type Route = `${'POST' | 'DELETE'} /${string}`;

/** What was acknowledged, and the first whole answer, for comparison. */
export interface Tally {
  readonly acknowledged: Readonly<Record<Route, number>>;
  readonly refused: number;
  /** Of the last acknowledgement, on the shared clock. */
  readonly lastAtMs: number;
  /** The 99th percentile of the last changes of a storm, from sending to acknowledgement. */
  readonly p99Ms: number;
  readonly answer: string;
}

/** So many of the last changes of a storm make its percentile. */
const MEASURED = 32_768;

const REQUESTS = new Map<Route, Buffer>();
function requestOf(route: Route): Buffer {
  let request = REQUESTS.get(route);
  if (!request) REQUESTS.set(route, (request = Buffer.from(`${route} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)));
  return request;
}

export class Changers {
  changes = 0;
  readonly #connections: Connection[] = [];
  readonly #acknowledged: Record<Route, number> = {};
  readonly #tookMs = new Float64Array(MEASURED);
  #measured = 0;
  #refused = 0;
  #lost = 0;
  #lastAtMs = 0;
  #answer = '';
  #state: 'changing' | 'resting' = 'resting';
  #underWay = 0;

  /** Every connection goes through the routes again and again, each request after the answer to the last. Ends a cycle it began. */
  storm(port: number, connections: number, cycle: readonly Route[]): void {
    this.#state = 'changing';
    for (let i = 0; i < connections; i += 1) {
      const connection = this.#connect(port);
      let step = 0;
      let route: Route = cycle[0] ?? 'POST /order';
      let sentAtMs = 0;
      const next = (): void => {
        if (this.#state === 'resting' && step === 0) return;
        route = cycle[step] ?? 'POST /order';
        step = (step + 1) % cycle.length;
        this.#underWay += 1;
        sentAtMs = nowMs();
        connection.send(requestOf(route));
      };
      connection.onAnswer = (answer) => {
        this.#tookMs[this.#measured % MEASURED] = nowMs() - sentAtMs;
        this.#measured += 1;
        this.#note(route, answer);
        next();
      };
      next();
    }
  }

  /** So many changes a second, due at even times, whatever the answers take. */
  async pace(port: number, perSecond: number, route: Route): Promise<void> {
    this.#state = 'changing';
    const idle: Connection[] = [];
    const began = nowMs();
    for (let n = 0; this.changing; n += 1) {
      await sleep(Math.max(0, began + (n * 1_000) / perSecond - nowMs()));
      if (!this.changing) return;
      const connection = idle.pop() ?? this.#connect(port);
      connection.onAnswer = (answer) => {
        this.#note(route, answer);
        idle.push(connection);
      };
      this.#underWay += 1;
      connection.send(requestOf(route));
    }
  }

  get changing(): boolean {
    return this.#state === 'changing';
  }

  /** Stops changing, and waits for the answers to what was sent. */
  async rest(): Promise<Tally> {
    this.#state = 'resting';
    const deadline = nowMs() + 10_000;
    while (this.#underWay > 0 && nowMs() < deadline) await sleep(2);
    const refused = this.#refused + this.#lost + this.#underWay;
    const took = this.#tookMs.slice(0, this.#measured).toSorted();
    const p99Ms = took[Math.floor(took.length * 0.99)] ?? Number.NaN;
    return { acknowledged: this.#acknowledged, refused, lastAtMs: this.#lastAtMs, p99Ms, answer: this.#answer };
  }

  leave(): void {
    for (const connection of this.#connections.splice(0)) connection.close();
  }

  #connect(port: number): Connection {
    const connection = new Connection(port, () => {
      if (this.changing) this.#lost += 1;
    });
    this.#connections.push(connection);
    return connection;
  }

  #note(route: Route, answer: string): void {
    this.#underWay -= 1;
    if (!answer.startsWith('HTTP/1.1 200 ')) {
      this.#refused += 1;
      return;
    }
    if (this.#answer === '') this.#answer = answer;
    this.changes += 1;
    this.#acknowledged[route] = (this.#acknowledged[route] ?? 0) + 1;
    this.#lastAtMs = nowMs();
  }
}

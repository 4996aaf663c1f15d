/**
 * Clients that change counters over keep-alive connections with one request in flight on each: as fast as possible, or
 * at a fixed rate.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { formatRequest } from '../test/harness/http-text.js';
import { KeepAliveConnection } from './keep-alive-connection.js';
import { nowMs } from './server.js';

/** Method and path of a change request without a body. */
export type ChangeRoute = `${'POST' | 'DELETE'} /${string}`;

/** Changes acknowledged and refused, and the first complete response, which cases compare with that of the baseline. */
export interface ChangeTotals {
  readonly acknowledged: Readonly<Record<ChangeRoute, number>>;
  readonly refused: number;
  /** Time of the last acknowledgement, as {@link nowMs}. */
  readonly lastAcknowledgedAtMs: number;
  /**
   * 99th percentile of the time from sending to acknowledgement, over the last {@link MAX_LATENCIES} changes of a
   * storm.
   */
  readonly p99Ms: number;
  readonly firstResponse: string;
}

/** Latencies kept for the percentile. */
const MAX_LATENCIES = 32_768;

const ENCODED_REQUESTS = new Map<ChangeRoute, Buffer>();
function encodeRequest(route: ChangeRoute): Buffer {
  let request = ENCODED_REQUESTS.get(route);
  if (!request) ENCODED_REQUESTS.set(route, (request = Buffer.from(formatRequest(route, { Host: '127.0.0.1' }))));
  return request;
}

export class ChangeClients {
  acknowledgedCount = 0;
  readonly #connections: KeepAliveConnection[] = [];
  readonly #acknowledged: Record<ChangeRoute, number> = {};
  readonly #latenciesMs = new Float64Array(MAX_LATENCIES);
  #latencyCount = 0;
  #refused = 0;
  #lostConnections = 0;
  #lastAcknowledgedAtMs = 0;
  #firstResponse = '';
  #state: 'changing' | 'resting' = 'resting';
  #inFlight = 0;
  /** Number of times that the clients were stopped: a pace ends with its turn, also if another load has begun since. */
  #turn = 0;

  /**
   * Starts a storm: every connection repeats the routes of the cycle in order and sends each request when the one
   * before is answered. After {@link stop}, each connection completes its cycle.
   */
  startStorm(port: number, connections: number, cycle: readonly ChangeRoute[]): void {
    this.#state = 'changing';
    for (let i = 0; i < connections; i += 1) {
      const connection = this.#connect(port);
      let step = 0;
      let route: ChangeRoute = cycle[0] ?? 'POST /order';
      let sentAtMs = 0;
      const next = (): void => {
        if (this.#state === 'resting' && step === 0) return;
        route = cycle[step] ?? 'POST /order';
        step = (step + 1) % cycle.length;
        this.#inFlight += 1;
        sentAtMs = nowMs();
        connection.send(encodeRequest(route));
      };
      connection.onResponse = (answer) => {
        this.#latenciesMs[this.#latencyCount % MAX_LATENCIES] = nowMs() - sentAtMs;
        this.#latencyCount += 1;
        this.#recordResponse(route, answer);
        next();
      };
      next();
    }
  }

  /** Sends changes of the routes in turn, at a fixed rate, independent of response times, until {@link stop}. */
  async runPaced(port: number, perSecond: number, routes: readonly ChangeRoute[]): Promise<void> {
    this.#state = 'changing';
    const idle: KeepAliveConnection[] = [];
    const began = nowMs();
    const turn = this.#turn;
    for (let n = 0; turn === this.#turn; n += 1) {
      await sleep(Math.max(0, began + (n * 1_000) / perSecond - nowMs()));
      if (turn !== this.#turn) return;
      const connection = idle.pop() ?? this.#connect(port, idle);
      const route = routes[n % routes.length] ?? 'POST /order';
      connection.onResponse = (answer) => {
        this.#recordResponse(route, answer);
        idle.push(connection);
      };
      this.#inFlight += 1;
      connection.send(encodeRequest(route));
    }
  }

  get isChanging(): boolean {
    return this.#state === 'changing';
  }

  /** Stops sending and waits up to 10 s for outstanding responses. Changes without one count as refused. */
  async stop(): Promise<ChangeTotals> {
    this.#state = 'resting';
    this.#turn += 1;
    const deadline = nowMs() + 10_000;
    while (this.#inFlight > 0 && nowMs() < deadline) await sleep(2);
    const refused = this.#refused + this.#lostConnections + this.#inFlight;
    const sortedMs = this.#latenciesMs.slice(0, this.#latencyCount).toSorted();
    const p99Ms = sortedMs[Math.floor(sortedMs.length * 0.99)] ?? Number.NaN;
    return {
      acknowledged: this.#acknowledged,
      refused,
      lastAcknowledgedAtMs: this.#lastAcknowledgedAtMs,
      p99Ms,
      firstResponse: this.#firstResponse,
    };
  }

  disconnect(): void {
    for (const connection of this.#connections.splice(0)) connection.close();
  }

  /** @param idle connections without a request in flight: the server may close these, and nothing is lost */
  #connect(port: number, idle: KeepAliveConnection[] = []): KeepAliveConnection {
    const connection = new KeepAliveConnection(port, () => {
      const place = idle.indexOf(connection);
      if (place >= 0) idle.splice(place, 1);
      else if (this.isChanging) this.#lostConnections += 1;
    });
    this.#connections.push(connection);
    return connection;
  }

  #recordResponse(route: ChangeRoute, answer: string): void {
    this.#inFlight -= 1;
    if (!answer.startsWith('HTTP/1.1 200 ')) {
      this.#refused += 1;
      return;
    }
    if (this.#firstResponse === '') this.#firstResponse = answer;
    this.acknowledgedCount += 1;
    this.#acknowledged[route] = (this.#acknowledged[route] ?? 0) + 1;
    this.#lastAcknowledgedAtMs = nowMs();
  }
}

/** Clients that post signed events to a hook over keep-alive connections: as fast as possible, or at a fixed rate. */
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatRequest } from '../test/harness/http-text.js';
import { KeepAliveConnection } from './keep-alive-connection.js';
import { nowMs } from './server.js';

/** The hook that the clients post to: the fields of a HOOKS_FILE. */
export const BENCH_HOOK = {
  provider: 'stripe',
  secrets: ['whsec_of_the_benchmark'],
  dashboard: 'main',
  rules: [{ when: { '/type': 'checkout.session.completed' }, counter: 'orders' }],
} as const;
/** Length of an event, bytes: that of a checkout session of Stripe. */
const EVENT_BYTES = 2_500;

export interface HookTotals {
  readonly counted: number;
  /** Answers other than `counted`, and connections that were lost. */
  readonly others: number;
  /** 99th percentile of the time from sending to the answer. */
  readonly p99Ms: number;
}

export type StormRequest = 'event' | 'keyed order';

export class HookClients {
  acknowledged = 0;
  #others = 0;
  #sent = 0;
  #inFlight = 0;
  #isSending = false;
  #latenciesMs: number[] = [];
  #encode = encodeEvent;
  readonly #connections: KeepAliveConnection[] = [];

  /** @param request an event, or `POST /order` under a key, which keeps the same promise without a body to verify */
  startStorm(port: number, connections: number, request: StormRequest): void {
    this.#isSending = true;
    this.#encode = request === 'event' ? encodeEvent : encodeKeyedOrder;
    for (let index = 0; index < connections; index += 1) {
      const connection = this.#connect(port);
      const next = (): void => {
        if (this.#isSending) this.#send(connection, next);
      };
      next();
    }
  }

  /** Sends events at a fixed rate, independent of answers, until {@link stop}. */
  async runPaced(port: number, perSecond: number): Promise<void> {
    this.#isSending = true;
    const idle: KeepAliveConnection[] = [];
    const began = nowMs();
    for (let n = 0; this.#isSending; n += 1) {
      await sleep(Math.max(0, began + (n * 1_000) / perSecond - nowMs()));
      if (!this.#isSending) return;
      const connection = idle.pop() ?? this.#connect(port);
      this.#send(connection, () => idle.push(connection));
    }
  }

  /** Stops sending, and waits up to 10 s for outstanding answers. */
  async stop(): Promise<HookTotals> {
    this.#isSending = false;
    const deadline = nowMs() + 10_000;
    while (this.#inFlight > 0 && nowMs() < deadline) await sleep(2);
    const sortedMs = this.#latenciesMs.toSorted((a, b) => a - b);
    return {
      counted: this.acknowledged,
      others: this.#others + this.#inFlight,
      p99Ms: sortedMs[Math.floor(sortedMs.length * 0.99)] ?? Number.NaN,
    };
  }

  disconnect(): void {
    for (const connection of this.#connections.splice(0)) connection.close();
  }

  #send(connection: KeepAliveConnection, onAnswer: () => void): void {
    this.#sent += 1;
    this.#inFlight += 1;
    const sentAtMs = nowMs();
    connection.onResponse = (answer) => {
      this.#inFlight -= 1;
      this.#latenciesMs.push(nowMs() - sentAtMs);
      if (/(\{"outcome":"counted"\}|Order Added)$/.test(answer)) this.acknowledged += 1;
      else this.#others += 1;
      onAnswer();
    };
    connection.send(this.#encode(this.#sent));
  }

  #connect(port: number): KeepAliveConnection {
    const connection = new KeepAliveConnection(port, () => {
      if (this.#isSending) this.#others += 1;
    });
    this.#connections.push(connection);
    return connection;
  }
}

function encodeEvent(number: number): Buffer {
  const event = {
    id: `evt_${process.pid}_${number}`,
    type: 'checkout.session.completed',
    data: { object: { amount_total: 1_999 } },
    metadata: '',
  };
  event.metadata = 'x'.repeat(Math.max(0, EVENT_BYTES - JSON.stringify(event).length));
  const body = JSON.stringify(event);
  const timestamp = Math.floor(Date.now() / 1_000);
  const digest = createHmac('sha256', BENCH_HOOK.secrets[0]).update(`${timestamp}.${body}`).digest('hex');
  const headers = {
    Host: '127.0.0.1',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'Stripe-Signature': `t=${timestamp},v1=${digest}`,
  };
  return Buffer.from(formatRequest('POST /hooks/shop', headers, body));
}

function encodeKeyedOrder(number: number): Buffer {
  const headers = { Host: '127.0.0.1', 'Idempotency-Key': `order-${process.pid}-${number}` };
  return Buffer.from(formatRequest('POST /order', headers));
}

/** Keyed changes that go up and down across the limits of rules, and a receiver of what the rules tell. */
import { setTimeout } from 'node:timers/promises';
import { createCaller } from './api-client.js';
import { eventually } from './cleanup.js';
import { expectDelivered, type ExpectedRule, listExpectedEvents } from './expected-events.js';
import { type NotificationReceiver, RECEIVER_SECRET, startReceiver } from './notification-receiver.js';
import { readLedger } from './retrying-clients.js';
import type { Service } from './service.js';

export const RULES: readonly ExpectedRule[] = [
  { name: 'three', of: 'orders', above: 3 },
  { name: 'seven', of: 'orders', above: 7, clearsAt: 2 },
  { name: 'low', of: 'orders', below: 2 },
  { name: 'many', of: 'customers', above: 4 },
];

/** Clients that change at the same time. */
const CLIENTS = 4;
const RETRY_MS = 20;

export class RuledLoad {
  #isFinishing = false;
  #clients: Promise<void>[] = [];
  acknowledged = 0;

  private constructor(readonly receiver: NotificationReceiver) {}

  static async create(): Promise<RuledLoad> {
    return new RuledLoad(await startReceiver(RECEIVER_SECRET));
  }

  async define({ url }: Service, rules: readonly ExpectedRule[]): Promise<void> {
    for (const { name, clearsAt, ...when } of rules) {
      const notify = [{ url: this.receiver.url, secret: RECEIVER_SECRET }];
      const { status } = await createCaller(url)(`PUT /dashboards/main/rules/${name}`, { when, clearsAt, notify });
      if (status !== 201) throw new Error(`rule ${name} was answered with ${status}`);
    }
  }

  /** @param services the services to use, one for each client in turn; a service may be replaced while it runs */
  start(services: readonly (() => Service)[], random: (below: number) => number): void {
    this.#clients = Array.from({ length: CLIENTS }, (_, index) =>
      this.#change(services[index % services.length] ?? (() => undefined as never), index, random),
    );
  }

  async finish(): Promise<void> {
    this.#isFinishing = true;
    await Promise.all(this.#clients);
  }

  /** Waits until everything has arrived, and compares it with the ledger. */
  async expectDelivered(service: Service, rules = RULES): Promise<void> {
    const expected = listExpectedEvents(await readLedger(service), rules);
    if (expected.length <= 10) throw new Error(`only ${expected.length} events are expected: let the load run longer`);
    await eventually(() => new Set(this.receiver.events.map(({ id }) => id)).size >= expected.length);
    expectDelivered(this.receiver.events, expected);
  }

  async #change(getService: () => Service, client: number, random: (below: number) => number): Promise<void> {
    for (let number = 0; !this.#isFinishing; number += 1) {
      const counter = random(3) === 0 ? 'customers' : 'orders';
      const body = { changes: [{ counter, by: random(2) === 0 ? 1 + random(3) : -1 - random(3) }] };
      const headers = { 'Idempotency-Key': `${client}-${number}` };
      for (let isAnswered = false; !isAnswered;) {
        try {
          const { status } = await createCaller(getService().url)('POST /dashboards/main/changes', body, headers);
          isAnswered = status < 500;
        } catch {
          // The service was killed: the next one is asked.
        }
        if (!isAnswered) await setTimeout(RETRY_MS);
      }
      this.acknowledged += 1;
    }
  }
}

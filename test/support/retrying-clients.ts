/** Clients that count through several instances while faults happen, retry until they are acknowledged, and keep books of what they were told. */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Outcome } from '../../src/counters/counters.js';
import type { LedgerEntry } from '../../src/store/store.js';
import { afterTest, eventually } from './cleanup.js';
import { CHANGE_SETS, type SentChangeSet } from './ledger-check.js';

/** Clients for each instance. */
const CLIENTS_PER_INSTANCE = 3;
/** Between two change sets of a client, and before a retry, milliseconds. Quicker than `Retry-After` asks for: a test has no time. */
const CHANGE_INTERVAL_MS = 8;
const RETRY_DELAY_MS = 80;
/** One change set of so many has no key. */
const KEYLESS_INTERVAL = 5;

/** Where clients send: one that is gone is passed over. */
interface Target {
  readonly url: string;
}

/** A 503 as a client got it. */
interface Refusal {
  readonly code: string;
  readonly detail: string;
  readonly retryAfter: string | null;
}

interface Problem {
  readonly code?: string;
  readonly detail?: string;
}

export class RetryingClients {
  readonly sent: SentChangeSet[] = [];
  readonly refusals: Refusal[] = [];
  /** Answers that nobody should get. */
  readonly faults: string[] = [];
  /** Connections that broke. */
  brokenConnections = 0;
  acknowledged = 0;
  readonly #clients: Promise<void>[];
  #state: 'counting' | 'finishing' = 'counting';
  #isAborted = false;

  constructor(
    private readonly targets: () => readonly Target[],
    private readonly dashboard: string,
  ) {
    const clients = CLIENTS_PER_INSTANCE * targets().length;
    this.#clients = Array.from({ length: clients }, (_, client) => this.#runClient(client));
    afterTest(() => this.abort());
  }

  /** Resolves when so many more change sets have been acknowledged. */
  async waitForAcknowledged(count = 60): Promise<void> {
    const goal = this.acknowledged + count;
    await eventually(() => this.acknowledged >= goal);
  }

  /** Resolves when so many more change sets have been refused with a 503. */
  async waitForRefusals(count = 3): Promise<void> {
    const goal = this.refusals.length + count;
    await eventually(() => this.refusals.length >= goal);
  }

  /** Begins nothing new. Resolves when everything that has a key is acknowledged. */
  async finish(): Promise<void> {
    this.#state = 'finishing';
    await Promise.all(this.#clients);
  }

  /** Ends the counting, whatever is not acknowledged. */
  abort(): void {
    this.#state = 'finishing';
    this.#isAborted = true;
  }

  /**
   * Sends change sets again under their keys, by turns to each instance.
   * @param from how many of the first are left out
   * @returns those that were not answered as before
   */
  async replay(maxCount: number, from = 0): Promise<SentChangeSet[]> {
    const keyed = this.sent.slice(from).filter(({ isKeyed }) => isKeyed);
    const interval = Math.ceil(keyed.length / maxCount);
    const selected = keyed.filter((_, index) => index % interval === 0);
    const targets = this.targets();
    const sameResults = await Promise.all(
      selected.map(async (sent, index) => {
        const response = await this.#post(targets[index % targets.length]?.url ?? '', sent);
        const { revision, at, counters } = (await response.json()) as Partial<Outcome>;
        const isReplay = response.headers.get('idempotent-replayed') === 'true';
        const { outcome } = sent;
        if (!outcome) return isReplay && response.status === 400;
        const [replayed, original] = [
          [revision, at, counters],
          [outcome.revision, outcome.at, outcome.counters],
        ];
        return isReplay && JSON.stringify(replayed) === JSON.stringify(original);
      }),
    );
    return selected.filter((_, index) => !sameResults[index]);
  }

  async #runClient(client: number): Promise<void> {
    for (let round = client; this.#state === 'counting'; round += 1) {
      const isKeyed = round % KEYLESS_INTERVAL > 0;
      const changes = CHANGE_SETS[(round * 7 + client) % CHANGE_SETS.length] ?? [];
      const sent: SentChangeSet = { id: randomUUID(), changes, isKeyed, state: 'pending' };
      this.sent.push(sent);
      for (let attempt = 0; sent.state === 'pending' && !this.#isAborted; attempt += 1) {
        const targets = this.targets();
        const target = targets[(client + round + attempt) % targets.length];
        if (target) await this.#attempt(target, sent);
        if (sent.state === 'pending') await setTimeout(RETRY_DELAY_MS);
      }
      await setTimeout(CHANGE_INTERVAL_MS);
    }
  }

  #post(url: string, { id, changes, isKeyed }: SentChangeSet): Promise<Response> {
    return fetch(`${url}/dashboards/${this.dashboard}/changes`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...(isKeyed && { 'Idempotency-Key': id }) },
      body: JSON.stringify({ changes, ...(!isKeyed && { reason: id }) }),
    });
  }

  async #attempt({ url }: Target, sent: SentChangeSet): Promise<void> {
    try {
      const response = await this.#post(url, sent);
      const { status } = response;
      const body = (await response.json()) as Outcome & Problem;
      if (status === 200) this.#recordResult(sent, 'counted', url, body);
      else if (status === 400 && body.code === 'nothing-to-remove') this.#recordResult(sent, 'refused', url);
      else if (status === 503) this.#recordRefusal(sent, body, response.headers.get('retry-after'));
      else this.#recordFault(sent, `${status} ${JSON.stringify(body)}`);
    } catch {
      this.brokenConnections += 1;
      if (!sent.isKeyed) sent.state = 'unknown';
    }
  }

  #recordResult(sent: SentChangeSet, state: 'counted' | 'refused', acknowledgedBy: string, outcome?: Outcome): void {
    Object.assign(sent, { state, acknowledgedBy, ...(outcome && { outcome }) });
    this.acknowledged += 1;
  }

  #recordRefusal(sent: SentChangeSet, { code = '', detail = '' }: Problem, retryAfter: string | null): void {
    this.refusals.push({ code, detail, retryAfter });
    if (!sent.isKeyed) sent.state = detail.includes('nothing was counted') ? 'not-counted' : 'unknown';
  }

  #recordFault(sent: SentChangeSet, fault: string): void {
    this.faults.push(fault);
    sent.state = 'not-counted';
  }
}

/** Counts on `main` through the instances that there are at the time, from now on until `finish`. */
export function startRetryingClients(targets: () => readonly Target[]): RetryingClients {
  return new RetryingClients(targets, 'main');
}

/** The whole ledger of a dashboard, as an instance tells it. */
export async function readLedger({ url }: Target, from = 0, dashboard = 'main'): Promise<LedgerEntry[]> {
  const ledger: LedgerEntry[] = [];
  for (let after: number | undefined = from; after !== undefined;) {
    const response = await fetch(`${url}/dashboards/${dashboard}/changes?after=${after}&limit=1000`);
    const { entries, next } = (await response.json()) as { entries: LedgerEntry[]; next?: number };
    ledger.push(...entries);
    after = next;
  }
  return ledger;
}

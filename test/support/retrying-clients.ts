/**
 * Clients that send change sets through several instances during faults, retry until they are acknowledged, and record
 * every result.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Outcome } from '../../src/counters/counters.js';
import type { LedgerEntry } from '../../src/counters/ledger-entry.js';
import { afterTest, eventually } from './cleanup.js';
import { CHANGE_SETS, type SentChangeSet } from './ledger-check.js';

/** Clients for each instance. */
const CLIENTS_PER_INSTANCE = 3;
/** Milliseconds between two change sets of a client. */
const CHANGE_INTERVAL_MS = 8;
/** Milliseconds before a retry: shorter than `Retry-After` demands, to keep the tests fast. */
const RETRY_DELAY_MS = 80;
/** One of this many change sets has no idempotency key. */
const KEYLESS_INTERVAL = 5;

/** An instance that clients send to. If it is gone, they try the next one. */
interface Target {
  readonly url: string;
}

/** A 503 response. */
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
  /** Unexpected responses. */
  readonly faults: string[] = [];
  /** Number of requests that failed with their connection. */
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

  /** Resolves when `count` more change sets have been acknowledged. */
  async waitForAcknowledged(count = 60): Promise<void> {
    const goal = this.acknowledged + count;
    await eventually(() => this.acknowledged >= goal);
  }

  /** Resolves when `count` more requests have been refused with 503. */
  async waitForRefusals(count = 3): Promise<void> {
    const goal = this.refusals.length + count;
    await eventually(() => this.refusals.length >= goal);
  }

  /** Stops sending new change sets. Resolves when every one with a key has been acknowledged. */
  async finish(): Promise<void> {
    this.#state = 'finishing';
    await Promise.all(this.#clients);
  }

  /** Stops sending and retrying, even if change sets are not acknowledged. */
  abort(): void {
    this.#state = 'finishing';
    this.#isAborted = true;
  }

  /**
   * Resends evenly chosen change sets with their keys, alternating between the instances.
   * @param maxCount number of change sets to resend at most
   * @param from number of change sets to skip from the beginning
   * @returns the change sets whose response was not a replay of the original one
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

/** Starts clients that change dashboard `main` until `finish`. @param targets returns the current instances */
export function startRetryingClients(targets: () => readonly Target[]): RetryingClients {
  return new RetryingClients(targets, 'main');
}

/** Reads the ledger of a dashboard after revision `from` from an instance. */
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

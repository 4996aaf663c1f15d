/** Clients that change counters and undo revisions at random, and check afterwards that each undo counted once. */
import { setTimeout } from 'node:timers/promises';
import type { BookedChange, Change } from '../../src/counters/counters.js';
import type { LedgerEntry } from '../../src/counters/ledger-entry.js';
import { createCaller } from './api-client.js';
import { postKeyed } from './keyed-change.js';
import { readLedger } from './retrying-clients.js';
import { createRandom } from './rounds.js';

interface Target {
  readonly url: string;
}

/** A request, and its answer: the revision, or the code and the text of a refusal. */
interface SentRequest {
  readonly undoes: number | undefined;
  answer?: { readonly revision?: number; readonly code?: string; readonly detail?: string };
}

const CLIENTS = 6;
const RETRY_DELAY_MS = 50;
/** Undos go for the newest revisions, so that several clients meet. */
const UNDONE_RANGE = 12;

export class UndoClients {
  readonly #sent = new Map<string, SentRequest>();
  readonly #random: (below: number) => number;
  #isDone = false;
  #answered = 0;
  #lastRevision = 0;
  readonly #clients: readonly Promise<void>[];

  /** @param targets returns the current instances, which may be away */
  constructor(
    private readonly targets: () => readonly Target[],
    seed: number,
  ) {
    this.#random = createRandom(seed);
    this.#clients = Array.from({ length: CLIENTS }, (_, client) => this.#run(client));
  }

  /** Defines what the clients change. */
  static async define({ url }: Target): Promise<void> {
    const counters = { balance: { min: null }, stock: {}, queue: { kind: 'gauge' } };
    await createCaller(url)('PUT /dashboards/main', { counters });
  }

  get answered(): number {
    return this.#answered;
  }

  /** Ends when every request has its answer. */
  async finish(): Promise<void> {
    this.#isDone = true;
    await Promise.all(this.#clients);
  }

  /** Requests by key. */
  get sent(): ReadonlyMap<string, SentRequest> {
    return this.#sent;
  }

  async #run(client: number): Promise<void> {
    for (let number = 0; !this.#isDone; number += 1) {
      const undoes = this.#random(2) === 0 ? this.#lastRevision - this.#random(UNDONE_RANGE) : 0;
      const sent: SentRequest = { undoes: undoes > 0 ? undoes : undefined };
      const key = `client-${client}-${number}`;
      this.#sent.set(key, sent);
      sent.answer = await this.#send(key, undoes > 0 ? { undoes } : { changes: this.#drawChanges() });
      this.#lastRevision = Math.max(this.#lastRevision, sent.answer.revision ?? 0);
      this.#answered += 1;
    }
  }

  #drawChanges(): Change[] {
    const changes: Change[] = [
      { counter: 'balance', by: 1 + this.#random(900) },
      { counter: 'balance', to: this.#random(2_000) - 1_000 },
      { counter: 'stock', by: this.#random(3) === 0 ? -5 : 5 },
      { counter: 'queue', to: this.#random(20) },
      { counter: 'queue', by: 1 + this.#random(3) },
    ];
    return changes.filter(() => this.#random(2) === 0).concat(changes[0] ?? []);
  }

  /** Sends a request to a random instance, again until it is answered, whatever happened to the attempt before. */
  async #send(key: string, body: Parameters<typeof postKeyed>[2]): Promise<NonNullable<SentRequest['answer']>> {
    for (;;) {
      const targets = this.targets();
      const target = targets[this.#random(targets.length)] as Target;
      const response = await postKeyed(target, key, body).catch(() => undefined);
      if (response && response.status < 500) return response.body;
      await setTimeout(RETRY_DELAY_MS);
    }
  }
}

function invert(changes: readonly BookedChange[]): unknown[] {
  const amounts = changes.map((change) => ({
    counter: change.counter,
    by: 'by' in change ? -change.by : -Number(change.moved),
  }));
  return amounts.toReversed().filter(({ by }) => by !== 0);
}

function fold(ledger: readonly LedgerEntry[]): Record<string, number> {
  const values: Record<string, number> = {};
  for (const { changes } of ledger) {
    for (const change of changes)
      values[change.counter] = 'by' in change ? (values[change.counter] ?? 0) + change.by : change.to;
  }
  return values;
}

/** Compares the ledger with itself, with the answers that clients got, and with the values. */
export async function expectUndosCounted({ sent }: UndoClients, target: Target): Promise<void> {
  const ledger = await readLedger(target);
  const entries = new Map(ledger.map((entry) => [entry.revision, entry]));
  const undos = ledger.filter(({ undoes }) => undoes !== undefined);
  expect(undos.length).toBeGreaterThan(0);
  expect(new Set(undos.map(({ undoes }) => undoes)).size).toBe(undos.length);
  for (const entry of undos) {
    const undone = entries.get(entry.undoes ?? 0);
    expect(undone?.undoneBy).toBe(entry.revision);
    expect(entry.changes).toEqual(invert(undone?.changes ?? []));
  }
  const byKey = new Map(ledger.map((entry) => [entry.key, entry]));
  for (const [key, { undoes, answer }] of sent) {
    expect([key, byKey.get(key)?.revision]).toEqual([key, answer?.revision]);
    if (answer?.code !== 'already-undone') continue;
    const [, undone, undo] = /^revision (\d+) was undone by revision (\d+)$/.exec(answer.detail ?? '') ?? [];
    expect([Number(undone), entries.get(Number(undo))?.undoes]).toEqual([undoes, undoes]);
  }
  expect([...sent.values()].map(({ answer }) => answer?.code)).toContain('already-undone');
  const { counters } = (await createCaller(target.url)('GET /dashboards/main')).body;
  expect(counters).toMatchObject(fold(ledger));
}

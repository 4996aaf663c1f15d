/** A service killed at any moment has every acknowledged change, and none twice. */
import { createTempDirectory } from '../support/temp-directory.js';
import { type Service, readSnapshot, startService } from '../support/service.js';

const KILLS = 22;
const CLIENTS = 16;
/** Requests of the clients: method, path, counter and amount. */
const REQUESTS = [
  ['POST', '/order', 'orders', 1],
  ['DELETE', '/order', 'orders', -1],
  ['POST', '/sign-up', 'customers', 1],
  ['DELETE', '/sign-off', 'customers', -1],
  ['POST', '/product', 'products', 1],
  ['DELETE', '/product', 'products', -1],
] as const;

interface SentChange {
  readonly key: string;
  readonly request: (typeof REQUESTS)[number];
  /** Undefined if the connection broke before the response. */
  status?: number;
}

/** Sends a change with its key. @returns the status, and true if it was replayed @throws if the connection breaks */
async function send(
  { url }: Service,
  { key, request: [method, path] }: SentChange,
): Promise<readonly [number, boolean]> {
  const response = await fetch(url + path, { method, headers: { 'Idempotency-Key': key } });
  await response.arrayBuffer();
  return [response.status, response.headers.get('idempotent-replayed') === 'true'];
}

/** Computes the lowest and highest possible value of a counter: an unacknowledged change may count or not. */
function computeBounds(all: readonly SentChange[], counter: string): readonly [number, number] {
  let [min, max] = [0, 0];
  for (const { request, status } of all) {
    const [, , name, by] = request;
    if (name !== counter || status === 400) continue;
    if (status === 200 || by < 0) min += by;
    if (status === 200 || by > 0) max += by;
  }
  return [Math.max(0, min), max];
}

/** Sends changes from many clients, and kills the service after `acknowledgements` of them while others are pending. */
async function loadUntilKilled(service: Service, all: SentChange[], acknowledgements: number): Promise<void> {
  let remaining = acknowledgements;
  let killed: Promise<void> | undefined;
  const sendChanges = async (): Promise<void> => {
    while (!killed) {
      // Removals at zero are refused, so more is added than removed, but counters still reach zero now and then.
      const request = REQUESTS[Math.floor(Math.random() * REQUESTS.length)] ?? REQUESTS[0];
      const sent: SentChange = { key: `key-${all.length}`, request };
      all.push(sent);
      try {
        [sent.status] = await send(service, sent);
      } catch {
        return;
      }
      remaining -= 1;
      if (remaining <= 0) killed ??= service.kill();
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, sendChanges));
  await killed;
}

/** Sends changes again, a few at a time. @returns the status of each, and true if it was replayed */
async function retry(service: Service, changes: readonly SentChange[]): Promise<(readonly [number, boolean])[]> {
  const answers: (readonly [number, boolean])[] = [];
  for (let start = 0; start < changes.length; start += CLIENTS) {
    answers.push(...(await Promise.all(changes.slice(start, start + CLIENTS).map((sent) => send(service, sent)))));
  }
  return answers;
}

describe('a service that is killed', () => {
  it(`at ${KILLS} random moments under load applies each acknowledged key once, and others at most once`, async () => {
    const env = { DATA_DIR: createTempDirectory() };
    const all: SentChange[] = [];
    let service = await startService(env);
    const { epoch } = await readSnapshot(service);

    for (let round = 0; round < KILLS; round += 1) {
      await loadUntilKilled(service, all, 1 + Math.floor(Math.random() * 120));
      service = await startService(env);

      const after = await readSnapshot(service);
      expect(after.epoch).toBe(epoch);
      const counted = all.filter(({ status }) => status === 200).length;
      const unknown = all.filter(({ status }) => status === undefined);
      expect(after.revision).toBeGreaterThanOrEqual(counted);
      expect(after.revision).toBeLessThanOrEqual(counted + unknown.length);
      for (const [counter, value] of Object.entries(after.counters)) {
        const [min, max] = computeBounds(all, counter);
        expect([counter, value >= min, value <= max]).toEqual([counter, true, true]);
      }

      const answers = await retry(service, unknown);
      for (const [index, sent] of unknown.entries()) sent.status = answers[index]?.[0] ?? 0;
      expect(all.every(({ status }) => status === 200 || status === 400)).toBe(true);
      await expectExactly(service, all);
    }

    // A last retry of every key: each is replayed with its first status, and nothing changes.
    expect(await retry(service, all)).toEqual(all.map(({ status }) => [status, true]));
    await expectExactly(service, all);
    expect((await readSnapshot(service)).epoch).toBe(epoch);
    expect(await service.stop()).toBe(0);
  }, 120_000);
});

async function expectExactly(service: Service, all: readonly SentChange[]): Promise<void> {
  const { revision, counters } = await readSnapshot(service);
  expect(revision).toBe(all.filter(({ status }) => status === 200).length);
  for (const [counter, value] of Object.entries(counters)) {
    expect([counter, value, value]).toEqual([counter, ...computeBounds(all, counter)]);
  }
}

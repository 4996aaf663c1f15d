/** A service that is killed keeps gauges and counters without a lowest value like all others: each change once. */
import { setTimeout } from 'node:timers/promises';
import type { BookedChange, Change } from '../../src/counters/counters.js';
import { createCaller } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import { postKeyed } from '../support/keyed-change.js';
import { readLedger } from '../support/retrying-clients.js';
import { createRandom, SEED } from '../support/rounds.js';
import { startService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';

const KILLS = 4;
const CLIENTS = 6;
const RETRY_DELAY_MS = 50;

it(`a service killed ${KILLS} times counts each change of a gauge and below zero once (seed ${SEED})`, async () => {
  const random = createRandom(SEED);
  const DATA_DIR = createTempDirectory();
  let service = await startService({ DATA_DIR });
  const env = { DATA_DIR, PORT: String(service.port) };
  const counters = { balance: { min: null, scale: 2 }, queue: { kind: 'gauge', min: -5 } };
  await createCaller(service.url)('PUT /dashboards/main', { counters });

  const sent = new Map<string, readonly Change[]>();
  const load = { acknowledged: 0, isDone: false };
  const runClient = async (): Promise<void> => {
    while (!load.isDone) {
      const key = `key-${sent.size}`;
      const changes: Change[] = [
        { counter: 'balance', by: random(2) === 0 ? -1 - random(900) : 1 + random(500) },
        { counter: 'queue', to: random(20) - 5 },
      ];
      sent.set(key, changes);
      // Retried until it is acknowledged, whatever happened to the attempt before.
      while ((await postKeyed(service, key, { changes }).catch(() => undefined))?.status !== 200)
        await setTimeout(RETRY_DELAY_MS);
      load.acknowledged += 1;
    }
  };
  const clients = Array.from({ length: CLIENTS }, runClient);
  for (let round = 0; round < KILLS; round += 1) {
    const goal = load.acknowledged + 1 + random(150);
    await eventually(() => load.acknowledged >= goal);
    await service.kill();
    service = await startService(env);
  }
  load.isDone = true;
  await Promise.all(clients);

  const ledger = (await readLedger(service)).filter(({ key }) => key !== undefined);
  expect(new Set(ledger.map(({ key }) => key))).toEqual(new Set(sent.keys()));
  expect(ledger).toHaveLength(sent.size);
  const values: Record<string, number> = { balance: 0, queue: 0 };
  for (const { key = '', changes } of ledger as readonly { key?: string; changes: readonly BookedChange[] }[]) {
    const [balanceChange, queueChange] = sent.get(key) ?? [];
    const queue = queueChange && 'to' in queueChange ? queueChange.to : NaN;
    expect(changes).toEqual([balanceChange, { counter: 'queue', to: queue, moved: queue - (values['queue'] ?? 0) }]);
    values['balance'] = (values['balance'] ?? 0) + (changes[0] as { by: number }).by;
    values['queue'] = queue;
  }
  const call = createCaller(service.url);
  expect((await call('GET /dashboards/main')).body.counters).toMatchObject(values);
  const { rows } = (await call('GET /dashboards/main/periods?period=day&count=2&counters=balance,queue')).body;
  type Row = { readonly counters: { readonly balance: { readonly added: number; readonly removed: number } } };
  const amounts: number[] = rows.map(({ counters: { balance } }: Row) => balance.added - balance.removed);
  expect(amounts.reduce((sum, amount) => sum + amount, 0)).toBe(values['balance']);
  expect(rows[0].counters.queue.value).toBe(values['queue']);
  expect(await service.stop()).toBe(0);
});

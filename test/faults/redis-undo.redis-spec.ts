/**
 * Undo on Redis that several instances share: once, whatever happens to connections, instances and the list of undos.
 */
import { changeOrders } from '../../src/store/contract/fixtures.contract.js';
import { RedisKeys } from '../../src/store/redis/keys.js';
import { eventually } from '../support/cleanup.js';
import { startCuttableProxy } from '../support/cuttable-proxy.js';
import { startInstance } from '../support/fault-scenario.js';
import { createPrefix, openRedisStore, startRedis } from '../support/redis-server.js';
import type { RedisServer } from '../harness/redis-server.js';
import { SEED } from '../support/rounds.js';
import { UndoClients } from '../support/undo-clients.js';

const CUTS = 6;
const ANSWERS_BETWEEN = 30;
const carriesChanges = (sent: string): boolean => sent.includes('evalsha');

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});

it(`two instances undo each revision once while connections are cut and one is killed (seed ${SEED})`, async () => {
  const proxy = await startCuttableProxy(redis.port);
  let killed = await startInstance(redis.url);
  const cut = await startInstance(proxy.url, { REDIS_TIMEOUT_MS: '3000' });
  await UndoClients.define(killed);
  const clients = new UndoClients(() => [killed, cut], SEED);
  const waitForAnswers = async (): Promise<void> => {
    const goal = clients.answered + ANSWERS_BETWEEN;
    await eventually(() => clients.answered >= goal);
  };
  for (let cuts = 0; cuts < CUTS; cuts += 1) {
    await waitForAnswers();
    await proxy.cutAfter(1 + cuts * 37, carriesChanges);
    if (cuts !== CUTS / 2) continue;
    await killed.kill();
    killed = await startInstance(redis.url);
  }
  await waitForAnswers();
  await clients.finish();
  for (const service of [killed, cut]) await clients.expectConsistent(service);
  await Promise.all([killed.stop(), cut.stop()]);
});

describe('the list of undone revisions', () => {
  const openStore = async (maxLedgerEntries = 1_000) => {
    const prefix = createPrefix();
    const retention = { keyTtlMs: 60_000, ledgerRetentionMs: 60_000, maxLedgerEntries };
    const store = await openRedisStore(redis.url, { prefix, retention });
    await store.define('main', { counters: { orders: {} } });
    const undo = (undoes: number) => store.apply({ dashboard: 'main', changes: [], undoes });
    return { store, undo, undoneKey: new RedisKeys(prefix).toUndoneKey('main') };
  };

  it('is made again from the ledger after DEL, and nothing is undone twice', async () => {
    const { store, undo, undoneKey } = await openStore();
    await store.applyAll(Array.from({ length: 1_200 }, () => changeOrders(2)));
    for (const revision of [900, 300, 1_000]) await undo(revision);
    await redis.command('DEL', undoneKey);
    for (const revision of [300, 1_000, 900])
      await expect(undo(revision)).rejects.toMatchObject({ code: 'already-undone' });
    await undo(1_201);
    expect(await redis.command('ZRANGE', undoneKey, '0', '-1')).toEqual(['1202', '1201', '1203', '1204']);
  });

  it('loses those of entries that leave the ledger, and may have some that undo nothing', async () => {
    const { store, undo, undoneKey } = await openStore(4);
    await store.apply(changeOrders(50));
    for (let undoes = 2; undoes < 22; undoes += 2)
      await store.applyAll([changeOrders(1), { dashboard: 'main', changes: [], undoes }]);
    await eventually(async () => Number(await redis.command('ZCARD', undoneKey)) <= 2);
    const { revision } = await store.apply(changeOrders(7));
    await store.apply(changeOrders(1));
    await redis.command('ZADD', undoneKey, String(revision), String(revision + 1));
    await redis.command('ZADD', undoneKey, String(revision), String(revision + 9));
    expect((await store.readLedger('main', revision - 1, 1))[0]).not.toHaveProperty('undoneBy');
    await undo(revision);
    expect(await store.readLedger('main', revision - 1, 1)).toMatchObject([{ revision, undoneBy: revision + 2 }]);
    await expect(undo(revision)).rejects.toMatchObject({ code: 'already-undone' });
  });
});

/** Upkeep on Redis: data has no lifetime of its own there, and instances delete what has expired. */
import { changeOrders } from '../../src/store/contract/fixtures.contract.js';
import { createPrefix, getSharedRedis, openRedisStore } from '../support/redis-server.js';
import { eventually } from '../support/cleanup.js';

const RETENTION = { keyTtlMs: 1_000, ledgerRetentionMs: 1_000, maxLedgerEntries: 1_000 };

it('what an idle dashboard has left expires when an instance comes by, and never by the clock of Redis alone', async () => {
  const redis = await getSharedRedis();
  const prefix = createPrefix();
  const options = { prefix, retention: RETENTION, clockSettleMs: 600_000 };
  const store = await openRedisStore(redis.url, options);
  await store.define('main', { counters: { orders: {} } });
  const [dashboard, old] = [`${prefix}:{main}`, `${prefix}:{main}:points:orders:3600`];
  for (let count = 0; count < 600; count += 1) await store.apply(changeOrders(1, { key: `k${count}` }));
  // Points of an hour of 1970, and of the present one, which has ended.
  await redis.command('XADD', old, '3600000-0', 'a', '1', 'r', '0', 'x', '0', 'y', '0');
  await redis.command('XADD', old, `${Date.now()}-0`, 'a', '600', 'r', '0', 'x', '1', 'y', '0');
  await store.close();

  const data = ['', ':keys', ':expiry', ':ledger', ':points:orders:3600'].map((end) => dashboard + end);
  const lifetimes = await Promise.all(data.map((key) => redis.command('PTTL', key)));
  expect(lifetimes).toEqual(data.map(() => -1));

  const lastMs = Number(await redis.command('HGET', dashboard, 'at'));
  await eventually(() => Date.now() > lastMs + RETENTION.keyTtlMs);
  await openRedisStore(redis.url, { ...options, clockSettleMs: 0 });
  await eventually(async () => (await redis.command('ZCARD', `${dashboard}:expiry`)) === 0);
  await eventually(async () => (await redis.command('XLEN', `${dashboard}:ledger`)) === 0);
  await eventually(async () => (await redis.command('XLEN', old)) === 1);
  // The mark of the generation stays.
  expect(await redis.command('HKEYS', `${dashboard}:keys`)).toEqual(['']);
  expect(await redis.command('HGET', dashboard, 'revision')).toBe('600');
});

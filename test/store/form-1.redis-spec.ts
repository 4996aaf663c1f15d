/** Data of the first form on Redis, from before keys had owners: it is moved on, and nothing else changes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { RedisKeys } from '../../src/store/redis/keys.js';
import { MOVE_DASHBOARD_SCRIPT } from '../../src/store/redis/lua-scripts.js';
import type { RedisStore } from '../../src/store/redis/redis.store.js';
import type { StepMs } from '../../src/store/store.js';
import { readFixture, readRecording } from '../support/form-1.js';
import { getRedisEndpoint } from '../support/redis-endpoint.js';
import { openRedisStore, startRedis } from '../support/redis-server.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { DAY_MS } from '../support/times.js';

const RECORDING = readRecording('redis');
/** So that nothing of the recording ever expires. */
const CENTURY_MS = 36_500 * DAY_MS;
const retention = { keyTtlMs: CENTURY_MS, ledgerRetentionMs: CENTURY_MS, maxLedgerEntries: 1_000_000 };
const KEYS = new RedisKeys('tallyboard');
const COUNTERS = { main: ['orders', 'customers', 'products'], shop: ['sales', 'refunds'] } as const;

beforeAll(() => Logger.overrideLogger(false));

async function startOnDump() {
  const directory = join(createTempDirectory(), 'data');
  mkdirSync(directory);
  writeFileSync(join(directory, 'dump.rdb'), readFixture('redis.rdb'));
  return startRedis({ args: ['--appendonly', 'no', '--dir', directory] });
}

async function expectRecorded(store: RedisStore): Promise<void> {
  for (const [name, { snapshot, ledger, history }] of Object.entries(RECORDING.state)) {
    expect(await store.readSnapshot(name)).toMatchObject(snapshot);
    expect(await store.readLedger(name, 0, 100)).toEqual(ledger);
    for (const { step, at, counters } of Object.values(history)) {
      const range = [at[0] ?? 0, (at.at(-1) ?? 0) + step] as const;
      const series = await store.readPoints(name, Object.keys(counters), step as StepMs, ...range);
      for (const [counter, { value, added, removed }] of Object.entries(counters)) {
        const expected = at.map((start, index) => ({
          at: start,
          value: value[index],
          added: BigInt(added[index] ?? 0),
          removed: BigInt(removed[index] ?? 0),
        }));
        const changed = expected.filter((point) => point.added + point.removed > 0n);
        expect(series.get(counter)?.points).toEqual(changed);
      }
    }
  }
}

const ROUTES: Readonly<Record<string, readonly [counter: string, by: number]>> = {
  'POST /order': ['orders', 1],
  'DELETE /product': ['products', -1],
  'DELETE /sign-off': ['customers', -1],
  'POST /product': ['products', 1],
};

/** Sends every recorded request with a key again, as each of the tills: the keys belong to everybody. */
async function expectReplays(store: RedisStore): Promise<void> {
  for (const { method, path, body, key, outcome, detail } of RECORDING.requests) {
    if (key === undefined) continue;
    const [, dashboard = 'main'] = /^\/dashboards\/(\w+)\//.exec(path) ?? [];
    const [counter = '', by = 0] = ROUTES[`${method} ${path}`] ?? [];
    const changeSet = { dashboard, key, ...(body ?? { changes: [{ counter, by }] }) };
    const owners = ['token:till1', 'token:till2'].map((owner) => ({ ...changeSet, owner }));
    for (const result of await store.applyAll(owners)) {
      expect(result).toMatchObject({ ...(outcome ?? { message: detail }), replayed: true });
    }
  }
}

/** Sends one new key as each of the tills: from now on keys have owners. */
async function expectOwners(store: RedisStore): Promise<void> {
  const order = { dashboard: 'main', changes: [{ counter: 'orders', by: 1 }], key: 'new' };
  const owners = ['token:till1', 'token:till2', 'token:till1'];
  expect(await store.applyAll(owners.map((owner) => ({ ...order, owner })))).toMatchObject(
    [false, false, true].map((replayed) => ({ replayed })),
  );
}

async function expectMoved(server: Awaited<ReturnType<typeof startOnDump>>): Promise<void> {
  expect(await server.command('GET', KEYS.formKey)).toBe('3');
  expect(await server.command('EXISTS', KEYS.movingKey, KEYS.moveLockKey)).toBe(0);
  for (const [name, counters] of Object.entries(COUNTERS)) {
    const dashboard = KEYS.toDashboardKey(name);
    expect(await server.command('HGET', dashboard, 'form')).toBe('3');
    expect(await server.command('EXISTS', `${dashboard}:ages`)).toBe(0);
    for (const key of KEYS.listDashboardKeys(name, counters)) expect(await server.command('PTTL', key)).toBeLessThan(0);
  }
}

it('two instances that start at once: one moves the data on, the other waits', async () => {
  const server = await startOnDump();
  const ledger = KEYS.toLedgerKey('shop');
  await server.command('PEXPIRE', ledger, '600000');
  const stores = await Promise.all([1, 2].map(() => openRedisStore(server.url, { retention })));
  await expectMoved(server);
  for (const store of stores) {
    await expectRecorded(store);
    await expectReplays(store);
  }
  await expectRecorded(stores[0] as RedisStore);
  await expectOwners(stores[1] as RedisStore);
  await expectReplays(stores[0] as RedisStore);
  const [undone, again, unknown] = await (stores[0] as RedisStore).applyAll([
    { dashboard: 'main', changes: [], undoes: 1 },
    { dashboard: 'main', changes: [], undoes: 1 },
    { dashboard: 'shop', changes: [], undoes: 1 },
  ]);
  expect(undone).toMatchObject({ replayed: false });
  expect([again, unknown]).toMatchObject([
    { code: 'already-undone' },
    { message: 'revision 1 cannot be undone: its entry does not say by how much sales moved' },
  ]);
});

it('a move that was interrupted between two dashboards goes on once the lock has lapsed', async () => {
  const server = await startOnDump();
  await server.command('SET', KEYS.formKey, '3');
  await server.command('SET', KEYS.movingKey, '');
  const keys = KEYS.toMoveKeys('main', COUNTERS.main);
  for (const moved of [1, 0]) {
    const args = [CENTURY_MS, 1, ...COUNTERS.main];
    expect(await server.command('EVAL', MOVE_DASHBOARD_SCRIPT, keys.length, ...keys, ...args)).toBe(moved);
  }
  // Nothing but the service of the new version touches what was not moved yet.
  const { openExport, openImport } = getRedisEndpoint(server.url, 'tallyboard');
  const message = 'shop has data form 1, this version has form 3: stop all instances of the earlier version and start';
  const source = await openExport();
  await expect(source.readDashboard('shop')).rejects.toThrow(message);
  await source.close();
  await (await openImport()).close();

  await server.command('SET', KEYS.moveLockKey, 'another instance', 'PX', '500');
  const store = await openRedisStore(server.url, { retention });
  await expectMoved(server);
  await expectRecorded(store);
  await expectReplays(store);
  await expectOwners(store);
});

it('commands refuse the first form before the service has moved it on; an empty prefix has the number at once', async () => {
  const server = await startOnDump();
  const endpoint = getRedisEndpoint(server.url, 'tallyboard');
  for (const open of [endpoint.openExport, endpoint.openImport]) {
    await expect(open()).rejects.toThrow(
      /^the prefix tallyboard has data form 1, this version has form 3: stop all instances of the earlier version/,
    );
  }
  expect(await server.command('EXISTS', KEYS.formKey)).toBe(0);
  await openRedisStore(server.url, { prefix: 'fresh' });
  await (await getRedisEndpoint(server.url, 'imported').openImport()).close();
  for (const prefix of ['fresh', 'imported'])
    expect(await server.command('GET', new RedisKeys(prefix).formKey)).toBe('3');
});

/** Moves between the embedded store and Redis: the data arrives unchanged, and counting continues from it. */
import { assert, asyncProperty, integer } from 'fast-check';
import { MAX_VALUE } from '../../src/counters/counters.js';
import { BUCKETS, type CounterStore } from '../../src/store/store.js';
import { readCounterPoints } from '../../src/store/contract/fixtures.contract.js';
import { openRedisStore } from '../support/redis-server.js';
import { startRedisCluster } from '../support/redis-cluster.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { getDatabasePath, listFindings, openSqliteStore } from '../support/sqlite-store.js';
import { describeImport } from './transfer.contract.js';
import { exportToText, importText, createSampleExport, createSqliteEndpoint } from '../support/sample-export.js';
import { createRedisEndpoint } from '../support/redis-endpoint.js';

/** Fills a store with every kind of data. */
async function fillStore(store: CounterStore): Promise<void> {
  await store.define('main', {
    title: 'Größe 👩‍👩‍👧',
    counters: { orders: { singular: 'order', title: 'O"\\' }, b: {}, a: {} },
  });
  await store.define('empty', { counters: {} });
  await store.define('gone', { counters: { x: {} } });
  for (const [index, to] of [MAX_VALUE, 0, MAX_VALUE, 5].entries()) {
    await store.apply({
      dashboard: 'main',
      changes: [{ counter: 'orders', to }],
      key: `k${index}`,
      who: 'née',
      reason: '☃',
    });
  }
  await store.apply({
    dashboard: 'main',
    changes: [
      { counter: 'b', by: 7 },
      { counter: 'a', by: 1 },
    ],
  });
  const refused = { dashboard: 'main', key: 'refused', changes: [{ counter: 'orders', by: -6 }] };
  await expect(store.apply(refused)).rejects.toMatchObject({ code: 'nothing-to-remove' });
  await expect(
    store.apply({
      dashboard: 'main',
      key: 'full',
      changes: [
        { counter: 'orders', to: MAX_VALUE },
        { counter: 'orders', by: 1 },
      ],
    }),
  ).rejects.toMatchObject({ code: 'counter-full' });
  await store.remove('main', 'b', 'someone');
  await store.define('main', { title: 'Main', counters: { late: { title: 'Late' }, b: {} } }, { who: 'someone' });
  const { revision } = await store.apply({ dashboard: 'main', changes: [{ counter: 'b', by: 3 }] });
  await store.apply({ dashboard: 'main', changes: [], undoes: revision });
  await store.remove('gone');
}

/** Everything that the port returns about a dashboard. */
async function readEverything(store: CounterStore, name: string) {
  const { counters, ...dashboard } = await store.readDashboard(name);
  const points = [...counters.keys()].flatMap((counter) =>
    BUCKETS.map(
      async ({ stepMs }) => [counter, stepMs, await readCounterPoints(store, counter, stepMs, name)] as const,
    ),
  );
  const ledger = await store.readLedger(name, 0, 1_000);
  return { dashboard, counters: [...counters], points: await Promise.all(points), ledger };
}

/** Asserts that idempotency keys survived the move: a retry gets its first reply and counts nothing. */
async function assertKeysSurvived(store: CounterStore): Promise<void> {
  const { revision } = await store.readDashboard('main');
  const repeated = { dashboard: 'main', changes: [{ counter: 'orders', to: 0 }], key: 'k1', reason: '☃' };
  expect(await store.apply(repeated)).toMatchObject({ revision: 2, counters: { orders: 0 }, replayed: true });
  await expect(store.apply({ ...repeated, reason: 'other' })).rejects.toMatchObject({ code: 'key-reused' });
  await expect(
    store.apply({ dashboard: 'main', key: 'refused', changes: [{ counter: 'orders', by: -6 }] }),
  ).rejects.toMatchObject({
    code: 'nothing-to-remove',
    message: 'cannot remove 6 from orders: only 5 remain',
    replayed: true,
  });
  expect((await store.readDashboard('main')).revision).toBe(revision);
}

describeImport('Redis', () => createRedisEndpoint());

describe('a move', () => {
  it('from the file to Redis and back changes neither the data nor the export', async () => {
    const [first, redis, last] = [createTempDirectory(), await createRedisEndpoint(), createSqliteEndpoint()];
    const store = await openSqliteStore(first);
    await fillStore(store);
    const [main, empty] = [await readEverything(store, 'main'), await readEverything(store, 'empty')];
    const text = await exportToText(createSqliteEndpoint(first));
    expect(await importText(redis, text)).toMatchObject({ main: { kind: 'imported' }, empty: { kind: 'imported' } });
    const onRedis = await openRedisStore(redis.url, { prefix: redis.prefix });
    expect([await readEverything(onRedis, 'main'), await readEverything(onRedis, 'empty')]).toEqual([main, empty]);
    expect((await onRedis.listDashboards('', 10)).map(({ name }) => name)).toEqual(['empty', 'main']);
    expect(await exportToText(redis)).toBe(text);
    await importText(last, text);
    expect(await exportToText(last)).toBe(text);
    const onFile = await openSqliteStore(last.directory);
    expect(await readEverything(onFile, 'main')).toEqual(main);
    await assertKeysSurvived(onRedis);
    await assertKeysSurvived(onFile);
  });

  it('from Redis to the file changes nothing, and both continue from there', async () => {
    const [redis, file] = [await createRedisEndpoint(), createSqliteEndpoint()];
    const store = await openRedisStore(redis.url, { prefix: redis.prefix });
    await fillStore(store);
    const main = await readEverything(store, 'main');
    const text = await exportToText(redis);
    await importText(file, text);
    expect(await exportToText(file)).toBe(text);
    expect(listFindings(getDatabasePath(file.directory))).toEqual([]);
    const onFile = await openSqliteStore(file.directory);
    expect(await readEverything(onFile, 'main')).toEqual(main);
    await assertKeysSurvived(onFile);
    for (const target of [store, onFile]) {
      const { revision } = main.dashboard;
      expect(await target.apply({ dashboard: 'main', changes: [{ counter: 'late', by: 2 }] })).toMatchObject({
        revision: revision + 1,
        counters: { late: 2 },
      });
      expect((await target.readLedger('main', revision, 10)).length).toBe(1);
      expect((await readCounterPoints(target, 'late', 3_600_000)).at(-1)).toMatchObject({ value: 2, added: 2n });
    }
    // The entries that an import brings are no changes of its counters.
    const undo = { dashboard: 'main', changes: [], undoes: main.dashboard.revision };
    await expect(onFile.apply(undo)).rejects.toMatchObject({ code: 'not-undoable' });
    expect(await store.apply(undo)).toMatchObject({ counters: { b: 3 } });
    expect(await onFile.apply({ ...undo, undoes: undo.undoes + 1 })).toMatchObject({ counters: { late: 0 } });
  });

  it('preserves any history, except what is past its retention', async () => {
    await assert(
      asyncProperty(integer(), async (seed) => {
        const { given, expected } = createSampleExport(seed);
        const [redis, file] = [await createRedisEndpoint(), createSqliteEndpoint()];
        await importText(redis, given);
        expect(await exportToText(redis)).toBe(expected);
        await importText(file, given);
        expect(await exportToText(file)).toBe(expected);
      }),
      { numRuns: 6 },
    );
  });

  it('to a Cluster puts each dashboard into its slot', async () => {
    const cluster = await startRedisCluster();
    const { given, expected } = createSampleExport(4);
    const endpoint = await createRedisEndpoint(cluster.url);
    await importText(endpoint, given);
    expect(await exportToText(endpoint)).toBe(expected);
    expect(Object.values(await importText(endpoint, given)).map(({ kind }) => kind)).not.toContain('imported');
  });
});

describe('counters that were imported with old points only', () => {
  it('have no newer points until the next change opens a bucket', async () => {
    const endpoint = await createRedisEndpoint();
    const hour = Math.floor((Date.now() - 20 * 86_400_000) / 3_600_000) * 3_600_000;
    await importText(
      endpoint,
      [
        '{"tallyboard":"export","version":1}',
        `{"dashboard":{"name":"main","epoch":"e","revision":1,"at":${hour + 1},"counters":[{"name":"orders","added":"4","removed":"0"}]}}`,
        `{"points":{"counter":"orders","step":3600,"from":["0","0"],"rows":[[${hour},"4","0"]]}}`,
        '{"end":{"dashboard":"main","points":1,"ledger":0,"keys":0}}',
        '{"finished":{"dashboards":1}}',
      ].join('\n'),
    );
    const store = await openRedisStore(endpoint.url, { prefix: endpoint.prefix });
    expect([await readCounterPoints(store, 'orders', 1_000), await readCounterPoints(store, 'orders', 60_000)]).toEqual(
      [[], []],
    );
    await store.apply({ dashboard: 'main', changes: [{ counter: 'orders', by: 2 }] });
    await store.apply({ dashboard: 'main', changes: [{ counter: 'orders', by: 2 }] });
    const [old, ...hours] = await readCounterPoints(store, 'orders', 3_600_000);
    expect(old).toMatchObject({ at: hour, value: 4, added: 4n });
    for (const points of [
      hours,
      await readCounterPoints(store, 'orders', 60_000),
      await readCounterPoints(store, 'orders', 1_000),
    ]) {
      expect(points.reduce((sum, { added }) => sum + added, 0n)).toBe(4n);
    }
  });
});

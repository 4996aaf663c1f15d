/** Export and import on Redis, record by record: every kind of counter arrives unchanged, and counts on from there. */
import type { CounterDefinition } from '../../src/counters/definition.js';
import { type CounterStore, ROWS } from '../../src/store/store.js';
import type { ExportRecord } from '../../src/store/transfer.port.js';
import { getRedisEndpoint } from '../support/redis-endpoint.js';
import { createPrefix, getSharedRedis, openRedisStore } from '../support/redis-server.js';

const MAX = Number.MAX_SAFE_INTEGER;
const COUNTERS: Readonly<Record<string, CounterDefinition>> = {
  revenue: { currency: 'EUR', min: null, headline: 'day' },
  queue: { kind: 'gauge', min: -5, unit: 'people' },
  idle: { kind: 'gauge', min: null },
};
const SETTINGS = { title: 'Shop', timeZone: 'Asia/Tokyo', measures: { all: { sum: ['revenue'] } } } as const;

async function readRecords(prefix: string) {
  const { url } = await getSharedRedis();
  const source = await getRedisEndpoint(url, prefix).openExport();
  const exported = await source.readDashboard('main');
  if (!exported) throw new Error('there is no dashboard');
  const records: ExportRecord[] = [];
  for await (const batch of exported.readRecords()) records.push(...batch);
  await source.close();
  return { dashboard: exported.dashboard, records };
}

async function readEverything(store: CounterStore) {
  const names = Object.keys(COUNTERS);
  const ranges = ROWS.map(({ stepMs }) => ({ stepMs, start: 0, end: MAX }));
  return [await store.readDashboard('main'), await store.readSums('main', names, ranges)];
}

it('moves settings, lowest values, levels and days from one prefix to another', async () => {
  const { url } = await getSharedRedis();
  const [from, to] = [createPrefix(), createPrefix()];
  const store = await openRedisStore(url, { prefix: from });
  await store.define('main', { ...SETTINGS, counters: COUNTERS });
  const apply = (target: CounterStore, counter: string, value: number) =>
    target.apply({ dashboard: 'main', changes: [{ counter, to: value }] });
  const firstSecond = Math.floor((await apply(store, 'queue', 7)).at / 1_000);
  for (const value of [MAX, -MAX, 12]) await apply(store, 'revenue', value);
  // At least one bucket of each has ended.
  for (let at = 0; Math.floor(at / 1_000) <= firstSecond; at = (await apply(store, 'queue', -3)).at);
  const { dashboard, records } = await readRecords(from);
  expect(dashboard).toMatchObject({ settings: SETTINGS, version: 1, day: { start: expect.any(Number) } });
  const levels = records.flatMap((record) => (record.levels ? [record.levels] : []));
  expect(levels.map(({ counter, stepMs }) => [counter, stepMs])).toEqual(ROWS.map(({ stepMs }) => ['queue', stepMs]));
  expect(levels[0]?.levels.length).toBeGreaterThan(1);

  const target = await getRedisEndpoint(url, to).openImport();
  const importing = await target.begin(dashboard, undefined);
  await importing.add(records);
  expect(await importing.complete(dashboard.epoch)).toBe(true);
  await target.close();
  expect(await readRecords(to)).toEqual({ dashboard, records });
  const moved = await openRedisStore(url, { prefix: to });
  expect(await readEverything(moved)).toEqual(await readEverything(store));
  for (const each of [store, moved]) {
    await expect(apply(each, 'queue', -6)).rejects.toMatchObject({ code: 'nothing-to-remove' });
    expect(await apply(each, 'revenue', -4)).toMatchObject({ counters: { revenue: -4 } });
    expect(await each.remove('main', 'idle')).toMatchObject({ counters: { idle: 0 }, added: {} });
  }
  const [mine, theirs] = await Promise.all([store, moved].map((each) => each.readDashboard('main')));
  expect(mine?.counters).toEqual(theirs?.counters);
});

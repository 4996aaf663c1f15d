/** Data of the second form on Redis, with a title as the only setting and without days: it is moved on. */
import { Logger } from '@nestjs/common';
import { RedisKeys } from '../../src/store/redis/keys.js';
import { MOVE_DASHBOARD_SCRIPT } from '../../src/store/redis/lua-scripts.js';
import { BUCKETS, type CounterSums, DAY_ROWS, ROWS } from '../../src/store/store.js';
import { getRedisEndpoint } from '../support/redis-endpoint.js';
import { createPrefix, getSharedRedis, openRedisStore } from '../support/redis-server.js';
import { DAY_MS } from '../support/times.js';

const HOUR_MS = 3_600_000;
const HOURS = 60;
const MANY = Array.from({ length: 45 }, (_, index) => `c${index}`);

beforeAll(() => Logger.overrideLogger(false));

/** Writes `main` as the second form had it: `orders` gains 5 and loses 2 in every other hour, `idle` never changes. */
async function createSecondForm() {
  const server = await getSharedRedis();
  const prefix = createPrefix();
  const keys = new RedisKeys(prefix);
  const dashboard = keys.toDashboardKey('main');
  const thisHour = Date.now() - (Date.now() % HOUR_MS);
  const hours = Array.from({ length: HOURS / 2 }, (_, index) => thisHour - (HOURS - 2 - index * 2) * HOUR_MS);
  const total = hours.length;
  for (const [index, hour] of hours.slice(0, -1).entries()) {
    const totals = ['a', (index + 1) * 5, 'r', (index + 1) * 2, 'x', index * 5, 'y', index * 2];
    await server.command('XADD', keys.toPointsKey('main', 'orders', HOUR_MS), `${hour}-0`, ...totals);
  }
  const open = BUCKETS.flatMap(() => [hours.at(-1), (total - 1) * 5, (total - 1) * 2]);
  const fields = {
    epoch: 'e',
    revision: total,
    at: thisHour,
    births: 2 + MANY.length,
    size: 2 + MANY.length,
    form: 2,
    generation: 'g',
    'shared-until': 0,
    title: 'Größe "1"',
    'd:orders': '1 {"title":"Orders/h","unit":"order"}',
    'c:orders': [total * 3, total * 5, total * 2, ...open].join(' '),
    'd:idle': '2 {}',
    'c:idle': '0 0 0',
  };
  const counters = MANY.flatMap((name, index) => [`d:${name}`, `${index + 3} {}`, `c:${name}`, '0 0 0']);
  await server.command('HSET', dashboard, ...Object.entries(fields).flat(), ...counters);
  await server.command('HSET', keys.toIdempotencyHashKey('main'), '', 'g', '\0old', refusedUntil(thisHour + DAY_MS));
  await server.command('ZADD', keys.toIdempotencyExpiryKey('main'), thisHour + DAY_MS, '\0old');
  await server.command('ZADD', keys.namesKey, 0, 'main');
  await server.command('SET', keys.formKey, 2);
  return { server, prefix, keys, totals: { added: BigInt(total * 5), removed: BigInt(total * 2) } };
}

/** The stored refusal of a change, as the second form had it. */
function refusedUntil(end: number): string {
  return `fnvp4u6Em4uNLFSzx8qQoA ${end - DAY_MS} ${end} ["nothing-to-remove","orders",9,1,"order"]`;
}

it('becomes the third form: settings, lowest values and days, whose sums equal the totals', async () => {
  const { server, prefix, keys, totals } = await createSecondForm();
  const endpoint = getRedisEndpoint(server.url, prefix);
  await expect(endpoint.openExport()).rejects.toThrow(
    `the prefix ${prefix} has data form 2, this version has form 3: stop all instances of the earlier version`,
  );
  const store = await openRedisStore(server.url, { prefix });
  const dashboard = await store.readDashboard('main');
  expect(dashboard).toMatchObject({ settings: { title: 'Größe "1"' }, version: 1, revision: HOURS / 2, epoch: 'e' });
  expect([...dashboard.counters.keys()]).toEqual(['orders', 'idle', ...MANY]);
  expect(dashboard.counters.get('orders')).toEqual({
    definition: { title: 'Orders/h', singular: 'order' },
    value: Number(totals.added - totals.removed),
    ...totals,
  });
  const hours = { stepMs: HOUR_MS, start: 0, end: Number.MAX_SAFE_INTEGER } as const;
  const days = { ...hours, stepMs: DAY_ROWS.stepMs };
  const today = Date.now() - (Date.now() % DAY_MS);
  const ranges = [hours, days, { ...days, end: today - DAY_MS }, { ...hours, end: today - DAY_MS }];
  const readSums = async () => (await store.readSums('main', ['orders'], ranges)).get('orders') as CounterSums;
  const { sums } = await readSums();
  expect(sums.slice(0, 2)).toMatchObject([totals, totals]);
  expect(sums[2]).toEqual(sums[3]);
  expect(await server.command('XLEN', keys.toPointsKey('main', 'orders', DAY_ROWS.stepMs))).toBeGreaterThan(1);

  const apply = (by: number, more = {}) =>
    store.apply({ dashboard: 'main', changes: [{ counter: 'orders', by }], ...more });
  await expect(apply(-1_000_000)).rejects.toMatchObject({ code: 'nothing-to-remove' });
  await apply(7);
  expect((await readSums()).sums.slice(0, 2)).toMatchObject(
    [0, 1].map(() => ({ ...totals, added: totals.added + 7n })),
  );
  await store.apply({ dashboard: 'main', changes: [{ counter: 'idle', by: 1 }] });
  expect(
    (
      await store.readSums(
        'main',
        ['idle'],
        ROWS.map(({ stepMs }) => ({ ...hours, stepMs })),
      )
    ).get('idle'),
  ).toEqual({
    kind: 'counter',
    totals: { added: 1n, removed: 0n },
    sums: ROWS.map(() => ({ added: 1n, removed: 0n, value: 1 })),
  });
});

it('is out of reach while it is moved: half of its counters have the third form', async () => {
  const { server, prefix, keys, totals } = await createSecondForm();
  const store = await openRedisStore(server.url, { prefix: createPrefix() });
  await store.close();
  const moveKeys = keys.toMoveKeys('main', ['orders']);
  const move = (isLast: number) =>
    server.command('EVAL', MOVE_DASHBOARD_SCRIPT, moveKeys.length, ...moveKeys, DAY_MS, isLast, 'orders');
  // A step that is repeated changes nothing.
  for (let times = 0; times < 2; times += 1) expect(await move(0)).toBe(1);
  await server.command('SET', keys.formKey, '3');
  const source = await getRedisEndpoint(server.url, prefix).openExport();
  await expect(source.readDashboard('main')).rejects.toThrow(
    'main has data form 2.5, this version has form 3: stop all instances of the earlier version and start',
  );
  await source.close();
  await server.command('SET', keys.movingKey, '');
  const moved = await openRedisStore(server.url, { prefix });
  const { counters } = await moved.readDashboard('main');
  expect([counters.size, counters.get('orders')]).toMatchObject([2 + MANY.length, totals]);
});

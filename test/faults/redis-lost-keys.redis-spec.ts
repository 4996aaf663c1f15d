/**
 * Single keys of a dashboard that are deleted, left over or half written: counting goes on, and nothing is mixed up.
 */
import { eventually } from '../support/cleanup.js';
import { startInstance } from '../support/fault-scenario.js';
import { startRedis } from '../support/redis-server.js';
import { readLedger } from '../support/retrying-clients.js';
import type { Service } from '../support/service.js';
import type { RedisServer } from '../harness/redis-server.js';
import { watchV1 } from '../support/websocket-viewer.js';

let redis: RedisServer;
let service: Service;

beforeAll(async () => {
  redis = await startRedis();
});

beforeEach(async () => {
  await redis.command('FLUSHALL');
  service = await startInstance(redis.url);
  await eventually(async () => (await order('one')).status === 200);
  await order('two');
});

afterEach(() => service.stop());

async function order(key: string) {
  const response = await fetch(`${service.url}/order`, {
    method: 'POST',
    headers: { 'Idempotency-Key': key, Accept: 'application/json' },
  });
  const body = (await response.json()) as { revision?: number; detail?: string };
  return {
    status: response.status,
    isReplay: response.headers.get('idempotent-replayed') === 'true',
    revision: body.revision,
    detail: body.detail,
  };
}

async function readMain() {
  return (await (await fetch(`${service.url}/dashboard`)).json()) as {
    epoch: string;
    revision: number;
    counters: { orders: number };
  };
}

function waitForLog(message: string): Promise<void> {
  return eventually(() => service.output().includes(message));
}

async function expectHealthy(): Promise<void> {
  const { revision, counters } = await readMain();
  expect(await order('new')).toMatchObject({ status: 200, isReplay: false, revision: revision + 1 });
  expect(await order('new')).toMatchObject({ status: 200, isReplay: true });
  expect((await readMain()).counters.orders).toBe(counters.orders + 1);
  expect((await readLedger(service)).at(-1)).toMatchObject({ revision: revision + 1, key: 'new' });
  expect((await fetch(`${service.url}/dashboards/main/history`)).status).toBe(200);
  expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
}

it('after DEL of the dashboard itself a new life begins, without the ledger and the keys of the old one', async () => {
  const { epoch } = await readMain();
  const viewer = await watchV1(service.url);
  await redis.command('DEL', 'tallyboard:{main}');
  expect(await order('one')).toMatchObject({ status: 200, isReplay: false, revision: 1 });
  await viewer.waitForValues({ orders: 1 });
  expect((await readMain()).epoch).not.toBe(epoch);
  expect((await readLedger(service)).map(({ key }) => key)).toEqual(['one']);
  await waitForLog('main: Redis has lost the dashboard, but not its ledger');
  await expectHealthy();
  await service.stop();
  service = await startInstance(redis.url);
  await eventually(async () => (await order('after')).status === 200);
});

it.each([
  ['ledger', ['main: Redis has lost the ledger'], true],
  ['keys', ['main: Redis has lost the idempotency keys: retries of earlier changes count again'], false],
  ['expiry', ['main: Redis has lost the expiry of idempotency keys'], true],
  // A history that is gone cannot be told from one that has expired.
  ['points:orders:1', [], true],
])('after DEL of %s counting goes on, and the log names what is lost', async (key, messages, isReplayed) => {
  await redis.command('DEL', `tallyboard:{main}:${key}`);
  await expectHealthy();
  // The list of keys is looked at every 64 revisions.
  for (const message of messages)
    await eventually(async () => (await order(`later-${performance.now()}`), service.output().includes(message)));
  expect((await order('two')).isReplay).toBe(isReplayed);
  const stored = Number(await redis.command('HLEN', 'tallyboard:{main}:keys'));
  expect(await redis.command('ZCARD', 'tallyboard:{main}:expiry')).toBe(stored - 1);
});

it('after DEL of the index of names the dashboards that an instance knows are listed again', async () => {
  const headers = { 'Content-Type': 'application/json' };
  const put = { method: 'PUT', headers, body: JSON.stringify({ counters: { sales: {} } }) };
  for (const name of ['shop', 'watched']) await fetch(`${service.url}/dashboards/${name}`, put);
  const viewer = await watchV1(service.url, '/dashboards/watched');
  await viewer.waitForValues({ sales: 0 });
  const list = async (): Promise<string> => (await fetch(`${service.url}/dashboards`)).text();
  const isListed = async (): Promise<boolean> => /main[^]*shop[^]*watched/.test(await list());
  expect(await isListed()).toBe(true);
  for (const deletion of [['DEL'], ['ZREM', 'shop']]) {
    const [command = '', ...members] = deletion;
    await redis.command(command, 'tallyboard:names', ...members);
    expect(await isListed()).toBe(false);
    await eventually(isListed);
  }
  for (const name of ['main', 'shop', 'watched'])
    await waitForLog(`${name}: Redis has lost its name in the index, so that lists did not show it`);
  await fetch(`${service.url}/dashboards/shop`, { method: 'DELETE' });
  await redis.command('DEL', 'tallyboard:names');
  await eventually(async () => /main[^]*watched/.test(await list()));
  expect(await list()).not.toContain('shop');
});

it('a step that stopped half-way is taken back: it counts when it is retried, in a new epoch', async () => {
  const { epoch, revision } = await readMain();
  const viewer = await watchV1(service.url);
  const future = '4102444800000-0';
  await redis.command('XADD', 'tallyboard:{main}:ledger', `${revision + 1}-0`, 't', '1', 'e', '{"changes":[]}');
  await redis.command('XADD', 'tallyboard:{main}:points:orders:1', future, 'a', '9', 'r', '0', 'x', '0', 'y', '0');
  const reply = String(await redis.command('HGET', 'tallyboard:{main}:keys', '\0two'));
  await redis.command('HSET', 'tallyboard:{main}:keys', '\0three', reply.replace('[2,', '[3,'));
  expect(await order('three')).toMatchObject({ status: 200, isReplay: false, revision: revision + 1 });
  await viewer.waitForValues({ orders: 3 });
  expect((await readMain()).epoch).not.toBe(epoch);
  expect((await readLedger(service)).map(({ key }) => key)).toEqual(['one', 'two', 'three']);
  await waitForLog('main: the ledger had entries that the dashboard does not know');
  await expectHealthy();
  await eventually(async () => {
    await order(`later-${performance.now()}`);
    return service.output().includes('main: the history had points that the dashboard does not know');
  });
  expect((await redis.command('XREVRANGE', 'tallyboard:{main}:points:orders:1', '+', '-')) as unknown[]).not.toEqual(
    expect.arrayContaining([expect.arrayContaining([future])]),
  );
});

it('idempotency keys of another life are not replayed', async () => {
  await redis.command('HSET', 'tallyboard:{main}', 'generation', 'another');
  expect(await order('two')).toMatchObject({ status: 200, isReplay: false, revision: 3 });
  expect(await order('two')).toMatchObject({ status: 200, isReplay: true, revision: 3 });
  await expectHealthy();
});

it('a key of another type makes the instance unready until it is gone; nothing is counted meanwhile', async () => {
  await redis.command('SET', 'tallyboard:{main}:keys', 'text');
  expect(await order('three')).toMatchObject({ status: 503, detail: expect.stringMatching(/nothing was counted$/) });
  await eventually(async () => (await fetch(`${service.url}/health/ready`)).status === 503);
  const isNamed = 'tallyboard:{main}:keys is a string';
  await eventually(async () => String((await order('three')).detail).includes(isNamed));
  await eventually(() => service.output().includes(isNamed));
  expect((await readMain()).counters.orders).toBe(2);
  await redis.command('DEL', 'tallyboard:{main}:keys');
  await eventually(async () => (await fetch(`${service.url}/health/ready`)).status === 200);
  await expectHealthy();
});

it.each([
  ['the next change', async () => (await order('three')).status === 200],
  ['the check of quiet dashboards', async () => (await fetch(`${service.url}/health/live`)).status === 200],
])('another state with the same revision, as after a failover, gets a new epoch by %s', async (_by, act) => {
  const { epoch, revision } = await readMain();
  const viewer = await watchV1(service.url);
  await viewer.waitForValues({ orders: 2 });
  await redis.command(
    'HSET',
    'tallyboard:{main}',
    'c:orders',
    '70 0 70 0',
    'c:products',
    '5 0 5 0',
    'at',
    Date.now() + 1,
  );
  expect(await act()).toBe(true);
  await eventually(() => (viewer.states.at(-1)?.counters['orders'] ?? 0) >= 70);
  expect(viewer.states.at(-1)).toMatchObject({ counters: { products: 5 } });
  const { epoch: next, revision: nextRevision } = await readMain();
  expect(next).not.toBe(epoch);
  expect(nextRevision - revision).toBeLessThanOrEqual(1);
  // No frame of the old epoch has numbers of the other state.
  expect(viewer.states.filter((state) => state.epoch === epoch && state.counters['products'] !== 0)).toEqual([]);
});

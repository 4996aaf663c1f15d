/** A Cluster of three masters: slots move under load while viewers watch, and masters are killed. */
import { type ClusterNode, type RedisCluster, startRedisCluster } from '../support/redis-cluster.js';
import { createCaller } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import {
  startScenario,
  expectConsistent,
  startInstance,
  startTwoInstances,
  waitForRecovery,
} from '../support/fault-scenario.js';
import type { Service } from '../support/service.js';

const MOVES = 2;

let cluster: RedisCluster;
let services: readonly Service[];

beforeAll(async () => {
  cluster = await startRedisCluster({ replicas: true });
  services = await startTwoInstances(cluster.url);
});

it('no change is lost while a slot moves to and fro under load', async () => {
  await moveUnderLoad(services);
});

it('no change is lost while a slot moves and instances wait for replicas, which change with the slot', async () => {
  await moveUnderLoad(await startTwoInstances(cluster.url, { REDIS_WAIT_REPLICAS: '1', REDIS_PREFIX: 'waits' }));
});

it('a killed master is replaced by its replica', async () => {
  const scenario = await startScenario(services);
  const owner = await cluster.readOwner(await cluster.readSlot('{main}'));
  await owner.server.kill();
  const { length: sent } = scenario.clients.sent;
  await Promise.all([scenario.clients.waitForRefusals(), scenario.viewers.waitForDegraded()]);
  await waitForRecovery(scenario);
  // Without REDIS_WAIT_REPLICAS the replica may lack the latest acknowledged changes.
  await expectConsistent(scenario, { sentBefore: sent, ledgerStart: scenario.start });
});

it('with REDIS_WAIT_REPLICAS the replica of a killed master has every acknowledged change', async () => {
  const { url, masters, replicas, readOwner, readSlot } = await startRedisCluster({ replicas: true });
  const scenario = await startScenario(await startTwoInstances(url, { REDIS_WAIT_REPLICAS: '1' }));
  const owner = await readOwner(await readSlot('{main}'));
  const replica = replicas[masters.indexOf(owner)];
  await owner.server.kill();
  await Promise.all([scenario.clients.waitForRefusals(), scenario.viewers.waitForDegraded()]);
  await eventually(async () => (await replica?.server.readInfo('role')) === 'master');
  // It returns as a replica of its former replica; no other server can confirm changes.
  await owner.server.start();
  await waitForRecovery(scenario);
  await expectConsistent(scenario);
});

it('an unavailable master affects only its own dashboards, and instances are ready while any master is up', async () => {
  const { url, masters, readSlot, readOwner } = await startRedisCluster({
    args: ['--cluster-require-full-coverage', 'no'],
  });
  const service = await startInstance(url);
  const call = createCaller(service.url);
  const owner = await readOwner(await readSlot('{main}'));
  let elsewhere = '';
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
    if ((await readOwner(await readSlot(`{${name}}`))) !== owner) elsewhere = name;
  }
  await call(`PUT /dashboards/${elsewhere}`, { counters: { orders: {} } });
  await owner.server.kill();
  await eventually(async () => (await call('POST /order')).status === 503);
  expect((await call(`POST /dashboards/${elsewhere}/counters/orders/add`)).status).toBe(200);
  expect((await call('GET /health/ready')).status).toBe(200);

  const others = masters.filter((node) => node !== owner);
  for (const { server } of others) await server.kill();
  await eventually(async () => (await call('GET /health/ready')).status === 503);
  for (const { server } of [...others, owner]) await server.start();
  await eventually(async () => (await call('GET /health/ready')).status === 200);
  await eventually(async () => (await call('POST /order')).status === 200);
  expect((await call(`GET /dashboards/${elsewhere}/counters/orders`)).body).toMatchObject({ value: 1 });
});

async function moveUnderLoad(instances: readonly Service[]): Promise<void> {
  const scenario = await startScenario(instances);
  const slot = await cluster.readSlot('{main}');
  for (let moves = 0; moves < MOVES; moves += 1) {
    await cluster.moveSlot(slot, findOtherMaster(await cluster.readOwner(slot)));
    await scenario.clients.waitForAcknowledged(50);
  }
  await waitForRecovery(scenario);
  await expectConsistent(scenario);
}

function findOtherMaster(owner: ClusterNode): ClusterNode {
  const other = cluster.masters.find((node) => node !== owner);
  if (!other) throw new Error('there is one master only');
  return other;
}

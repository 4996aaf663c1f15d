/** Sentinels make the replica master: with REDIS_WAIT_REPLICAS nothing acknowledged is lost, and without it a loss begins a new epoch. */
import { eventually } from '../support/cleanup.js';
import { startRedisSentinels } from '../support/redis-sentinel.js';
import { startRedis } from '../support/redis-server.js';
import {
  startScenario,
  expectConsistent,
  startTwoInstances,
  waitForOutage,
  waitForRecovery,
} from '../support/fault-scenario.js';

it('the master is killed under load, and the replica has all that was acknowledged', async () => {
  const { url, master, replica, waitForMaster } = await startRedisSentinels();
  const scene = await startScenario(await startTwoInstances(url, { REDIS_WAIT_REPLICAS: '1' }));
  await master.kill();
  await waitForOutage(scene);
  await waitForMaster(replica);
  // Nobody is there yet to confirm changes.
  await scene.clients.waitForRefusals();
  await startRedis({ args: ['--replicaof', `127.0.0.1 ${replica.port}`] });
  await waitForRecovery(scene);
  await expectConsistent(scene);
}, 90_000);

it('the replica lacks the last changes: the dashboard goes on in a new epoch, and everybody is told', async () => {
  // A replica that has heard nothing of its master for ten times as long is never made master.
  const { url, master, replica, waitForMaster } = await startRedisSentinels({ downAfterMs: 1_500 });
  const scene = await startScenario(await startTwoInstances(url));
  // It cannot get in any more.
  await replica.command('CONFIG', 'SET', 'masterauth', 'wrong');
  await master.command('CLIENT', 'KILL', 'TYPE', 'replica');
  await eventually(async () => (await master.readInfo('connected_slaves')) === '0');
  await scene.clients.waitForAcknowledged(30);
  await master.kill();
  const { length: sent } = scene.clients.sent;
  await waitForMaster(replica);
  await scene.viewers.waitForNewEpoch(scene.start.epoch);
  await waitForRecovery(scene);
  const { epoch } = await expectConsistent(scene, { sentBefore: sent, ledgerStart: scene.start });
  expect(epoch).not.toBe(scene.start.epoch);
}, 90_000);

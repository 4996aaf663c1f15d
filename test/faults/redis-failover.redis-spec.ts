/** Sentinels make the replica master: with REDIS_WAIT_REPLICAS nothing acknowledged is lost, and without it a loss begins a new epoch. */
import { eventually } from '../support/cleanup.js';
import { startSentinels } from '../support/redis-sentinel.js';
import { startRedis } from '../support/redis-server.js';
import { beginScene, expectRight, startTwo, untilAway, untilBack } from '../support/fault-scene.js';

it('the master is killed under load, and the replica has all that was acknowledged', async () => {
  const { url, master, replica, untilMaster } = await startSentinels();
  const scene = await beginScene(await startTwo(url, { REDIS_WAIT_REPLICAS: '1' }));
  await master.kill();
  await untilAway(scene);
  await untilMaster(replica);
  // Nobody is there yet to confirm changes.
  await scene.load.untilRefused();
  await startRedis({ args: ['--replicaof', `127.0.0.1 ${replica.port}`] });
  await untilBack(scene);
  await expectRight(scene);
}, 90_000);

it('the replica lacks the last changes: the dashboard goes on in a new epoch, and everybody is told', async () => {
  // A replica that has heard nothing of its master for ten times as long is never made master.
  const { url, master, replica, untilMaster } = await startSentinels({ downAfterMs: 1_500 });
  const scene = await beginScene(await startTwo(url));
  // It cannot get in any more.
  await replica.cli('CONFIG', 'SET', 'masterauth', 'wrong');
  await master.cli('CLIENT', 'KILL', 'TYPE', 'replica');
  await eventually(async () => (await master.info('connected_slaves')) === '0');
  await scene.load.untilCounted(30);
  await master.kill();
  const { length: sent } = scene.load.sent;
  await untilMaster(replica);
  await scene.audience.untilReset(scene.start.epoch);
  await untilBack(scene);
  const { epoch } = await expectRight(scene, { sent, from: scene.start });
  expect(epoch).not.toBe(scene.start.epoch);
}, 90_000);

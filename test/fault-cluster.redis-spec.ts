/** A Cluster of three masters: the slot of a dashboard is moved under load, back and forth, while viewers watch it. */
import { type ClusterNode, type RedisCluster, startCluster } from './redis-cluster.fixture.js';
import { beginScene, expectRight, startTwo, untilAway, untilBack } from './scene.fixture.js';
import type { Service } from './service.fixture.js';

const MOVES = 2;

let cluster: RedisCluster;

beforeAll(async () => {
  cluster = await startCluster({ replicas: true });
}, 90_000);

it.each([{}, { REDIS_WAIT_REPLICAS: '1', REDIS_PREFIX: 'waits' }])(
  'the slot of a dashboard is moved under load: %j',
  async (env) => {
    const services: readonly Service[] = await startTwo(cluster.url, env);
    const scene = await beginScene(services);
    const slot = await cluster.slotOf('{main}');
    for (let moves = 0; moves < MOVES; moves += 1) {
      await cluster.moveSlot(slot, otherThan(await cluster.ownerOf(slot)));
      await scene.load.untilCounted(50);
    }
    await untilBack(scene);
    await expectRight(scene);
  },
  90_000,
);

it('the master of a dashboard is killed under load, and its replica takes its place', async () => {
  const scene = await beginScene(await startTwo(cluster.url, { REDIS_PREFIX: 'fails' }));
  const owner = await cluster.ownerOf(await cluster.slotOf('{main}'));
  await owner.server.kill();
  const { length: sent } = scene.load.sent;
  await untilAway(scene);
  await untilBack(scene);
  // A replica may lack what was acknowledged a moment before.
  await expectRight(scene, { sent, from: scene.start });
}, 90_000);

function otherThan(owner: ClusterNode): ClusterNode {
  const other = cluster.masters.find((node) => node !== owner);
  if (!other) throw new Error('there is one master only');
  return other;
}

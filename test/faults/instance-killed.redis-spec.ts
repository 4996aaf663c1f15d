/** An instance is killed under load: the other takes over the retries of its clients, and a new one takes its place. */
import { eventually } from '../support/cleanup.js';
import { startRedis } from '../support/redis-server.js';
import { beginScene, expectRight, startOne, startTwo } from '../support/fault-scene.js';
import type { Service } from '../support/service.js';

const KILLS = 2;

it('an instance is killed under load, and what its clients send again to the other counts once', async () => {
  const redis = await startRedis();
  const [stays, goes] = await startTwo(redis.url);
  const running: Service[] = [stays, goes];
  const scene = await beginScene([stays], () => running);
  for (let kills = 0; kills < KILLS; kills += 1) {
    const { broken } = scene.load;
    await running.at(-1)?.kill();
    // Clients find out by themselves, and only then are told of others.
    await eventually(() => scene.load.broken > broken);
    running.pop();
    await scene.load.untilCounted(50);
    running.push(await startOne(redis.url));
    await scene.load.untilCounted(100);
  }
  await expectRight({ ...scene, services: running });
}, 90_000);

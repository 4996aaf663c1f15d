/** An instance is killed under load: the other takes over the retries of its clients, and a new one takes its place. */
import { startRedis } from './redis.fixture.js';
import { beginScene, expectRight, startOne, startTwo } from './scene.fixture.js';
import type { Service } from './service.fixture.js';

const KILLS = 2;

it('an instance is killed under load, and what its clients send again to the other counts once', async () => {
  const redis = await startRedis();
  const [stays, goes] = await startTwo(redis.url);
  const running: Service[] = [stays, goes];
  const scene = await beginScene([stays], () => running);
  for (let kills = 0; kills < KILLS; kills += 1) {
    const victim = running.pop();
    await victim?.kill();
    await scene.load.untilCounted(50);
    running.push(await startOne(redis.url));
    await scene.load.untilCounted(100);
  }
  await expectRight({ ...scene, services: running });
  expect(scene.load.broken).toBeGreaterThan(0);
}, 90_000);

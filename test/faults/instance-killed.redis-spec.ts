/** An instance is killed under load: the other takes over the retries of its clients, and a new one takes its place. */
import { eventually } from '../support/cleanup.js';
import { startRedis } from '../support/redis-server.js';
import { startScenario, expectConsistent, startInstance, startTwoInstances } from '../support/fault-scenario.js';
import type { Service } from '../support/service.js';

const KILLS = 2;

it('an instance is killed under load, and what its clients send again to the other counts once', async () => {
  const redis = await startRedis();
  const [stays, goes] = await startTwoInstances(redis.url);
  const running: Service[] = [stays, goes];
  const scene = await startScenario([stays], () => running);
  for (let kills = 0; kills < KILLS; kills += 1) {
    const { brokenConnections } = scene.clients;
    await running.at(-1)?.kill();
    // Clients find out by themselves, and only then are told of others.
    await eventually(() => scene.clients.brokenConnections > brokenConnections);
    running.pop();
    await scene.clients.waitForAcknowledged(50);
    running.push(await startInstance(redis.url));
    await scene.clients.waitForAcknowledged(100);
  }
  await expectConsistent({ ...scene, services: running });
}, 90_000);

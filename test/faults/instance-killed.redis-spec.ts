/** An instance is killed under load: its clients retry on the other one, and a new instance replaces it. */
import { eventually } from '../support/cleanup.js';
import { startRedis } from '../support/redis-server.js';
import { startScenario, expectConsistent, startInstance, startTwoInstances } from '../support/fault-scenario.js';
import type { Service } from '../support/service.js';

const KILLS = 2;

it('changes that are retried on another instance after a kill under load count once', async () => {
  const redis = await startRedis();
  const [survivor, victim] = await startTwoInstances(redis.url);
  const running: Service[] = [survivor, victim];
  const scenario = await startScenario([survivor], () => running);
  for (let kills = 0; kills < KILLS; kills += 1) {
    const { brokenConnections } = scenario.clients;
    await running.at(-1)?.kill();
    // The clients notice the broken connections first; then the instance is taken off their list.
    await eventually(() => scenario.clients.brokenConnections > brokenConnections);
    running.pop();
    await scenario.clients.waitForAcknowledged(50);
    running.push(await startInstance(redis.url));
    await scenario.clients.waitForAcknowledged(100);
  }
  await expectConsistent({ ...scenario, services: running });
});

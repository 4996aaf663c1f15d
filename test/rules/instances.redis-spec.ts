/** Several instances on one Redis: one of them runs the rules, and another goes on when it dies. */
import { eventually } from '../support/cleanup.js';
import { startInstance } from '../support/fault-scenario.js';
import { startRedis } from '../support/redis-server.js';
import { computeTimeLimit, createRandom, readPositiveInteger, SEED } from '../support/rounds.js';
import { RULES, RuledLoad } from '../support/ruled-load.js';

const KILLS = readPositiveInteger('ROUNDS', 1);

it(
  `of two instances one delivers at a time, also when the one that does is killed ${KILLS} times (seed ${SEED})`,
  async () => {
    const redis = await startRedis();
    const load = await RuledLoad.create();
    const random = createRandom(SEED);
    const env = { NOTIFY_ALLOW: load.receiver.host };
    let [first, second] = [await startInstance(redis.url, env), await startInstance(redis.url, env)];
    await load.define(second, RULES);
    load.start([() => first, () => second], random);
    for (let round = 0; round < KILLS; round += 1) {
      const goal = load.acknowledged + 50;
      await eventually(() => load.acknowledged >= goal);
      const arrived = load.receiver.events.length;
      if (round % 2 === 0) {
        await second.kill();
        second = await startInstance(redis.url, { ...env, PORT: String(second.port) });
      } else {
        await first.kill();
        first = await startInstance(redis.url, { ...env, PORT: String(first.port) });
      }
      // The lease of the dead instance has to expire first, if it had it.
      await eventually(() => load.receiver.events.length > arrived);
    }
    await load.finish();
    await load.expectDelivered(first);
    // Repeated ones come from the kills alone: at most one attempt of each rule was under way.
    const repeated = load.receiver.events.length - new Set(load.receiver.events.map(({ id }) => id)).size;
    expect(repeated).toBeLessThanOrEqual(KILLS * RULES.length);
    expect(await Promise.all([first.stop(), second.stop()])).toEqual([0, 0]);
  },
  computeTimeLimit(KILLS, 30_000),
);

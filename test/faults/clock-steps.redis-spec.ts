/**
 * The clock of a Redis, of the instances or of both steps by a minute to a year. On one host they have the same clock;
 * where only one of them steps, it does so for seconds.
 */
import {
  CLOCK_ENV,
  expectGlitchIgnored,
  expectStepBelieved,
  startClockScenario,
  STEPS,
} from '../support/clock-scenario.js';
import { FakedClock } from '../support/faked-clock.js';
import { startTwoInstances } from '../support/fault-scenario.js';
import { startRedis } from '../support/redis-server.js';
import { computeTimeLimit, createDeck, createRandom, readPositiveInteger, SEED } from '../support/rounds.js';

const ROUNDS = readPositiveInteger('ROUNDS', 1);

it.each([
  ['Redis and its instances', true, true],
  ['Redis', true, false],
  ['the instances', false, true],
])(
  `${ROUNDS} steps of the clock of %s lose nothing and count nothing twice (seed ${SEED})`,
  async (_who, isOnRedis, isOnInstances) => {
    const [clock, real] = [new FakedClock(), new FakedClock()];
    const redis = await startRedis(isOnRedis ? { env: clock.redisEnv } : {});
    const services = await startTwoInstances(redis.url, { ...CLOCK_ENV, ...(isOnInstances && clock.env) });
    const scenario = await startClockScenario({
      services,
      clock,
      location: ['--redis-url', redis.url],
      ...(!isOnRedis && { storeClock: real }),
    });
    const drawStep = createDeck(STEPS, createRandom(SEED));
    for (let round = 0; round < ROUNDS; round += 1) {
      const [name, stepMs] = drawStep();
      await expectGlitchIgnored(scenario, name, stepMs);
      if (!isOnRedis || !isOnInstances) continue;
      await expectStepBelieved(scenario, name, stepMs);
      await expectStepBelieved(scenario, `${name}, taken back`, -stepMs);
    }
    expect(await Promise.all(services.map((service) => service.stop()))).toEqual([0, 0]);
  },
  computeTimeLimit(ROUNDS, 120_000),
);

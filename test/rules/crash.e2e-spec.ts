/** A service that is killed tells everything that its rules had to say, each under one id. */
import { RULES, RuledLoad } from '../support/ruled-load.js';
import { eventually } from '../support/cleanup.js';
import { computeTimeLimit, createRandom, readPositiveInteger, SEED } from '../support/rounds.js';
import { startService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';

const KILLS = readPositiveInteger('ROUNDS', 6);

it(
  `a service killed ${KILLS} times loses no crossing and tells none twice under another id (seed ${SEED})`,
  async () => {
    const load = await RuledLoad.create();
    const random = createRandom(SEED);
    const env = { DATA_DIR: createTempDirectory(), NOTIFY_ALLOW: load.receiver.host };
    let service = await startService(env);
    await load.define(service, RULES);
    load.start([() => service], random);
    for (let round = 0; round < KILLS; round += 1) {
      const goal = load.acknowledged + 5 + random(40);
      await eventually(() => load.acknowledged >= goal);
      await service.kill();
      service = await startService({ ...env, PORT: String(service.port) });
    }
    await load.finish();
    await load.expectDelivered(service);
    expect(await service.stop()).toBe(0);
  },
  computeTimeLimit(KILLS, 10_000),
);

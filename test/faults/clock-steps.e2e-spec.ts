/** The clock of the embedded store steps by a minute to a year, for seconds or for good, and back. */
import {
  CLOCK_ENV,
  expectGlitchIgnored,
  expectStepBelieved,
  startClockScenario,
  STEPS,
} from '../support/clock-scenario.js';
import { FakedClock } from '../support/faked-clock.js';
import { computeTimeLimit, createDeck, createRandom, readPositiveInteger, SEED } from '../support/rounds.js';
import { startService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';

const ROUNDS = readPositiveInteger('ROUNDS', 1);

it(
  `${ROUNDS} steps of the clock lose nothing and count nothing twice (seed ${SEED})`,
  async () => {
    const clock = new FakedClock();
    const DATA_DIR = createTempDirectory();
    const service = await startService({ DATA_DIR, ...CLOCK_ENV, ...clock.env });
    const scenario = await startClockScenario({ services: [service], clock, location: ['--data-dir', DATA_DIR] });
    const drawStep = createDeck(STEPS, createRandom(SEED));
    for (let round = 0; round < ROUNDS; round += 1) {
      const [name, stepMs] = drawStep();
      await expectGlitchIgnored(scenario, name, stepMs);
      await expectStepBelieved(scenario, name, stepMs);
      await expectStepBelieved(scenario, `${name}, taken back`, -stepMs);
    }
    expect(await service.stop()).toBe(0);
  },
  computeTimeLimit(ROUNDS, 120_000),
);

/**
 * Random faults of Redis, of the connections to it and of an instance, one after the other or two at a time: nothing
 * acknowledged is lost, nothing counts twice, and everything recovers by itself.
 */
import { setTimeout } from 'node:timers/promises';
import { startCuttableProxy } from '../support/cuttable-proxy.js';
import { startScenario, expectConsistent, startInstance, waitForRecovery } from '../support/fault-scenario.js';
import { startRedis } from '../support/redis-server.js';
import { ResumingViewer } from '../support/resuming-viewer.js';
import { readLedger } from '../support/retrying-clients.js';
import { computeTimeLimit, createDeck, createRandom, readPositiveInteger, SEED } from '../support/rounds.js';
import { readSnapshot, type Service } from '../support/service.js';
import { exportMain, findStoreFaults } from '../support/store-audit.js';

const FAULTS = readPositiveInteger('ROUNDS', 10);
/** Longest time that Redis or a connection hangs or is gone, milliseconds: more than the timeout of the instances. */
const MAX_FAULT_MS = 2_500;
/** One of this many faults begins while the one before it may still be felt. */
const OVERLAP_INTERVAL = 3;

const random = createRandom(SEED);
const wait = (): Promise<void> => setTimeout(random(MAX_FAULT_MS));

it(
  `no change is lost or counted twice in ${FAULTS} random faults of Redis, connections and instances (seed ${SEED})`,
  async () => {
    const redis = await startRedis();
    const proxy = await startCuttableProxy(redis.port);
    const survivor = await startInstance(proxy.url);
    let victim = await startInstance(redis.url);
    const victimEnv = { PORT: String(victim.port) };
    const running = (): Service[] => [survivor, victim];
    const resuming = new ResumingViewer(victim.url);
    const scenario = await startScenario([survivor], running);

    const faults: Readonly<Record<string, () => Promise<unknown>>> = {
      'Redis is killed': async () => {
        await redis.kill();
        await wait();
        await redis.start();
      },
      'Redis is killed and starts at once': () => redis.restart(),
      'Redis hangs': async () => {
        redis.pause();
        await wait();
        redis.resume();
      },
      'an instance is killed': async () => {
        await victim.kill();
        await wait();
        victim = await startInstance(redis.url, victimEnv);
      },
      'CLIENT KILL of connections': () =>
        redis.command('CLIENT', 'KILL', 'TYPE', random(2) ? 'normal' : 'pubsub', 'SKIPME', 'yes'),
      'CLIENT PAUSE': () => redis.command('CLIENT', 'PAUSE', random(MAX_FAULT_MS), random(2) ? 'ALL' : 'WRITE'),
      'SCRIPT FLUSH': () => redis.command('SCRIPT', 'FLUSH'),
      'a connection is cut in the middle of a reply': () =>
        Promise.race([
          proxy.cutAfter(1 + random(2_000), (sent) => sent.includes('evalsha')),
          setTimeout(MAX_FAULT_MS, undefined, { ref: false }),
        ]),
      'all connections of an instance are cut': async () => proxy.cutAll(),
      'a connection stalls': async () => {
        proxy.stall();
        await wait();
        proxy.restore();
      },
    };
    const drawFault = createDeck(Object.entries(faults), random);
    for (let round = 0; round < FAULTS; round += 1) {
      const [name, cause] = drawFault();
      await cause().catch((error: unknown) => {
        throw new Error(`round ${round}, ${name}`, { cause: error });
      });
      if (random(OVERLAP_INTERVAL) > 0) await waitForRecovery(scenario);
      await scenario.clients.waitForAcknowledged(1 + random(60));
    }

    await waitForRecovery(scenario);
    const end = await expectConsistent({ ...scenario, services: running() });
    expect(end.epoch).toBe(scenario.start.epoch);
    await resuming.waitForRevision(end.epoch, end.revision);
    expect([resuming.epochs, resuming.faults]).toEqual([[end.epoch], []]);
    const ledger = await readLedger(survivor, scenario.start.revision);
    expect(resuming.findUnknownStates(end.epoch, ledger, scenario.start)).toEqual([]);
    expect(await readSnapshot(victim)).toEqual(end);
    expect(findStoreFaults(await exportMain(['--redis-url', redis.url]))).toEqual([]);
  },
  computeTimeLimit(FAULTS, 15_000),
);

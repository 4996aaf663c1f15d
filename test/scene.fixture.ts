/** Two instances on one Redis, counted through and watched while something happens to them, and what has to hold then. */
import type { Snapshot } from '../src/counters/counters.js';
import { type Audience, watchAll } from './audience.fixture.js';
import { faultsOf } from './ledger.fixture.js';
import { afterTest, eventually } from './lifetime.fixture.js';
import { type Load, readLedger, startLoad } from './load.fixture.js';
import { type Service, shown, startService } from './service.fixture.js';

/** Change sets that are sent again in the end. */
const AGAIN = 30;

/** Starts two instances of a store on Redis that waits a second for it. They end with the tests of the file. */
export async function startTwo(url: string, env: Readonly<Record<string, string>> = {}): Promise<[Service, Service]> {
  const all = { STORE: 'redis', REDIS_URL: url, REDIS_TIMEOUT_MS: '1000', BROADCAST_MIN_MS: '5', ...env };
  return Promise.all([startService(all), startService(all)]);
}

/** Whether an instance is ready, asked all the time. */
export class Readiness {
  readonly #seen: boolean[] = [];
  #state: 'asking' | 'done' = 'asking';

  constructor(private readonly url: string) {
    void this.#ask();
    afterTest(() => (this.#state = 'done'));
  }

  /** Resolves when it has been seen not to be ready. */
  untilNot(): Promise<void> {
    return eventually(() => this.#seen.includes(false));
  }

  /** Resolves when it is ready. */
  untilReady(): Promise<void> {
    return eventually(() => this.#seen.at(-1) === true);
  }

  async #ask(): Promise<void> {
    await eventually(async () => {
      try {
        this.#seen.push((await fetch(`${this.url}/health/ready`)).status === 200);
      } catch {
        this.#seen.push(false);
      }
      return this.#state === 'done';
    });
  }
}

export interface Scene {
  readonly services: readonly Service[];
  readonly load: Load;
  readonly audience: Audience;
  readonly readiness: readonly Readiness[];
  /** What was shown before it began. */
  readonly start: Snapshot;
}

/** Begins to count and to watch through instances. */
export async function beginScene(services: readonly Service[]): Promise<Scene> {
  const audience = await watchAll(services);
  const start = await newest(services);
  const readiness = services.map(({ url }) => new Readiness(url));
  const load = startLoad(services);
  await load.untilCounted();
  return { services, load, audience, readiness, start };
}

/** Resolves when changes are refused, instances are not ready, and viewers are told. */
export async function untilAway({ load, audience, readiness }: Scene): Promise<void> {
  await Promise.all([load.untilRefused(), audience.untilDegraded(), ...readiness.map((one) => one.untilNot())]);
}

/** Resolves when instances are ready, changes are counted, and viewers are told that what they see is right. */
export async function untilBack({ load, audience, readiness }: Scene): Promise<void> {
  await Promise.all(readiness.map((one) => one.untilReady()));
  await load.untilCounted();
  await audience.untilLive();
}

/** Ends the counting. What was acknowledged is there once, nothing else is, and everybody sees it who saw the beginning. */
export async function expectRight({ services, load, audience, start }: Scene): Promise<Snapshot> {
  await load.finish();
  expect(await load.againAll(AGAIN)).toEqual([]);
  const last = await newest(services);
  await audience.untilSees(last);
  await audience.untilLive();
  const from = start.epoch === last.epoch ? start : { revision: 0, counters: {} };
  for (const service of services) {
    expect(service.child.exitCode).toBeNull();
    expect(await shown(service)).toEqual(last);
    expect(faultsOf(load.sent, await readLedger(service, from.revision), from, last)).toEqual([]);
  }
  expect([load.faults, audience.faults()]).toEqual([[], []]);
  for (const { code, retryAfter } of load.refusals) expect([code, retryAfter]).toEqual(['store-unavailable', '1']);
  return last;
}

async function newest([service]: readonly Service[]): Promise<Snapshot> {
  if (!service) throw new Error('there is no instance');
  return shown(service);
}

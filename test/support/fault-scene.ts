/** Two instances on one Redis, counted through and watched while something happens to them, and what has to hold then. */
import { setTimeout } from 'node:timers/promises';
import type { Snapshot } from '../../src/counters/counters.js';
import { type Audience, watchAll } from './fault-viewers.js';
import { faultsOf, type Start } from './ledger-check.js';
import { afterTest, eventually } from './cleanup.js';
import type { Sent } from './ledger-check.js';
import { type Load, readLedger, startLoad } from './retrying-clients.js';
import { type Service, shown, startService } from './service.js';

/** Change sets that are sent again in the end. */
const AGAIN = 30;
/** Between two questions whether an instance is ready, milliseconds. */
const ASK_MS = 60;

type Env = Readonly<Record<string, string>>;

/**
 * Starts two instances that wait a second for their Redis. They end with the tests of the file.
 * @param envs more variables: of both, or of each
 */
export async function startTwo(url: string, ...envs: readonly Env[]): Promise<[Service, Service]> {
  return Promise.all([startOne(url, envs[0]), startOne(url, envs[1] ?? envs[0])]);
}

/** Starts an instance likewise. */
export function startOne(url: string, env: Env = {}): Promise<Service> {
  return startService({ STORE: 'redis', REDIS_URL: url, REDIS_TIMEOUT_MS: '1000', ...env });
}

/** Whether an instance is ready, asked again and again. */
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
    while (this.#state === 'asking') {
      try {
        this.#seen.push((await fetch(`${this.url}/health/ready`)).status === 200);
      } catch {
        this.#seen.push(false);
      }
      await setTimeout(ASK_MS);
    }
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

/**
 * Begins to watch instances, and to count through them.
 * @param targets through which to count, when they are others
 */
export async function beginScene(services: readonly Service[], targets = () => services): Promise<Scene> {
  const audience = await watchAll(services);
  const start = await newest(services);
  const readiness = services.map(({ url }) => new Readiness(url));
  const load = startLoad(targets);
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

/** What Redis has lost for good. */
export interface Loss {
  /** How many change sets had been sent by then: those may be lost. */
  readonly sent: number;
  /** Where what is left of the ledger begins. */
  readonly from: Start;
}

/** Ends the counting. What was acknowledged is there once, nothing else is, and everybody sees it who saw the beginning. */
export async function expectRight(
  { services, load, audience, start }: Scene,
  lost: Loss = { sent: 0, from: start },
): Promise<Snapshot> {
  await load.finish();
  expect(await load.againAll(AGAIN, lost.sent)).toEqual([]);
  const sent = load.sent.map((one, index) => (index < lost.sent ? mayBeLost(one) : one));
  const last = await newest(services);
  await audience.untilSees(last);
  await audience.untilLive();
  for (const service of services) {
    expect(service.child.exitCode).toBeNull();
    expect(await shown(service)).toEqual(last);
    const ledger = await readLedger(service, lost.from.revision);
    expect(faultsOf(sent, ledger, lost.from, last)).toEqual([]);
  }
  expect([load.faults, audience.faults()]).toEqual([[], []]);
  for (const { code, retryAfter } of load.refusals) expect([code, retryAfter]).toEqual(['store-unavailable', '1']);
  return last;
}

function mayBeLost({ id, changes, isKeyed, state }: Sent): Sent {
  return { id, changes, isKeyed, state: state === 'counted' ? 'maybe' : state };
}

async function newest([service]: readonly Service[]): Promise<Snapshot> {
  if (!service) throw new Error('there is no instance');
  return shown(service);
}

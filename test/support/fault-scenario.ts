/** Two instances on one Redis, counted through and watched while something happens to them, and what has to hold then. */
import { setTimeout } from 'node:timers/promises';
import type { Snapshot } from '../../src/counters/counters.js';
import { type ViewerGroup, watchInstances } from './viewer-group.js';
import { findLedgerFaults, type LedgerStart } from './ledger-check.js';
import { afterTest, eventually } from './cleanup.js';
import type { SentChangeSet } from './ledger-check.js';
import { type RetryingClients, readLedger, startRetryingClients } from './retrying-clients.js';
import { type Service, readSnapshot, startService } from './service.js';

/** Change sets that are sent again in the end. */
const MAX_REPLAYS = 30;
/** Between two questions whether an instance is ready, milliseconds. */
const POLL_INTERVAL_MS = 60;

type Env = Readonly<Record<string, string>>;

/**
 * Starts two instances that wait a second for their Redis. They end with the tests of the file.
 * @param envs more variables: of both, or of each
 */
export async function startTwoInstances(url: string, ...envs: readonly Env[]): Promise<[Service, Service]> {
  return Promise.all([startInstance(url, envs[0]), startInstance(url, envs[1] ?? envs[0])]);
}

/** Starts an instance likewise. */
export function startInstance(url: string, env: Env = {}): Promise<Service> {
  return startService({ STORE: 'redis', REDIS_URL: url, REDIS_TIMEOUT_MS: '1000', ...env });
}

/** Whether an instance is ready, asked again and again. */
export class ReadinessMonitor {
  readonly #results: boolean[] = [];
  #state: 'polling' | 'done' = 'polling';

  constructor(private readonly url: string) {
    void this.#poll();
    afterTest(() => (this.#state = 'done'));
  }

  /** Resolves when it has been seen not to be ready. */
  waitForUnready(): Promise<void> {
    return eventually(() => this.#results.includes(false));
  }

  /** Resolves when it is ready. */
  waitForReady(): Promise<void> {
    return eventually(() => this.#results.at(-1) === true);
  }

  async #poll(): Promise<void> {
    while (this.#state === 'polling') {
      try {
        this.#results.push((await fetch(`${this.url}/health/ready`)).status === 200);
      } catch {
        this.#results.push(false);
      }
      await setTimeout(POLL_INTERVAL_MS);
    }
  }
}

interface FaultScenario {
  readonly services: readonly Service[];
  readonly clients: RetryingClients;
  readonly viewers: ViewerGroup;
  readonly monitors: readonly ReadinessMonitor[];
  /** What was shown before it began. */
  readonly start: Snapshot;
}

/**
 * Begins to watch instances, and to count through them.
 * @param targets through which to count, when they are others
 */
export async function startScenario(services: readonly Service[], targets = () => services): Promise<FaultScenario> {
  const viewers = await watchInstances(services);
  const start = await readFirstSnapshot(services);
  const monitors = services.map(({ url }) => new ReadinessMonitor(url));
  const clients = startRetryingClients(targets);
  await clients.waitForAcknowledged();
  return { services, clients, viewers, monitors, start };
}

/** Resolves when changes are refused, instances are not ready, and viewers are told. */
export async function waitForOutage({ clients, viewers, monitors }: FaultScenario): Promise<void> {
  await Promise.all([
    clients.waitForRefusals(),
    viewers.waitForDegraded(),
    ...monitors.map((monitor) => monitor.waitForUnready()),
  ]);
}

/** Resolves when instances are ready, changes are counted, and viewers are told that what they see is right. */
export async function waitForRecovery({ clients, viewers, monitors }: FaultScenario): Promise<void> {
  await Promise.all(monitors.map((monitor) => monitor.waitForReady()));
  await clients.waitForAcknowledged();
  await viewers.waitForLive();
}

/** What Redis has lost for good. */
interface DataLoss {
  /** How many change sets had been sent by then: those may be lost. */
  readonly sentBefore: number;
  /** Where what is left of the ledger begins. */
  readonly ledgerStart: LedgerStart;
}

/** Ends the counting. What was acknowledged is there once, nothing else is, and everybody sees it who saw the beginning. */
export async function expectConsistent(
  { services, clients, viewers, start }: FaultScenario,
  loss: DataLoss = { sentBefore: 0, ledgerStart: start },
): Promise<Snapshot> {
  await clients.finish();
  expect(await clients.replay(MAX_REPLAYS, loss.sentBefore)).toEqual([]);
  const sent = clients.sent.map((changeSet, index) => (index < loss.sentBefore ? allowLoss(changeSet) : changeSet));
  const snapshot = await readFirstSnapshot(services);
  await viewers.waitForSnapshot(snapshot);
  await viewers.waitForLive();
  for (const service of services) {
    expect(service.child.exitCode).toBeNull();
    expect(await readSnapshot(service)).toEqual(snapshot);
    const ledger = await readLedger(service, loss.ledgerStart.revision);
    expect(findLedgerFaults(sent, ledger, loss.ledgerStart, snapshot)).toEqual([]);
  }
  expect([clients.faults, viewers.findFaults()]).toEqual([[], []]);
  for (const { code, retryAfter } of clients.refusals) expect([code, retryAfter]).toEqual(['store-unavailable', '1']);
  return snapshot;
}

function allowLoss({ id, changes, isKeyed, state }: SentChangeSet): SentChangeSet {
  return { id, changes, isKeyed, state: state === 'counted' ? 'unknown' : state };
}

async function readFirstSnapshot([service]: readonly Service[]): Promise<Snapshot> {
  if (!service) throw new Error('there is no instance');
  return readSnapshot(service);
}

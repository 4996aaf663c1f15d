/**
 * Fault scenarios for instances that share a Redis: clients change counters and viewers watch them through every
 * instance while a test causes a fault. Afterwards the acknowledged changes, the ledger and the viewers must agree.
 */
import { setTimeout } from 'node:timers/promises';
import type { Snapshot } from '../../src/counters/counters.js';
import { type ViewerGroup, watchInstances } from './viewer-group.js';
import { findLedgerFaults, type LedgerStart } from './ledger-check.js';
import { afterTest, eventually } from './cleanup.js';
import type { SentChangeSet } from './ledger-check.js';
import { type RetryingClients, readLedger, startRetryingClients } from './retrying-clients.js';
import { type Service, readSnapshot, startService } from './service.js';

/** Change sets to replay at the end. */
const MAX_REPLAYS = 30;
/** Milliseconds between two readiness checks. */
const POLL_INTERVAL_MS = 60;

type Env = Readonly<Record<string, string>>;

/**
 * Starts two instances with a Redis timeout of one second. They are killed after the tests of the file.
 * @param envs additional variables: one set for both instances, or one for each
 */
export async function startTwoInstances(url: string, ...envs: readonly Env[]): Promise<[Service, Service]> {
  return Promise.all([startInstance(url, envs[0]), startInstance(url, envs[1] ?? envs[0])]);
}

/** Starts one instance with a Redis timeout of one second. */
export function startInstance(url: string, env: Env = {}): Promise<Service> {
  return startService({ STORE: 'redis', REDIS_URL: url, REDIS_TIMEOUT_MS: '1000', ...env });
}

/** Polls the readiness of an instance until the test ends. */
export class ReadinessMonitor {
  readonly #results: boolean[] = [];
  #state: 'polling' | 'done' = 'polling';

  constructor(private readonly url: string) {
    void this.#poll();
    afterTest(() => (this.#state = 'done'));
  }

  /** Resolves once the instance has been unready. */
  waitForUnready(): Promise<void> {
    return eventually(() => this.#results.includes(false));
  }

  /** Resolves when the latest check found the instance ready. */
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
  /** Snapshot from before the clients started. */
  readonly start: Snapshot;
}

/**
 * Starts viewers and clients on the instances. Resolves when changes have been acknowledged.
 * @param targets URLs that the clients use, if not those of the instances
 */
export async function startScenario(services: readonly Service[], targets = () => services): Promise<FaultScenario> {
  const viewers = await watchInstances(services);
  const start = await readFirstSnapshot(services);
  const monitors = services.map(({ url }) => new ReadinessMonitor(url));
  const clients = startRetryingClients(targets);
  await clients.waitForAcknowledged();
  return { services, clients, viewers, monitors, start };
}

/** Resolves when changes are refused, all instances are unready, and all viewers have been notified. */
export async function waitForOutage({ clients, viewers, monitors }: FaultScenario): Promise<void> {
  await Promise.all([
    clients.waitForRefusals(),
    viewers.waitForDegraded(),
    ...monitors.map((monitor) => monitor.waitForUnready()),
  ]);
}

/** Resolves when all instances are ready, changes are acknowledged, and viewers know that their state is current. */
export async function waitForRecovery({ clients, viewers, monitors }: FaultScenario): Promise<void> {
  await Promise.all(monitors.map((monitor) => monitor.waitForReady()));
  await clients.waitForAcknowledged();
  await viewers.waitForLive();
}

/** Data that Redis has lost permanently. */
interface DataLoss {
  /** Number of change sets sent before the loss; only these may be missing. */
  readonly sentBefore: number;
  /** State at which the remaining ledger begins. */
  readonly ledgerStart: LedgerStart;
}

/**
 * Stops the clients and checks the result: each acknowledged change set was applied exactly once and nothing else was,
 * replays return the original results, and every viewer from the beginning has the final state.
 */
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

/** Random keys of a dashboard are deleted from Redis under load: what is lost is named, and nothing else is lost. */
import type { Snapshot } from '../../src/counters/counters.js';
import { eventually } from '../support/cleanup.js';
import { expectConsistent, startScenario, startTwoInstances } from '../support/fault-scenario.js';
import type { LedgerStart } from '../support/ledger-check.js';
import { createPrefix, startRedis } from '../support/redis-server.js';
import { readLedger, type RetryingClients } from '../support/retrying-clients.js';
import { computeTimeLimit, createDeck, createRandom, readPositiveInteger, SEED } from '../support/rounds.js';
import { readSnapshot, type Service } from '../support/service.js';
import { exportMain, findStoreFaults } from '../support/store-audit.js';

const KINDS = ['dashboard', 'ledger', 'keys', 'expiry', 'points'] as const;
const ROUNDS = readPositiveInteger('ROUNDS', KINDS.length);
const COUNTERS = ['orders', 'customers', 'products'] as const;
/** Log lines. Points that are gone cannot be told from those that have expired. */
const MESSAGES: Readonly<Record<(typeof KINDS)[number], string | undefined>> = {
  dashboard: 'main: Redis has lost the dashboard, but not its ledger',
  ledger: 'main: Redis has lost the ledger',
  keys: 'main: Redis has lost the idempotency keys: retries of earlier changes count again',
  expiry: 'main: Redis has lost the expiry of idempotency keys',
  points: undefined,
};

/** Change sets that have to follow: what is lost is looked for every 64 revisions. */
const ACKNOWLEDGED_AFTER = 200;

const random = createRandom(SEED);

function toKey(kind: (typeof KINDS)[number]): string {
  if (kind === 'dashboard') return '';
  return kind === 'points' ? `:points:${COUNTERS[random(COUNTERS.length)]}:1` : `:${kind}`;
}

/** Adds all acknowledged change sets to the counters of a snapshot. */
function addCounted({ counters }: Snapshot, { sent }: RetryingClients): Record<string, number> {
  const values = { ...counters };
  for (const { state, changes } of sent) {
    if (state !== 'counted') continue;
    for (const change of changes) {
      values[change.counter] = (values[change.counter] ?? 0) + ('by' in change ? change.by : Number.NaN);
    }
  }
  return values;
}

/** Computes the state before the first ledger entry that is left. */
async function readLedgerStart(service: Service): Promise<LedgerStart> {
  const { counters } = await readSnapshot(service);
  const ledger = await readLedger(service);
  const values = { ...counters };
  for (const { changes } of ledger) {
    for (const change of changes) {
      values[change.counter] = (values[change.counter] ?? 0) - ('by' in change ? change.by : Number.NaN);
    }
  }
  return { revision: (ledger[0]?.revision ?? 0) - 1, counters: values };
}

it(
  `${ROUNDS} random keys deleted under load cost what they held, and nothing else (seed ${SEED})`,
  async () => {
    const redis = await startRedis();
    const drawKind = createDeck(KINDS, random);
    for (let round = 0; round < ROUNDS; round += 1) {
      const REDIS_PREFIX = createPrefix();
      const services = await startTwoInstances(redis.url, { REDIS_PREFIX });
      const scenario = await startScenario(services);
      const { start, clients } = scenario;
      const kind = drawKind();
      const key = toKey(kind);
      await clients.waitForAcknowledged(1 + random(60));
      // The first second of the points has to end before they are a key.
      await eventually(async () => (await redis.command('DEL', `${REDIS_PREFIX}:{main}${key}`)) === 1);
      const { length: sentBefore } = clients.sent;
      await clients.waitForAcknowledged(ACKNOWLEDGED_AFTER);
      await clients.finish();

      const isNewLife = kind === 'dashboard';
      const ledgerStart = isNewLife ? { revision: 0, counters: {} } : await readLedgerStart(services[0]);
      const end = await expectConsistent(scenario, { sentBefore, ledgerStart });
      expect([key, end.epoch !== start.epoch]).toEqual([key, isNewLife]);
      expect([clients.refusals, clients.brokenConnections]).toEqual([[], 0]);
      if (!isNewLife) expect(end.counters).toEqual(addCounted(start, clients));
      if (!isNewLife && kind !== 'ledger') expect(ledgerStart.revision).toBe(start.revision);
      const message = MESSAGES[kind];
      await eventually(() => message === undefined || services.some(({ output }) => output().includes(message)));
      const stored = await exportMain(['--redis-url', redis.url, '--redis-prefix', REDIS_PREFIX]);
      const lostPoints = kind === 'points' ? [1_000] : [];
      expect([key, findStoreFaults(stored, lostPoints)]).toEqual([key, []]);
      await Promise.all(services.map((service) => service.stop()));
    }
  },
  computeTimeLimit(ROUNDS, 20_000),
);

/** An upstream that is killed under load, and two relays before it: nothing is lost, doubled or shown backwards. */
import { setTimeout } from 'node:timers/promises';
import type { LedgerEntry } from '../../src/counters/ledger-entry.js';
import { startApp } from '../support/app.js';
import { findLedgerFaults } from '../support/ledger-check.js';
import { recordWatch } from '../support/client-watch.js';
import { ResumingViewer } from '../support/resuming-viewer.js';
import { readLedger, startRetryingClients } from '../support/retrying-clients.js';
import { computeTimeLimit, createRandom, readPositiveInteger, SEED } from '../support/rounds.js';
import { readSnapshot, startService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';

const KILLS = readPositiveInteger('ROUNDS', 3);
/** Longest time between two kills, and until the start after one, milliseconds. */
const [MAX_LOAD_MS, MAX_DOWN_MS] = [600, 400];

/** A change without a key has one of the relay: its reason identifies it. */
const omitRelayKey = ({ key, ...entry }: LedgerEntry): LedgerEntry =>
  entry.reason === undefined && key !== undefined ? { ...entry, key } : entry;

it(
  `${KILLS} kills of the upstream lose and double nothing, and viewers of its relays stay (seed ${SEED})`,
  async () => {
    const random = createRandom(SEED);
    const DATA_DIR = createTempDirectory();
    let upstream = await startService({ DATA_DIR });
    const env = { DATA_DIR, PORT: String(upstream.port) };
    const relays = [
      await startApp({ STORE: 'upstream', UPSTREAM_URL: upstream.url }),
      await startApp({ STORE: 'upstream', UPSTREAM_URL: upstream.url }),
    ];
    const { epoch } = await readSnapshot(upstream);
    const viewers = relays.map(({ url }) => new ResumingViewer(url));
    const watches = relays.map(({ url }) => recordWatch(url));
    const clients = startRetryingClients(() => relays);
    await clients.waitForAcknowledged();
    for (let kill = 0; kill < KILLS; kill += 1) {
      await setTimeout(random(MAX_LOAD_MS));
      await upstream.kill();
      await setTimeout(random(MAX_DOWN_MS));
      upstream = await startService(env);
      await clients.waitForAcknowledged(10);
    }
    await clients.finish();

    const snapshot = await readSnapshot(upstream);
    const ledger = (await readLedger(upstream)).map(omitRelayKey);
    const start = { revision: 0, counters: { orders: 0, customers: 0, products: 0 } };
    expect(findLedgerFaults(clients.sent, ledger, start, snapshot)).toEqual([]);
    expect(clients.faults).toEqual([]);
    expect(await clients.replay(50)).toEqual([]);
    for (const viewer of viewers) {
      await viewer.waitForRevision(epoch, snapshot.revision);
      expect([viewer.faults, viewer.closed, viewer.epochs]).toEqual([[], 0, [epoch]]);
      expect(viewer.findUnknownStates(epoch, ledger, start)).toEqual([]);
    }
    for (const watch of watches) {
      await watch.waitForStatus('live');
      const states = watch.statuses.map(({ state }) => state);
      expect(states.filter((state) => state === 'degraded').length).toBeGreaterThan(0);
      expect(states.filter((state) => state !== 'degraded' && state !== 'live' && state !== 'connecting')).toEqual([]);
    }
  },
  computeTimeLimit(KILLS, 10_000),
);

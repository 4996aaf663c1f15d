/**
 * Sentinels promote the replica: with REDIS_WAIT_REPLICAS no acknowledged change is lost; without it a loss begins a
 * new epoch. Readers of the ledger get every entry, or are told that the history is another.
 */
import { eventually } from '../support/cleanup.js';
import { followLedgers } from '../support/ledger-followers.js';
import { startRedisSentinels } from '../support/redis-sentinel.js';
import { startRedis } from '../support/redis-server.js';
import { readLedger } from '../support/retrying-clients.js';
import {
  startScenario,
  expectConsistent,
  startTwoInstances,
  waitForOutage,
  waitForRecovery,
} from '../support/fault-scenario.js';

it('with REDIS_WAIT_REPLICAS the promoted replica has every acknowledged change', async () => {
  const { url, master, replica, waitForMaster } = await startRedisSentinels();
  const scenario = await startScenario(await startTwoInstances(url, { REDIS_WAIT_REPLICAS: '1' }));
  const followers = followLedgers(scenario.services);
  await master.kill();
  await waitForOutage(scenario);
  await waitForMaster(replica);
  // The new master has no replica yet that could confirm changes.
  await scenario.clients.waitForRefusals();
  await startRedis({ args: ['--replicaof', `127.0.0.1 ${replica.port}`] });
  await waitForRecovery(scenario);
  const { epoch, revision } = await expectConsistent(scenario);
  const ledger = await readLedger({ url: scenario.services[0]?.url ?? '' });
  for (const follower of followers) {
    await follower.waitForRevision(revision);
    expect([follower.refusedAs, follower.entries]).toEqual([undefined, ledger.map((entry) => ({ epoch, ...entry }))]);
  }
});

it('if the promoted replica lacks changes, the dashboard continues in a new epoch that all viewers see', async () => {
  // Sentinels never promote a replica that lost its master more than ten times this period ago.
  const { url, master, replica, waitForMaster } = await startRedisSentinels({ downAfterMs: 1_500 });
  const scenario = await startScenario(await startTwoInstances(url));
  const followers = followLedgers(scenario.services);
  // The replica can no longer authenticate.
  await replica.command('CONFIG', 'SET', 'masterauth', 'wrong');
  await master.command('CLIENT', 'KILL', 'TYPE', 'replica');
  await eventually(async () => (await master.readInfo('connected_slaves')) === '0');
  await scenario.clients.waitForAcknowledged(30);
  await master.kill();
  const { length: sent } = scenario.clients.sent;
  await waitForMaster(replica);
  await scenario.viewers.waitForNewEpoch(scenario.start.epoch);
  await waitForRecovery(scenario);
  const { epoch } = await expectConsistent(scenario, { sentBefore: sent, ledgerStart: scenario.start });
  expect(epoch).not.toBe(scenario.start.epoch);
  for (const follower of followers) {
    await follower.waitForRevision(Infinity);
    expect(follower.refusedAs).toBe('ledger-gone');
    expect(follower.entries.every((entry) => entry.epoch === scenario.start.epoch)).toBe(true);
  }
});

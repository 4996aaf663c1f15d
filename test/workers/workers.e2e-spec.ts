/** A service with workers is one service: one port, one store, one set of limits, and one scrape. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createCaller } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import { recordWatch } from '../support/client-watch.js';
import { startHttpServer } from '../support/http-server.js';
import { postToHook, writeHooksFile } from '../support/hooks.js';
import { findLedgerFaults } from '../support/ledger-check.js';
import { scrape } from '../support/prometheus-scrape.js';
import { createStripeRequest } from '../support/provider-requests.js';
import { readLedger, startRetryingClients } from '../support/retrying-clients.js';
import { readSnapshot, runService, type Service, startService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { authorizeWith, SECRETS } from '../support/token-service.js';
import { watchV1 } from '../support/websocket-viewer.js';

const ZEROS = { revision: 0, counters: { orders: 0, customers: 0, products: 0 } };

/** Starts a service. Resolves when both of its workers take requests. */
async function startWorkers(env: Readonly<Record<string, string>> = {}): Promise<Service> {
  const service = await startService({ DATA_DIR: createTempDirectory(), WORKERS: '2', METRICS_PORT: '0', ...env });
  const metricsUrl = /Metrics at (http:[^"]+)\/metrics/.exec(service.output())?.[1] ?? '';
  await eventually(async () => (await listMeasured(metricsUrl)).length === 3);
  return service;
}

/** Returns the workers that answer a scrape; undefined stands for the process with the store. */
async function listMeasured(url: string): Promise<(string | undefined)[]> {
  return (await scrape(url)).findSamples('process_resident_memory_bytes').map(({ labels }) => labels['worker']);
}

/** Returns the ids of the workers of a service. */
function listWorkers({ child: { pid = 0 } }: Pick<Service, 'child'>): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}

it('counts once for each key, shows every change to the viewers of all workers, and is one scrape', async () => {
  const service = await startWorkers();
  const viewers = await Promise.all(Array.from({ length: 6 }, () => watchV1(service.url)));
  const clients = startRetryingClients(() => [service]);
  await clients.waitForAcknowledged(100);
  await clients.finish();
  const snapshot = await readSnapshot(service);
  const ledger = await readLedger(service);
  expect(findLedgerFaults(clients.sent, ledger, ZEROS, snapshot)).toEqual([]);
  for (const viewer of viewers) await viewer.waitFor(({ states }) => states.at(-1)?.revision === snapshot.revision);
  const metrics = await scrape(service.url);
  expect(metrics.getValue('tallyboard_viewers', { kind: 'v1' })).toBe(6);
  expect(metrics.getValue('tallyboard_viewers_limit')).toBe(20_000);
  expect(metrics.getValue('tallyboard_counter_value', { dashboard: 'main', counter: 'orders' })).toBe(
    snapshot.counters['orders'],
  );
  expect(await listMeasured(service.url)).toEqual([undefined, '1', '2']);
  expect(await service.stop()).toBe(0);
});

it('ends its workers when it is killed, and has all that was acknowledged when it starts again', async () => {
  const DATA_DIR = createTempDirectory();
  const TMPDIR = createTempDirectory();
  let service = await startWorkers({ DATA_DIR, TMPDIR });
  const env = { DATA_DIR, PORT: String(service.port) };
  expect(readdirSync(TMPDIR)).toHaveLength(1);
  const clients = startRetryingClients(() => [service]);
  await clients.waitForAcknowledged(100);
  const workers = listWorkers(service);
  await service.kill();
  await eventually(() => workers.every((pid) => !existsSync(`/proc/${pid}`)));
  expect(readdirSync(TMPDIR)).toEqual([]);
  service = await startWorkers(env);
  await clients.waitForAcknowledged(100);
  await clients.finish();
  expect(findLedgerFaults(clients.sent, await readLedger(service), ZEROS, await readSnapshot(service))).toEqual([]);
  expect([clients.faults, await clients.replay(20)]).toEqual([[], []]);
});

it('has one set of tokens, tickets, limits and hooks', async () => {
  const service = await startWorkers({
    READ_TOKENS: `reader:${SECRETS.reader}`,
    WRITE_TOKENS: `clerk:${SECRETS.clerk}`,
    MAX_AUTH_FAILURES_PER_MIN: '10',
    HOOKS_FILE: writeHooksFile({
      shop: { provider: 'stripe', secrets: ['whsec_test'], dashboard: 'main', rules: [{ counter: 'orders' }] },
    }),
  });
  const call = createCaller(service.url);
  const close = { Connection: 'close' };
  for (let round = 0; round < 4; round += 1) {
    const { body } = await call('POST /tickets', { dashboard: 'main' }, { ...authorizeWith(SECRETS.reader), ...close });
    const viewer = await watchV1(service.url, `/dashboard?ticket=${body.ticket}`);
    expect(viewer.closed).toBeUndefined();
  }
  await call('POST /order', undefined, authorizeWith(SECRETS.clerk));
  const { body: ledger } = await call('GET /dashboards/main/changes', undefined, authorizeWith(SECRETS.reader));
  expect(ledger.entries).toMatchObject([{ who: 'clerk' }]);
  const event = createStripeRequest({ id: '1', secret: 'whsec_test' });
  expect(await postToHook(service.url, 'shop', event)).toEqual([200, 'counted']);
  expect(await postToHook(service.url, 'shop', event)).toEqual([200, 'replayed']);
  let wrong = 0;
  for (let code = 'token-invalid'; code === 'token-invalid' && wrong < 40; wrong += 1)
    code = (await call('GET /dashboard', undefined, { ...authorizeWith('wrong'), ...close })).body.code;
  // A failure that one worker counts reaches the other one within milliseconds.
  expect(wrong).toBeGreaterThan(10);
  expect(wrong).toBeLessThan(20);
});

it('starts a worker anew that dies, and the viewers of the other one do not notice', async () => {
  const service = await startWorkers();
  const watches = Array.from({ length: 6 }, () => recordWatch(service.url));
  for (const watch of watches) await watch.waitForStatus('live');
  const [victim = 0, other] = listWorkers(service);
  process.kill(victim, 'SIGKILL');
  await eventually(() => listWorkers(service).length === 2 && !listWorkers(service).includes(victim));
  expect(listWorkers(service)).toContain(other);
  await createCaller(service.url)('POST /order', undefined, { 'Idempotency-Key': '1' });
  for (const watch of watches) await watch.waitForValues({ orders: 1 });
  const lost = watches.filter(({ statuses }) => statuses.some(({ state }) => state === 'reconnecting'));
  expect(lost.length).toBeGreaterThan(0);
  expect(lost.length).toBeLessThan(watches.length);
  expect(await service.stop()).toBe(0);
});

it('starts its workers anew on SIGUSR2: nothing acknowledged is lost, and each viewer reconnects once', async () => {
  const service = await startWorkers({ DRAIN_MS: '200' });
  const before = listWorkers(service);
  const watches = Array.from({ length: 6 }, () => recordWatch(service.url));
  for (const watch of watches) await watch.waitForStatus('live');
  const clients = startRetryingClients(() => [service]);
  await clients.waitForAcknowledged(20);
  // As `systemctl kill` does: the workers leave it to their parent.
  for (const pid of [...before, service.child.pid ?? 0]) process.kill(pid, 'SIGUSR2');
  await eventually(() => service.output().includes('started the workers anew'));
  await clients.waitForAcknowledged(20);
  await clients.finish();
  expect(listWorkers(service).filter((pid) => before.includes(pid))).toEqual([]);
  const { revision, counters } = await readSnapshot(service);
  for (const watch of watches) {
    await watch.waitForValues(counters);
    expect(watch.snapshot?.revision).toBe(revision);
    const reconnects = watch.statuses.filter(({ state }) => state === 'reconnecting');
    expect(reconnects.length).toBeLessThanOrEqual(1);
  }
  expect(clients.faults).toEqual([]);
});

it('ends in order where a signal reaches its workers first, as from systemd', async () => {
  const service = await startWorkers({ READY_GRACE_MS: '3000' });
  for (const pid of listWorkers(service)) process.kill(pid, 'SIGTERM');
  await eventually(() => service.output().split('reporting not ready').length === 3);
  // A second signal that comes later than this is one that asks for haste.
  await setTimeout(600);
  expect(await service.stop()).toBe(0);
  expect(service.output()).not.toContain('exiting now');
});

it('ends with 1 at once, and says why, if no worker can start', async () => {
  const { port } = new URL((await startHttpServer(() => {})).url);
  const second = runService({ DATA_DIR: createTempDirectory(), WORKERS: '2', PORT: port });
  expect(await second.ended).toBe(1);
  expect(second.output()).toContain(`cannot listen on 127.0.0.1:${port} (EADDRINUSE): choose another PORT, or HOST`);
  expect(second.output()).not.toContain('starting it anew');
  const TMPDIR = join(createTempDirectory(), 'a'.repeat(100));
  mkdirSync(TMPDIR);
  const third = runService({ DATA_DIR: join(TMPDIR, 'data'), TMPDIR, WORKERS: '2' });
  expect(await third.ended).toBe(1);
  expect(third.output()).toContain('set TMPDIR to a writable directory with a short path');
});

it('ends with 1 after five deaths of workers within a minute', async () => {
  const service = runService({ DATA_DIR: createTempDirectory(), WORKERS: '2' });
  await service.waitForUrl();
  const killed = new Set<number>();
  let isEnded = false;
  void service.ended.then(() => (isEnded = true));
  await eventually(() => {
    for (const pid of isEnded ? [] : listWorkers(service))
      if (!killed.has(pid)) {
        killed.add(pid);
        process.kill(pid, 'SIGKILL');
      }
    return isEnded;
  });
  expect(await service.ended).toBe(1);
  expect(service.output()).toContain('five workers have died within a minute');
});

/** Two instances on one Redis, with the files of deploy/: killing or stopping one loses or doubles no change. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { ISecret } from 'kubernetes-models/v1/Secret';
import { WebSocket } from 'ws';
import { add } from '../../src/client/change.js';
import { watch } from '../../src/client/watch.js';
import { MANIFESTS, readImageEnv, readManifest, writeSecretFiles } from '../support/deploy-files.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { type NginxProxy, startNginx } from '../support/nginx.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { readProjectFile } from '../support/markdown.js';
import { scrape } from '../support/prometheus-scrape.js';
import { findFreePorts } from '../harness/free-ports.js';
import type { RedisServer } from '../harness/redis-server.js';
import { startRedis } from '../support/redis-server.js';
import { readSnapshot, type Service, startService } from '../support/service.js';

const VIEWERS = 6;
const SENDERS = 4;

/** Sends changes with idempotency keys over several connections until it is finished. */
function startCounting({ url }: NginxProxy) {
  const state = { counting: true, counted: 0 };
  const sendChanges = async (): Promise<void> => {
    while (state.counting) {
      await add(url, 'orders');
      state.counted += 1;
    }
  };
  const senders = Array.from({ length: SENDERS }, sendChanges);
  afterTest(() => (state.counting = false));
  return {
    /** Resolves after `more` further changes. */
    waitForMore: async (more = 50) => {
      const before = state.counted;
      await Promise.race([eventually(() => state.counted >= before + more), Promise.all(senders)]);
    },
    /** Resolves with the number of changes. @throws Error if a change was refused */
    end: async () => {
      state.counting = false;
      await Promise.all(senders);
      return state.counted;
    },
  };
}

/** Watches through nginx until the test ends. */
function startViewer({ url }: NginxProxy) {
  const seen = { orders: 0, live: 0, wentBack: false };
  const watching = watch(url, {
    WebSocket,
    initialRetryDelayMs: 20,
    maxRetryDelayMs: 200,
    onStatus: ({ state }) => (seen.live += state === 'live' ? 1 : 0),
    onSnapshot: ({ counters: { orders = 0 } }) => {
      seen.wentBack ||= orders < seen.orders;
      seen.orders = orders;
    },
  });
  afterTest(() => watching.close());
  return seen;
}

async function readViewerCount({ url }: Service): Promise<number> {
  return (await scrape(url)).findSamples('tallyboard_viewers').reduce((sum, { value }) => sum + value, 0);
}

/** Starts Redis with the configuration and the example password of the manifests, which compose.yaml uses too. */
async function startRedisFromManifests() {
  const files = (readManifest('Secret', 'tallyboard-valkey') as ISecret).stringData ?? {};
  const [[file, text] = ['', '']] = Object.entries(files);
  const directory = createTempDirectory();
  writeFileSync(join(directory, file), text);
  const conf = join(directory, 'valkey.conf');
  const directives = readProjectFile(`${MANIFESTS}/valkey/valkey.conf`).replace('/run/secrets/valkey', directory);
  writeFileSync(conf, directives.replace('dir /data\n', ''));
  return startRedis({ replacementArgs: [conf], password: text.trim().replace('requirepass ', '') });
}

function startInstance({ url }: RedisServer, port: number): Promise<Service> {
  const tickets = { TICKET_SECRET: '0123456789abcdef'.repeat(2) };
  return startService({ STORE: 'redis', REDIS_URL: url, PORT: String(port), DRAIN_MS: '100', ...tickets });
}

it('when one instance is killed and the other stopped, each change counts once and viewers reconnect', async () => {
  const redis = await startRedisFromManifests();
  const [firstPort = 0, secondPort = 0] = await findFreePorts(2);
  const [first, second] = await Promise.all([startInstance(redis, firstPort), startInstance(redis, secondPort)]);
  const front = await startNginx([firstPort, secondPort]);
  const viewers = Array.from({ length: VIEWERS }, () => startViewer(front));
  await eventually(async () => (await readViewerCount(first)) + (await readViewerCount(second)) === VIEWERS);
  expect(Math.min(await readViewerCount(first), await readViewerCount(second))).toBeGreaterThan(0);
  const counting = startCounting(front);
  await counting.waitForMore();

  await first.kill();
  await counting.waitForMore();
  await eventually(async () => (await readViewerCount(second)) === VIEWERS);
  const restarted = await startInstance(redis, firstPort);
  await counting.waitForMore();

  expect(await second.stop()).toBe(0);
  await counting.waitForMore();
  await eventually(async () => (await readViewerCount(restarted)) === VIEWERS);

  const orders = await counting.end();
  await eventually(() => viewers.every((seen) => seen.orders === orders));
  expect(await readSnapshot(restarted)).toMatchObject({ revision: orders, counters: { orders } });
  for (const { live, wentBack } of viewers) expect([live >= 2, wentBack]).toEqual([true, false]);
});

it('a pod of the Deployment starts with the files of its Secret, is ready, and requires tokens', async () => {
  const redis = await startRedisFromManifests();
  const [container] = (readManifest('Deployment') as IDeployment).spec?.template.spec?.containers ?? [];
  const { stringData = {} } = readManifest('Secret', 'tallyboard-many') as ISecret;
  const env = Object.fromEntries((container?.env ?? []).map(({ name, value = '' }) => [name, value]));
  const redisUrl = stringData['redis-url']?.replace('@tallyboard-valkey', `@127.0.0.1:${redis.port}`) ?? '';
  const overrides = { HOST: '127.0.0.1', PORT: '0', METRICS_PORT: '0', READY_GRACE_MS: '0' };
  const files = writeSecretFiles(env, { ...stringData, 'redis-url': redisUrl });
  const { url, stop, output } = await startService({ ...readImageEnv(), ...env, ...files, ...overrides });
  expect((await fetch(`${url}${container?.readinessProbe?.httpGet?.path}`)).status).toBe(200);
  expect((await fetch(`${url}/order`, { method: 'POST' })).status).toBe(401);
  expect(await redis.command('CONFIG', 'GET', 'append*')).toEqual(expect.arrayContaining(['always', 'yes']));
  expect(await stop()).toBe(0);
  expect(output()).not.toMatch(/"level":"(warn|error)"/);
});

/** The recipes for nginx, Caddy and HAProxy over time: idle connections, restarts of the service, reloads. */
import { fileURLToPath } from 'node:url';
import { startCommand } from '../support/cli-process.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { excludeFromChecks } from '../support/response-check.js';
import { eventually } from '../support/cleanup.js';
import {
  PROXY_SETTINGS,
  requestProxy,
  startProxied,
  startStubService,
  watchProxied,
} from '../support/proxied-service.js';
import { findFreePorts } from '../harness/free-ports.js';
import { type RunningProxy, startReverseProxy } from '../support/reverse-proxy.js';
import { PROXIES } from '../support/proxy-recipes.js';
import { readSnapshot, startService } from '../support/service.js';

/** Timeout of the recipes with short timeouts. */
const TIMEOUT_MS = 2_000;

/**
 * Sends changes with idempotency keys, one after the other, and watches. After SIGTERM it waits until all of its
 * changes are shown, then exits.
 */
const CLIENT = `
  import { WebSocket } from 'ws';
  import { add, watch } from './dist/client/client.js';
  const say = (what) => console.log(JSON.stringify(what));
  const [url] = process.argv.slice(1);
  const state = { counting: true, counted: 0, shown: 0 };
  process.once('SIGTERM', () => (state.counting = false));
  const watching = watch(url, {
    WebSocket,
    initialRetryDelayMs: 20,
    maxRetryDelayMs: 100,
    onStatus: ({ state }) => say({ state }),
    onSnapshot: ({ counters }) => {
      if (counters.orders < state.shown) say({ state: 'back' });
      state.shown = counters.orders;
      if (!state.counting && state.shown === state.counted) watching.close();
    },
  });
  while (state.counting) {
    await add(url, 'orders');
    state.counted += 1;
    say({ counted: state.counted });
  }
  if (state.shown === state.counted) watching.close();
`;

/** Runs the client in a process of its own, because trusted certificates are a setting of the process. */
function startClient({ url, certificate }: RunningProxy) {
  const args = ['--input-type=module', '--eval', CLIENT, url];
  const env = { NODE_EXTRA_CA_CERTS: certificate.certPath };
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { child, stdout, stderr, ended } = startCommand(args, env, process.execPath, root);
  const readLines = () => stdout().trim().split('\n');
  const getCount = () => readLines().filter((line) => line.includes('counted')).length;
  const countStates = (state: string) => readLines().filter((line) => line === JSON.stringify({ state })).length;
  return {
    getCount,
    /** Resolves after `more` further changes. */
    waitForMore: async (more = 5) => {
      const before = getCount();
      await eventually(() => getCount() >= before + more || child.exitCode !== null);
    },
    /** Resolves when the watch has become live this many times. */
    waitUntilLive: (times: number) => eventually(() => countStates('live') >= times || child.exitCode !== null),
    /** Number of times that the watch reported a state. */
    countStates,
    /** Resolves when all changes have been shown. @throws Error with its stderr if the client fails */
    end: async () => {
      child.kill('SIGTERM');
      if ((await ended) !== 0) throw new Error(`the client failed:\n${stderr()}`);
    },
  };
}

describe.each(PROXIES)('%s', (kind) => {
  it('closes idle connections, but not those of viewers, which get heartbeats in time', async () => {
    const { proxy, request } = await startProxied(
      kind,
      { hasShortTimeouts: true },
      { HEARTBEAT_MS: 300, PING_INTERVAL_MS: 300 },
    );
    const stub = await startStubService();
    const silent = await startReverseProxy(kind, { servicePort: stub.port, hasShortTimeouts: true });
    excludeFromChecks(silent.port);
    const unanswered = requestProxy(silent, 'GET /');
    const { bare, v1, events } = await watchProxied(proxy);
    const endMs = performance.now() + 1.5 * TIMEOUT_MS;
    const isOver = () => performance.now() > endMs;
    await Promise.all([
      bare.waitFor(({ frames, closed }) => closed !== undefined || (frames.length > 5 && isOver())),
      v1.waitFor(({ frames, closed }) => closed !== undefined || (frames.length > 5 && isOver())),
      events.waitFor(({ comments, endedAs }) => endedAs !== undefined || (comments.length > 5 && isOver())),
    ]);
    expect([bare.closed, v1.closed, events.endedAs]).toEqual([undefined, undefined, undefined]);
    await request('POST /order');
    await Promise.all([bare, v1, events].map((viewer) => viewer.waitForValues({ orders: 1 })));
    expect((await unanswered).status).toBeGreaterThanOrEqual(502);
  });

  it('survives a restart of the service: each change counts once, and viewers reconnect', async () => {
    const [port] = await findFreePorts(1);
    const env = {
      DATA_DIR: createTempDirectory(),
      PORT: String(port),
      DRAIN_MS: '100',
      READY_GRACE_MS: '300',
      TRUST_PROXY: 'loopback',
      ALLOWED_HOSTS: PROXY_SETTINGS.ALLOWED_HOSTS.join(),
    };
    const first = await startService(env);
    const proxy = await startReverseProxy(kind, { servicePort: first.port, hasShortTimeouts: true });
    const client = startClient(proxy);
    await Promise.all([client.waitUntilLive(1), client.waitForMore()]);
    expect(await first.stop()).toBe(0);
    excludeFromChecks(proxy.port);
    const { status } = await requestProxy(proxy, 'GET /dashboard');
    expect([502, 503]).toContain(status);
    const second = await startService(env);
    await Promise.all([client.waitUntilLive(2), client.waitForMore()]);
    await client.end();
    expect(client.countStates('back')).toBe(0);
    const counted = client.getCount();
    expect(await readSnapshot(second)).toMatchObject({ revision: counted, counters: { orders: counted } });
  });

  it('answers an EventSource with a stream that tries again while the service is away or refuses', async () => {
    const [unusedPort = 0] = await findFreePorts(1);
    const startRefusing = (status: number) =>
      startStubService((_, response) => {
        const headers = { 'Content-Type': 'application/problem+json', 'Content-Length': '18' };
        response.writeHead(status, headers).end('{"code":"refused"}');
      });
    for (const servicePort of [unusedPort, (await startRefusing(503)).port, (await startRefusing(429)).port]) {
      const proxy = await startReverseProxy(kind, { servicePort, hasShortTimeouts: true });
      excludeFromChecks(proxy.port);
      const { status, headers, bytes } = await requestProxy(proxy, 'GET /dashboard', { Accept: 'text/event-stream' });
      expect([status, headers['content-type'], String(bytes)]).toEqual([200, 'text/event-stream', 'retry: 2000\n\n']);
      expect([headers['cache-control'], headers['access-control-allow-origin']]).toEqual(['no-store', '*']);
      for (const Accept of ['application/json', 'text/event-stream, application/problem+json']) {
        const refused = await requestProxy(proxy, 'GET /dashboard', { Accept });
        expect([429, 502, 503]).toContain(refused.status);
        if (servicePort !== unusedPort) expect(String(refused.bytes)).toBe('{"code":"refused"}');
      }
    }
  });

  it('survives a reload of its configuration: each change counts once, and viewers reconnect', async () => {
    const { proxy, dashboard } = await startProxied(kind, { hasShortTimeouts: true });
    const client = startClient(proxy);
    await Promise.all([client.waitUntilLive(1), client.waitForMore()]);
    await proxy.reload();
    await client.waitUntilLive(2);
    await client.waitForMore();
    await client.end();
    expect(client.countStates('back')).toBe(0);
    const counted = client.getCount();
    expect(await dashboard()).toMatchObject({ revision: counted, counters: { orders: counted } });
  });
});

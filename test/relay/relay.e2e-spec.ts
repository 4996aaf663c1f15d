/** A relay: watches its upstream for its viewers, and passes changes on in the name of their callers. */
import { loadConfig } from '../../src/config/load-config.js';
import type { Config } from '../../src/config/config.js';
import { Secret } from '../../src/config/token-list.js';
import { startApi, startShop } from '../support/api-client.js';
import { createOrderLine, postBulkChanges } from '../support/bulk-client.js';
import { recordWatch } from '../support/client-watch.js';
import { eventually } from '../support/cleanup.js';
import { findFreePorts } from '../harness/free-ports.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { authorizeWith, defineShop, SECRETS, TOKEN_CONFIG } from '../support/token-service.js';
import { watchV1 } from '../support/websocket-viewer.js';

const startRelay = (UPSTREAM_URL: string, overrides: Partial<Config> = {}) =>
  startApi({ STORE: 'upstream', UPSTREAM_URL, ...overrides });

async function startGuardedRelay() {
  const upstream = await startApi({ STORE: 'memory', ...TOKEN_CONFIG });
  await defineShop(upstream.url);
  const relay = await startRelay(upstream.url, { ...TOKEN_CONFIG, UPSTREAM_TOKEN: new Secret(SECRETS.reader) });
  return { upstream, relay };
}

describe('through a relay', () => {
  it('changes count once for each key, and every route answers as the upstream does', async () => {
    const upstream = await startShop({ STORE: 'memory' });
    const relay = await startRelay(upstream.url);
    const key = { 'Idempotency-Key': 'key-1' };
    const first = await relay.call('POST /dashboards/shop/counters/sales/add', { amount: 3 }, key);
    const again = await upstream.call('POST /dashboards/shop/counters/sales/add', { amount: 3 }, key);
    expect(first.body).toMatchObject({ revision: 1, counters: { sales: 3 }, replayed: false });
    expect([first.headers.get('idempotent-replayed'), again.headers.get('idempotent-replayed')]).toEqual([
      null,
      'true',
    ]);
    await relay.call('POST /order');
    await relay.call('POST /dashboards/shop/changes', { undoes: 1 });
    const { answers } = await postBulkChanges(relay.url, createOrderLine() + createOrderLine({ dashboard: 'nowhere' }));
    expect(answers).toMatchObject([{ revision: 2 }, { code: 'unknown-dashboard', line: 2 }]);
    const reads = [
      'GET /dashboard',
      'GET /dashboards',
      'GET /dashboards/shop?totals&periods=day,week',
      'GET /dashboards/shop/definition',
      'GET /dashboards/shop/counters',
      'GET /dashboards/shop/counters/sales',
      'GET /dashboards/shop/changes',
      'GET /dashboards/shop/changes?format=csv',
      'GET /dashboards/shop/history?range=1h',
      'GET /dashboards/shop/periods?period=day&count=2',
      'GET /dashboards/shop/rules',
      'GET /dashboards/nowhere',
      'GET /dashboards/shop/counters/sale',
    ];
    for (const line of reads) {
      const [direct, relayed] = [await upstream.call(line), await relay.call(line)];
      const tags = [direct, relayed].map(({ headers }) => headers.get('etag'));
      // The rows of periods have the present moment.
      for (const { body } of [direct, relayed]) if (typeof body === 'object') delete body.at;
      expect([line, relayed.status, relayed.body, tags[1]]).toEqual([line, direct.status, direct.body, tags[0]]);
    }
    expect((await upstream.call('GET /dashboards/shop')).body.counters).toEqual({ sales: 0, visits: 0 });
  });

  it('the lines of an upload with an Idempotency-Key have the same keys as without the relay', async () => {
    const upstream = await startApi({ STORE: 'memory' });
    const relay = await startRelay(upstream.url);
    const changes = Array.from({ length: 1_000 }, () => ({ counter: 'orders', by: 1 }));
    // A long line is passed on as a request of its own.
    const text = createOrderLine() + createOrderLine({ changes });
    const key = { 'Idempotency-Key': 'file-1' };
    const { answers } = await postBulkChanges(relay.url, text, key);
    expect(answers).toMatchObject([{ replayed: false }, { replayed: false, counters: { orders: 1_001 } }]);
    for (const { url } of [upstream, relay])
      expect((await postBulkChanges(url, text, key)).answers).toEqual(
        answers.map((answer) => ({ ...answer, replayed: true })),
      );
    const { body } = await upstream.call('GET /dashboards/main/changes');
    expect(body.entries).toMatchObject([{ key: 'file-1 1' }, { key: 'file-1 2' }]);
  });

  it('definitions, rules and deletions reach the upstream, and viewers of both see them', async () => {
    const upstream = await startShop({ STORE: 'memory' });
    const relay = await startRelay(upstream.url);
    const viewers = [await watchV1(upstream.url, '/dashboards/shop'), await watchV1(relay.url, '/dashboards/shop')];
    const patched = await relay.call('PATCH /dashboards/shop', { counters: { returns: {} } });
    expect([patched.status, patched.body.version]).toEqual([200, 2]);
    await upstream.call('POST /dashboards/shop/counters/returns/add', { amount: 2 });
    for (const viewer of viewers) {
      await viewer.waitFor(({ states }) => states.at(-1)?.counters['returns'] === 2);
      expect(viewer.frames).toContainEqual({ type: 'definition', version: 2 });
    }
    expect((await relay.call('DELETE /dashboards/shop/counters/visits')).status).toBe(204);
    for (const viewer of viewers)
      await viewer.waitFor(
        ({ states }) => states.at(-1) !== undefined && !('visits' in (states.at(-1)?.counters ?? {})),
      );
    const rule = { when: { of: 'sales', above: 5 }, notify: [{ url: 'https://example.org/hook' }] };
    const defined = await relay.call('PUT /dashboards/shop/rules/five', rule);
    expect([defined.status, (await upstream.call('GET /dashboards/shop/rules')).body.rules.length]).toEqual([201, 1]);
    await relay.call('DELETE /dashboards/shop');
    for (const viewer of viewers) await viewer.waitFor(({ closed }) => closed?.code === 4404);
    expect((await relay.call('GET /dashboards/shop')).status).toBe(404);
  });

  it('its own token needs the right to read; callers have their own names and rights at the upstream', async () => {
    const { upstream, relay } = await startGuardedRelay();
    const add = 'POST /dashboards/shop/counters/sales/add';
    await relay.call(add, undefined, authorizeWith(SECRETS.shopClerk));
    const ledger = await upstream.call('GET /dashboards/shop/changes', undefined, authorizeWith(SECRETS.reader));
    expect(ledger.body.entries).toMatchObject([{ who: 'shop-clerk' }]);
    expect((await relay.call(add, undefined, authorizeWith(SECRETS.reader))).body.code).toBe('forbidden');
    expect((await relay.call('GET /dashboards/shop')).body.code).toBe('token-required');
    const { body } = await relay.call('POST /tickets', { dashboard: 'shop' }, authorizeWith(SECRETS.reader));
    const viewer = await watchV1(relay.url, `/dashboards/shop?ticket=${body.ticket}`);
    expect(viewer.states.at(-1)?.counters).toEqual({ sales: 1 });
    const again = await relay.call('POST /tickets', { dashboard: 'shop' }, authorizeWith(SECRETS.reader));
    expect((await relay.call(`GET /dashboards/shop/history?ticket=${again.body.ticket}`)).status).toBe(200);
  });

  it('the refusal of a token that only the relay knows is the final word of the upstream', async () => {
    const upstream = await startApi({ STORE: 'memory', ...TOKEN_CONFIG });
    const relay = await startRelay(upstream.url, { UPSTREAM_TOKEN: new Secret(SECRETS.reader) });
    expect((await relay.call('POST /order')).body).toMatchObject({ status: 401, code: 'token-required' });
    expect((await relay.call('PUT /dashboards/shop', {})).body).toMatchObject({ status: 401, code: 'token-required' });
    const stranger = await startRelay(upstream.url, { UPSTREAM_TOKEN: new Secret('not-a-token-of-the-upstream') });
    const { body } = await stranger.call('GET /dashboard');
    expect([body.status, body.code, body.detail]).toEqual([
      503,
      'store-unavailable',
      expect.stringContaining('check UPSTREAM_TOKEN'),
    ]);
  });

  it('viewers stay connected while the upstream is silent, are told `degraded`, and get the missed changes afterwards', async () => {
    const upstream = await startApi({ STORE: 'memory' });
    const proxy = await startTcpProxy(upstream.port);
    const relay = await startRelay(proxy.url);
    const watch = recordWatch(relay.url);
    await watch.waitForStatus('live');
    proxy.toClient = () => {};
    await upstream.call('POST /order');
    await watch.waitForStatus('degraded');
    expect((await relay.call('GET /health/ready')).status).toBe(503);
    proxy.toClient = (bytes, pass) => pass(bytes);
    for (const { client } of proxy.openConnections) client.destroy();
    await watch.waitForValues({ orders: 1 });
    await watch.waitForStatus('live');
    expect(watch.statuses.map(({ state }) => state).filter((state) => state === 'reconnecting')).toEqual([]);
  });

  it('viewers are told `degraded` within seconds also where WebSockets do not get through to the upstream', async () => {
    const upstream = await startApi({ STORE: 'memory', HEARTBEAT_MS: 600_000 });
    const proxy = await startTcpProxy(upstream.port);
    proxy.stripsUpgrades = true;
    const relay = await startRelay(proxy.url);
    const watch = recordWatch(relay.url);
    await watch.waitForStatus('live');
    await upstream.call('POST /order');
    await watch.waitForValues({ orders: 1 });
    // In place of pings, which an event stream has not.
    await eventually(() => proxy.allConnections.some(({ sent }) => sent.includes('GET /health/live')));
    proxy.toClient = () => {};
    await watch.waitForStatus('degraded');
    proxy.toClient = (bytes, pass) => pass(bytes);
    for (const { client } of proxy.openConnections) client.destroy();
    await watch.waitForStatus('live');
  });

  it('of a relay everything works, and a circle of relays is refused', async () => {
    const upstream = await startApi({ STORE: 'memory' });
    const first = await startRelay(upstream.url);
    const second = await startRelay(first.url);
    const viewer = await watchV1(second.url);
    await second.call('POST /order');
    await viewer.waitFor(({ states }) => states.at(-1)?.counters['orders'] === 1);
    const [port = 0] = await findFreePorts(1);
    const circle = await startRelay(`http://127.0.0.1:${port}`, { PORT: port });
    for (const line of ['GET /dashboard', 'POST /order', 'PUT /dashboards/shop']) {
      const { status, body } = await circle.call(line, line.startsWith('PUT') ? {} : undefined);
      expect([line, status, body.code]).toEqual([line, 508, 'relay-loop']);
    }
  });
});

it('a relay without an upstream, with hooks or with notifications is refused at the start', () => {
  const { faults } = loadConfig({ STORE: 'upstream', HOOKS_FILE: 'hooks.yaml', NOTIFY_ALLOW: '10.0.0.1' });
  expect(faults).toEqual([
    'UPSTREAM_URL: must be set with STORE=upstream',
    'HOOKS_FILE: a relay receives no events: set it at the upstream',
    'NOTIFY_ALLOW: a relay sends no notifications: set it at the upstream',
  ]);
});

it.each(['http://host/?a=b', 'http://host/#a', 'http://user:secret@host', 'ws://host', 'unix:'])(
  'a relay of %s is refused at the start',
  (UPSTREAM_URL) => {
    expect(loadConfig({ STORE: 'upstream', UPSTREAM_URL }).faults).toEqual([
      expect.stringContaining('must be an http or https URL without user, password, query and fragment'),
    ]);
  },
);

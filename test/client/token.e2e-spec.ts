/** The client with tokens: tickets for WebSockets, headers otherwise, and tokens that expire. */
import type { IncomingMessage } from 'node:http';
import { add, describeDashboard, type TokenSource } from '../../src/client/client.js';
import { respondWithJson, startScriptedServer } from '../support/scripted-server.js';
import { startIssuer } from '../support/jwt-issuer.js';
import { startAppBehindProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { defineShop, TOKEN_CONFIG, SECRETS } from '../support/token-service.js';
import { recordWatch } from '../support/client-watch.js';

const STATE = { type: 'snapshot', dashboard: 'main', epoch: 'e', revision: 3, at: 1, counters: { orders: 3 } };
const OUTCOME = { dashboard: 'main', epoch: 'e', revision: 1, at: 1, counters: { orders: 1 }, replayed: false };

/** Returns a function that returns the tokens in turn, and then always the last one. */
function createTokenSequence(...tokens: readonly string[]): () => string {
  const remaining = [...tokens];
  return () => (remaining.length > 1 ? remaining.shift() : remaining[0]) ?? '';
}

const listTokens = (requests: readonly IncomingMessage[]) =>
  requests.map(({ headers }) => headers.authorization?.replace('Bearer ', ''));

/** Returns the request lines seen so far, with their tokens. */
const listRequests = ({ allConnections }: TcpProxy) =>
  allConnections.flatMap(({ sent }) =>
    [...sent.matchAll(/([A-Z]+ \/\S*) HTTP\/1.1\r\n(?:[^\r]+\r\n)*/g)].map(([head, line = '']) => ({
      line,
      token: /^authorization: Bearer (.*)\r$/im.exec(head)?.[1],
    })),
  );

describe('a service that requires tokens', () => {
  it('is watched by WebSocket with a new ticket for each connection', async () => {
    const { url, proxy } = await startAppBehindProxy(TOKEN_CONFIG);
    const watched = recordWatch(proxy.url, { token: SECRETS.reader, counters: ['orders'] });
    await watched.waitForStatus('live');
    const reconnecting = watched.waitForStatus('reconnecting');
    proxy.cutAll();
    await reconnecting;
    await add(url, 'orders', 2, { token: SECRETS.clerk });
    await watched.waitForValues({ orders: 2 });
    const requests = listRequests(proxy);
    expect(requests).toEqual(
      [0, 1].flatMap(() => [
        { line: 'POST /tickets', token: SECRETS.reader },
        { line: expect.stringMatching(/^GET \/dashboards\/main\?counters=orders&ticket=/), token: undefined },
      ]),
    );
    expect(JSON.stringify(watched.statuses)).not.toMatch(/ticket|reader-/);
  });

  it('is watched by stream with the token in a header if WebSockets are blocked', async () => {
    const { url, proxy } = await startAppBehindProxy(TOKEN_CONFIG);
    proxy.stripsUpgrades = true;
    const watched = recordWatch(proxy.url, { token: async () => SECRETS.reader });
    await watched.waitForStatus('live');
    await add(url, 'orders', 2, { token: SECRETS.clerk });
    await watched.waitForValues({ orders: 2 });
    expect(listRequests(proxy)).toContainEqual({ line: 'GET /dashboards/main', token: SECRETS.reader });
  });

  it.each([
    ['no token', 'main', undefined, 'token-required'],
    ['an unknown token', 'main', 'nobody-0123456789abcdef', 'token-invalid'],
    ['the token of another dashboard', 'main', SECRETS.shopClerk, 'forbidden'],
    ['a token but an unknown dashboard', 'shp', SECRETS.reader, 'unknown-dashboard'],
  ])('with %s the watch closes and reports the reason', async (_, dashboard, token, code) => {
    const { url, proxy } = await startAppBehindProxy(TOKEN_CONFIG);
    await defineShop(url);
    const watched = recordWatch(proxy.url, { dashboard, ...(token && { token }) });
    expect(await watched.waitForStatus('closed')).toMatchObject({ problem: { code, remedy: expect.any(String) } });
  });

  it('with anonymous reading still requires a token for changes', async () => {
    const { url, proxy } = await startAppBehindProxy({ ...TOKEN_CONFIG, ALLOW_ANONYMOUS: 'read' });
    const watched = recordWatch(proxy.url);
    await expect(add(url, 'orders')).rejects.toMatchObject({ problem: { code: 'token-required' } });
    await expect(add(url, 'orders', 1, { token: SECRETS.reader })).rejects.toMatchObject({
      problem: { code: 'forbidden' },
    });
    await add(url, 'orders', 1, { token: SECRETS.clerk });
    await watched.waitForValues({ orders: 1 });
  });
});

it.each(['WebSocket', 'stream'])('a watch by %s replaces an expired token', async (transport) => {
  const { config, issue } = await startIssuer();
  const { proxy } = await startAppBehindProxy({ ...config, HEARTBEAT_MS: 200 });
  proxy.stripsUpgrades = transport === 'stream';
  const tokenSource = { lifetimeS: 3, calls: 0 };
  const ends = await issue('tallyboard:read', tokenSource.lifetimeS);
  const watched = recordWatch(proxy.url, {
    token: () => {
      tokenSource.calls += 1;
      return tokenSource.calls === 1 ? ends : issue('tallyboard:read', tokenSource.lifetimeS);
    },
  });
  await watched.waitForStatus('live');
  tokenSource.lifetimeS = 600;
  await watched.waitForStatus('reconnecting');
  await watched.waitForStatus('live');
  expect(watched.statuses.map(({ state }) => state)).toEqual(['live', 'reconnecting', 'live']);
});

describe('if tickets are refused', () => {
  it.each([404, 405, 503])('with %i, the client watches by stream with the token in a header', async (status) => {
    const { url, requests } = await startScriptedServer(respondWithJson(status, {}), (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(`data: ${JSON.stringify(STATE)}\n\n`);
    });
    const watched = recordWatch(`${url}/tally/`, { token: 't0ken', counters: ['orders'] });
    await watched.waitForStatus('live');
    expect(requests.map(({ method, url: path }) => `${method} ${path}`)).toEqual([
      'POST /tally/tickets',
      'GET /tally/dashboards/main?counters=orders',
    ]);
    expect(listTokens(requests)).toEqual(['t0ken', 't0ken']);
  });

  it.each([401, 403])('with %i, the watch closes and reports the reason', async (status) => {
    const { url, requests } = await startScriptedServer(respondWithJson(status, { code: 'no', detail: 'not you' }));
    const watched = recordWatch(url, { token: 't0ken' });
    expect(await watched.waitForStatus('closed')).toEqual({
      state: 'closed',
      reason: 'not you',
      problem: { status, title: expect.any(String), code: 'no', detail: 'not you' },
    });
    expect(requests).toHaveLength(1);
  });
});

describe('a refused token', () => {
  const clientCalls: readonly (readonly [string, (url: string, token: TokenSource) => Promise<unknown>])[] = [
    ['a change', (url, token) => add(url, 'orders', 1, { token })],
    ['a read', (url, token) => describeDashboard(url, { token })],
  ];

  it.each(clientCalls)(
    'is replaced by a new one once by %s, under the same idempotency key',
    async (_, sendRequest) => {
      const { url, requests } = await startScriptedServer(respondWithJson(401, {}), respondWithJson(200, OUTCOME));
      await sendRequest(url, createTokenSequence('old', 'new'));
      expect(listTokens(requests)).toEqual(['old', 'new']);
      const keys = new Set(requests.map(({ headers }) => headers['idempotency-key']));
      expect(keys.size).toBe(1);
    },
  );

  it.each(clientCalls)('is not sent again by %s if it is a string or has not changed', async (_, sendRequest) => {
    const { url, requests } = await startScriptedServer(respondWithJson(401, { detail: 'not you' }));
    await expect(sendRequest(url, () => 'same')).rejects.toThrow('not you');
    await expect(sendRequest(url, 'same')).rejects.toThrow('not you');
    await expect(sendRequest(url, createTokenSequence('one', 'two', 'three'))).rejects.toThrow('not you');
    expect(listTokens(requests)).toEqual(['same', 'same', 'one', 'two']);
  });

  it.each(clientCalls)('that is malformed is not sent by %s and not part of the error', async (_, sendRequest) => {
    const { url, requests } = await startScriptedServer(respondWithJson(200, OUTCOME));
    for (const token of ['', 'two\nlines', 'Schlüssel']) {
      const error = await sendRequest(url, token).catch(String);
      expect(error).toBe('RangeError: the token must be visible ASCII characters');
    }
    expect(requests).toEqual([]);
  });
});

/** Security of the recipes for nginx, Caddy and HAProxy: forged headers, repeated changes, secrets in logs. */
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { CheckedWebSocket, excludeFromChecks } from '../support/response-check.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { requestProxy, startProxied, startStubService } from '../support/proxied-service.js';
import { startReverseProxy } from '../support/reverse-proxy.js';
import { PROXIES } from '../support/proxy-recipes.js';

describe.each(PROXIES)('%s', (kind) => {
  it('overwrites forwarding headers that a client sends', async () => {
    const stub = await startStubService((_request, response) => response.end());
    const proxy = await startReverseProxy(kind, { servicePort: stub.port });
    excludeFromChecks(proxy.port);
    const forged = {
      'X-Forwarded-For': '203.0.113.7',
      'X-Forwarded-Proto': 'gopher',
      'X-Forwarded-Host': 'evil.example',
      Forwarded: 'for=203.0.113.7;host=evil.example',
    };
    await requestProxy(proxy, 'GET /', { ...forged, Host: 'counters.example.org' });
    expect(stub.requests[0]?.headers).toMatchObject({
      host: 'counters.example.org',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'counters.example.org',
    });
    expect(stub.requests[0]?.headers).not.toHaveProperty('forwarded');
  });

  it('makes pages under the public name same-origin, and no others', async () => {
    const { proxy, request } = await startProxied(kind);
    const Host = 'counters.example.org';
    const statusFor = async (Origin: string) => (await request('POST /order', { Host, Origin })).status;
    expect(await statusFor(`https://${Host}`)).toBe(200);
    for (const origin of [`http://${Host}`, 'https://evil.example', 'null']) expect(await statusFor(origin)).toBe(403);
    const url = `${proxy.url.replace('http', 'ws')}/dashboard`;
    const socket = new CheckedWebSocket(url, [], {
      ca: proxy.certificate.cert,
      headers: { Host },
      origin: `https://${Host}`,
    });
    afterTest(() => socket.terminate());
    await once(socket, 'message');
    // The host is the one that the proxy forwards, whatever the client sends.
    const forged = { Host, Origin: 'https://evil.example', 'X-Forwarded-Host': 'evil.example' };
    expect((await request('POST /order', forged)).status).toBe(403);
  });

  it('lets the service count failed attempts by the real client address, not a claimed one', async () => {
    const { proxy } = await startProxied(kind, {}, { ALLOW_ANONYMOUS: 'read', MAX_AUTH_FAILURES_PER_MIN: 3 });
    const attempt = async (localAddress: string, claimed: string) => {
      const headers = { Authorization: 'Bearer wrong', 'X-Forwarded-For': claimed, Forwarded: `for=${claimed}` };
      return (await requestProxy(proxy, 'POST /order', headers, undefined, { agent: false, localAddress })).status;
    };
    for (const last of [1, 2, 3]) expect(await attempt('127.0.0.2', `203.0.113.${last}`)).toBe(401);
    expect(await attempt('127.0.0.2', '203.0.113.4')).toBe(429);
    expect(await attempt('127.0.0.3', '127.0.0.2')).toBe(401);
  });

  it.each(['POST', 'DELETE'])('sends a %s once, even if the service closes the connection', async (method) => {
    const stub = await startStubService(({ url, socket }, response) =>
      url === '/warm' ? response.end() : socket.destroy(),
    );
    const proxy = await startReverseProxy(kind, { servicePort: stub.port });
    excludeFromChecks(proxy.port);
    // Uses a kept-alive connection to the service: on these, proxies tend to repeat requests.
    for (const path of ['/warm', '/warm', '/order']) await requestProxy(proxy, `${method} ${path}`);
    expect(stub.requests.map(({ url }) => url)).toEqual(['/warm', '/warm', '/order']);
  });

  it('reuses its connections to the service', async () => {
    const stub = await startStubService((_request, response) => response.end());
    const proxy = await startReverseProxy(kind, { servicePort: stub.port });
    excludeFromChecks(proxy.port);
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    afterTest(() => agent.destroy());
    for (let asked = 0; asked < 10; asked += 1) await requestProxy(proxy, 'POST /order', {}, undefined, { agent });
    // Caddy may open one more for its health check.
    expect(new Set(stub.requests.map(({ socket }) => socket.remotePort)).size).toBeLessThanOrEqual(2);
  });

  it('never logs a query string, and redirects HTTP to HTTPS', async () => {
    const { proxy, request, close } = await startProxied(kind, { hasShortTimeouts: true });
    const ticket = '?ticket=secret';
    await request(`GET /dashboard${ticket}`);
    await request(`GET /no-such-route${ticket}`);
    const plain = http.get(`http://127.0.0.1:${proxy.plainPort}/dashboard${ticket}`, {
      headers: { Host: 'counters.example.org' },
    });
    const [{ statusCode, headers }] = (await once(plain, 'response')) as [IncomingMessage];
    expect(statusCode).toBe(308);
    expect(headers.location).toMatch(/^https:\/\/counters\.example\.org(:\d+)?\/dashboard\?ticket=secret$/);
    await close();
    excludeFromChecks(proxy.port);
    expect((await request(`GET /gone${ticket}`)).status).toBeGreaterThanOrEqual(502);
    await eventually(() => ['/dashboard', '/no-such-route', '/gone'].every((path) => proxy.log().includes(path)));
    expect(proxy.log()).not.toContain('secret');
  });

  it('leaves size limits to the service', async () => {
    const { proxy, request } = await startProxied(kind);
    const { status, bytes } = await request(
      'POST /dashboards/main/changes',
      { 'Content-Type': 'application/json' },
      'x'.repeat(70_000),
    );
    expect([status, JSON.parse(String(bytes)).code]).toEqual([413, 'body-too-large']);
    expect((await request('GET /dashboard', { Cookie: 'x'.repeat(12_000) })).status).toBe(200);
    excludeFromChecks(proxy.port);
    const large = await request('GET /dashboard', { Cookie: 'x'.repeat(40_000) }).catch(() => ({ status: 431 }));
    expect([400, 431]).toContain(large.status);
  });
});

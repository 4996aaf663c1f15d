/** The recipes for nginx, Caddy and HAProxy, each started for real: what is asked through them is answered as without them. */
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { brotliDecompressSync } from 'node:zlib';
import { startCommand } from './command.fixture.js';
import { CheckedWebSocket, isStranger } from './documented.fixture.js';
import { afterTest, eventually } from './lifetime.fixture.js';
import { NDJSON, openLines, orderLine } from './lines.fixture.js';
import { askProxy, startProxied, startStand, watchProxied } from './proxied.fixture.js';
import { startRecipe } from './proxies.fixture.js';
import { PROXIES, type ProxyKind } from './recipes.fixture.js';

import.meta.jest.setTimeout(30_000);

const PLACES = PROXIES.flatMap((kind) =>
  (['root', 'passed on', 'taken off'] as const).map((way) => ({ kind, way, prefix: way === 'root' ? '' : '/tally' })),
);
const answersOf = (bytes: Buffer) =>
  String(bytes)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { revision: number });
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe.each(PLACES)('$kind, path: $way', ({ kind, way, prefix }) => {
  it('brings the page, its files and the documents', async () => {
    const { proxy, ask } = await startProxied(kind, { way });
    const { status, headers, bytes } = await ask('GET /');
    expect([status, headers['content-security-policy']]).toEqual([200, expect.stringContaining("default-src 'none'")]);
    const links = Array.from(String(bytes).matchAll(/(?:src|href)="(\.[^"]+)"/g), ([, link = '']) => link);
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) {
      const path = new URL(link, `${proxy.url}/`).pathname.slice(prefix.length);
      const file = await ask(`GET ${path}`, { 'Accept-Encoding': 'br' });
      expect([file.status, file.headers['content-encoding']]).toEqual([200, 'br']);
      expect(brotliDecompressSync(file.bytes).length).toBeGreaterThan(0);
    }
    expect((await ask('GET /', { 'If-None-Match': headers.etag ?? '' })).status).toBe(304);
    const openApi = JSON.parse(String((await ask('GET /openapi.json')).bytes)) as { servers: { url: string }[] };
    expect(new URL(openApi.servers[0]?.url ?? '', `${proxy.url}/openapi.json`).href).toBe(`${proxy.url}/`);
    const docs = await ask('GET /docs');
    for (const [, link = ''] of String(docs.bytes).matchAll(/(?:src|href)="([^"]+)"/g)) {
      const path = new URL(link, `${proxy.url}/docs`).pathname.slice(prefix.length);
      expect((await ask(`GET ${path}`)).status).toBe(200);
    }
  });

  it('lets changes in, and viewers of every kind see each as it comes', async () => {
    const { proxy, ask } = await startProxied(kind, { way });
    const viewers = Object.values(await watchProxied(proxy));
    for (const orders of numbers(3)) {
      expect(await ask('POST /order')).toMatchObject({ status: 200, bytes: Buffer.from('Order Added') });
      await Promise.all(viewers.map((viewer) => viewer.untilSees({ orders })));
    }
    expect(JSON.parse(String((await ask('GET /dashboard')).bytes))).toMatchObject({ counters: { orders: 3 } });
    const stream = await ask('POST /changes', NDJSON, orderLine().repeat(2));
    expect(answersOf(stream.bytes)).toMatchObject([{ revision: 4 }, { revision: 5 }]);
    await Promise.all(viewers.map((viewer) => viewer.untilSees({ orders: 5 })));
  });
});

it.each(PLACES.filter(({ prefix }) => prefix !== ''))(
  'the path alone leads to the page behind $kind where it is $way',
  async ({ kind, way }) => {
    const { proxy, ask } = await startProxied(kind, { way });
    const { status, headers } = await ask('GET ?theme=dark');
    // nginx adds the slash itself.
    expect(status).toBe(kind === 'nginx' ? 301 : 308);
    expect(new URL(headers.location ?? '', proxy.url).href).toBe(`${proxy.url}/?theme=dark`);
  },
);

describe.each(PROXIES)('%s', (kind) => {
  it('passes 10,000 lines on whole, and a large answer, on a connection that is kept', async () => {
    const { proxy, ask, url } = await startProxied(kind);
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    afterTest(() => agent.destroy());
    const lines = numbers(10_000).map((index) => orderLine({ key: `k-${index}` }));
    for (const headers of [NDJSON, { ...NDJSON, 'Transfer-Encoding': 'chunked' }]) {
      const { bytes } = await askProxy(proxy, 'POST /changes', headers, lines.join(''), { agent });
      expect(answersOf(bytes).map(({ revision }) => revision)).toEqual(numbers(10_000));
    }
    const script = await ask('GET /docs/swagger-ui-bundle.js');
    const direct = await (await fetch(`${url}/docs/swagger-ui-bundle.js`)).arrayBuffer();
    expect(direct.byteLength).toBeGreaterThan(500_000);
    expect(script.bytes.equals(Buffer.from(direct))).toBe(true);
  });

  it('speaks HTTP/2', async () => {
    const { proxy, dashboard } = await startProxied(kind);
    const session = http2.connect(proxy.url, { ca: proxy.certificate.cert });
    afterTest(() => session.destroy());
    const ask2 = async (line: string, headers: Record<string, string> = {}, body?: string) => {
      const [method, path] = line.split(' ');
      const stream = session.request(
        { ':method': method, ':path': path, ...headers },
        { endStream: body === undefined },
      );
      if (body !== undefined) stream.end(body);
      const [answered] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
      return { stream, status: answered[':status'], text: async () => String(Buffer.concat(await stream.toArray())) };
    };
    const events = await ask2('GET /dashboard', { accept: 'text/event-stream' });
    let seen = '';
    events.stream.setEncoding('utf8').on('data', (text: string) => (seen += text));
    await eventually(() => seen.includes('"orders":0'));
    const added = await ask2('POST /order');
    expect([added.status, await added.text()]).toEqual([200, 'Order Added']);
    await eventually(() => seen.includes('"orders":1'));
    expect(JSON.parse(await (await ask2('GET /dashboard')).text())).toMatchObject({ counters: { orders: 1 } });
    const lines = await ask2('POST /changes', { 'content-type': 'application/x-ndjson' }, orderLine().repeat(10_000));
    expect(answersOf(Buffer.from(await lines.text()))).toHaveLength(10_000);
    expect(await dashboard()).toMatchObject({ revision: 10_001 });
    events.stream.close();
  });

  it('overwrites what a client claims to be', async () => {
    const stand = await startStand((_request, response) => response.end());
    const proxy = await startRecipe(kind, { servicePort: stand.port });
    isStranger(proxy.port);
    const forged = {
      'X-Forwarded-For': '203.0.113.7',
      'X-Forwarded-Proto': 'gopher',
      'X-Forwarded-Host': 'evil.example',
      Forwarded: 'for=203.0.113.7;host=evil.example',
    };
    await askProxy(proxy, 'GET /', { ...forged, Host: 'counters.example.org' });
    expect(stand.requests[0]?.headers).toMatchObject({
      host: 'counters.example.org',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'counters.example.org',
    });
    expect(stand.requests[0]?.headers).not.toHaveProperty('forwarded');
  });

  it('has pages under the public name be of the service itself, and no others', async () => {
    const { proxy, ask } = await startProxied(kind);
    const Host = 'counters.example.org';
    const statusFor = async (Origin: string) => (await ask('POST /order', { Host, Origin })).status;
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
    // The name is that of the proxy, whatever a client claims beside it.
    const forged = { Host, Origin: 'https://evil.example', 'X-Forwarded-Host': 'evil.example' };
    expect((await ask('POST /order', forged)).status).toBe(403);
  });

  it('has the service count failures by the address of the client, not by one that it claims', async () => {
    const { proxy } = await startProxied(kind, {}, { ALLOW_ANONYMOUS: 'read', MAX_FAILURES: 3 });
    const attempt = async (localAddress: string, claimed: string) => {
      const headers = { Authorization: 'Bearer wrong', 'X-Forwarded-For': claimed, Forwarded: `for=${claimed}` };
      return (await askProxy(proxy, 'POST /order', headers, undefined, { agent: false, localAddress })).status;
    };
    for (const last of numbers(3)) expect(await attempt('127.0.0.2', `203.0.113.${last}`)).toBe(401);
    expect(await attempt('127.0.0.2', '203.0.113.4')).toBe(429);
    expect(await attempt('127.0.0.3', '127.0.0.2')).toBe(401);
  });

  it.each(['POST', 'DELETE'])('sends a %s once, even when the service goes away under it', async (method) => {
    const stand = await startStand(({ url, socket }, response) =>
      url === '/warm' ? response.end() : socket.destroy(),
    );
    const proxy = await startRecipe(kind, { servicePort: stand.port });
    isStranger(proxy.port);
    // The connection to the service is one that is used again: those are what proxies like to repeat requests on.
    for (const path of ['/warm', '/warm', '/order']) await askProxy(proxy, `${method} ${path}`);
    expect(stand.requests.map(({ url }) => url)).toEqual(['/warm', '/warm', '/order']);
  });

  it('uses its connections to the service again', async () => {
    const stand = await startStand((_request, response) => response.end());
    const proxy = await startRecipe(kind, { servicePort: stand.port });
    isStranger(proxy.port);
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    afterTest(() => agent.destroy());
    for (let asked = 0; asked < 10; asked += 1) await askProxy(proxy, 'POST /order', {}, undefined, { agent });
    // Another when Caddy looks after the health of the service at the same moment.
    expect(new Set(stand.requests.map(({ socket }) => socket.remotePort)).size).toBeLessThanOrEqual(2);
  });

  it('logs no query, be all well or amiss, and leads from HTTP to HTTPS', async () => {
    const { proxy, ask, close } = await startProxied(kind, { impatient: true });
    const ticket = '?ticket=secret';
    await ask(`GET /dashboard${ticket}`);
    await ask(`GET /no-such-route${ticket}`);
    const plain = http.get(`http://127.0.0.1:${proxy.plainPort}/dashboard${ticket}`, {
      headers: { Host: 'counters.example.org' },
    });
    const [{ statusCode, headers }] = (await once(plain, 'response')) as [IncomingMessage];
    expect(statusCode).toBe(308);
    expect(headers.location).toMatch(/^https:\/\/counters\.example\.org(:\d+)?\/dashboard\?ticket=secret$/);
    await close();
    isStranger(proxy.port);
    expect((await ask(`GET /gone${ticket}`)).status).toBeGreaterThanOrEqual(502);
    await eventually(() => ['/dashboard', '/no-such-route', '/gone'].every((path) => proxy.log().includes(path)));
    expect(proxy.log()).not.toContain('secret');
  });

  it('lets the service say itself what is too large', async () => {
    const { proxy, ask } = await startProxied(kind);
    const { status, bytes } = await ask(
      'POST /dashboards/main/changes',
      { 'Content-Type': 'application/json' },
      'x'.repeat(70_000),
    );
    expect([status, JSON.parse(String(bytes)).code]).toEqual([413, 'body-too-large']);
    expect((await ask('GET /dashboard', { Cookie: 'x'.repeat(12_000) })).status).toBe(200);
    isStranger(proxy.port);
    const large = await ask('GET /dashboard', { Cookie: 'x'.repeat(40_000) }).catch(() => ({ status: 431 }));
    expect([400, 431]).toContain(large.status);
  });

  it('serves the client of the command line, which trusts its certificate', async () => {
    const { proxy, ask } = await startProxied(kind);
    const env = { NODE_EXTRA_CA_CERTS: proxy.certificate.certPath };
    const { stdout } = startCommand(['watch', proxy.url], env);
    const { ended } = startCommand(['add', proxy.url, 'orders'], env);
    expect(await ended).toBe(0);
    await eventually(() => stdout().includes('"orders":1'));
    await ask('POST /order');
    await eventually(() => stdout().includes('"orders":2'));
  });
});

it.each(PROXIES.filter((kind) => kind !== 'nginx'))(
  '%s passes each line and its answer on as they come',
  async (kind: ProxyKind) => {
    const { proxy } = await startProxied(kind);
    // A connection that is kept is what Caddy would lose lines on.
    const stream = await openLines(proxy.url, { Connection: 'keep-alive' }, proxy.certificate.cert);
    for (const count of numbers(5)) {
      stream.send(orderLine());
      await stream.until(count);
    }
    stream.end();
    expect(await stream.all()).toHaveLength(5);
  },
);

it('nginx answers a stream once it has all of it', async () => {
  const { proxy } = await startProxied('nginx');
  const { bytes } = await askProxy(proxy, 'POST /changes', NDJSON, orderLine().repeat(3));
  expect(answersOf(bytes)).toHaveLength(3);
  isStranger(proxy.port);
  const { status } = await askProxy(proxy, 'POST /changes', NDJSON, Buffer.alloc(2 ** 20 + 1, ' '));
  expect(status).toBe(413);
});

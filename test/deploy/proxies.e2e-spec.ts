/** The recipes for nginx, Caddy and HAProxy, run with the real proxies: responses are the same as without them. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { brotliDecompressSync, constants, createGunzip } from 'node:zlib';
import { startCommand } from '../support/cli-process.js';
import { excludeFromChecks } from '../support/response-check.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { createOrderLine, NDJSON_HEADERS, openBulkStream } from '../support/bulk-client.js';
import { requestProxy, startProxied, watchProxied } from '../support/proxied-service.js';
import { type PathMode, PROXIES, type ProxyKind } from '../support/proxy-recipes.js';

const PREFIX = '/tally';
const combineModes = (...pathModes: readonly PathMode[]) =>
  PROXIES.flatMap((kind) => pathModes.map((pathMode) => ({ kind, pathMode })));
const parseResponses = (bytes: Buffer) =>
  String(bytes)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { revision: number });
const countTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe.each(combineModes('preserved', 'stripped'))('$kind, path: $pathMode', ({ kind, pathMode }) => {
  it('serves the page, its files and the documents, and redirects the path without a slash', async () => {
    const { proxy, request } = await startProxied(kind, { pathMode });
    const { status, headers, bytes } = await request('GET /');
    expect([status, headers['content-security-policy']]).toEqual([200, expect.stringContaining("default-src 'none'")]);
    const links = Array.from(String(bytes).matchAll(/(?:src|href)="(\.[^"]+)"/g), ([, link = '']) => link);
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) {
      const path = new URL(link, `${proxy.url}/`).pathname.slice(PREFIX.length);
      const file = await request(`GET ${path}`, { 'Accept-Encoding': 'br' });
      // Fonts and pictures are compressed in themselves.
      const encoding = /\.(woff2|png)$/.test(path) ? undefined : 'br';
      expect([path, file.status, file.headers['content-encoding']]).toEqual([path, 200, encoding]);
      expect((encoding ? brotliDecompressSync(file.bytes) : file.bytes).length).toBeGreaterThan(0);
    }
    expect((await request('GET /', { 'If-None-Match': headers.etag ?? '' })).status).toBe(304);
    const openApi = JSON.parse(String((await request('GET /openapi.json')).bytes)) as { servers: { url: string }[] };
    expect(new URL(openApi.servers[0]?.url ?? '', `${proxy.url}/openapi.json`).href).toBe(`${proxy.url}/`);
    const docs = await request('GET /docs');
    for (const [, link = ''] of String(docs.bytes).matchAll(/(?:src|href)="([^"]+)"/g)) {
      const path = new URL(link, `${proxy.url}/docs`).pathname.slice(PREFIX.length);
      expect((await request(`GET ${path}`)).status).toBe(200);
    }
    const alone = await request('GET ?theme=dark');
    // nginx redirects by itself.
    expect(alone.status).toBe(kind === 'nginx' ? 301 : 308);
    expect(new URL(alone.headers.location ?? '', proxy.url).href).toBe(`${proxy.url}/?theme=dark`);
  });
});

it.each(combineModes('root', 'preserved', 'stripped'))(
  '$kind, path: $pathMode, passes changes and streams on, and every kind of viewer sees each change at once',
  async ({ kind, pathMode }) => {
    const { proxy, request } = await startProxied(kind, { pathMode });
    const viewers = Object.values(await watchProxied(proxy));
    for (const orders of countTo(3)) {
      expect(await request('POST /order')).toMatchObject({ status: 200, bytes: Buffer.from('Order Added') });
      await Promise.all(viewers.map((viewer) => viewer.waitForValues({ orders })));
    }
    expect(JSON.parse(String((await request('GET /dashboard')).bytes))).toMatchObject({ counters: { orders: 3 } });
    const stream = await request('POST /changes', NDJSON_HEADERS, createOrderLine().repeat(2));
    expect(parseResponses(stream.bytes)).toMatchObject([{ revision: 4 }, { revision: 5 }]);
    await Promise.all(viewers.map((viewer) => viewer.waitForValues({ orders: 5 })));
  },
);

describe.each(PROXIES)('%s', (kind) => {
  it('passes on 10,000 lines and a large response over a kept-alive connection', async () => {
    const { proxy, request, url } = await startProxied(kind);
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    afterTest(() => agent.destroy());
    const lines = countTo(10_000).map((index) => createOrderLine({ key: `k-${index}` }));
    for (const headers of [NDJSON_HEADERS, { ...NDJSON_HEADERS, 'Transfer-Encoding': 'chunked' }]) {
      const { bytes } = await requestProxy(proxy, 'POST /changes', headers, lines.join(''), { agent });
      expect(parseResponses(bytes).map(({ revision }) => revision)).toEqual(countTo(10_000));
    }
    const script = await request('GET /docs/swagger-ui-bundle.js');
    const direct = await (await fetch(`${url}/docs/swagger-ui-bundle.js`)).arrayBuffer();
    expect(direct.byteLength).toBeGreaterThan(500_000);
    expect(script.bytes.equals(Buffer.from(direct))).toBe(true);
  });

  it('supports HTTP/2', async () => {
    const { proxy, dashboard } = await startProxied(kind);
    const session = http2.connect(proxy.url, { ca: proxy.certificate.cert });
    afterTest(() => session.destroy());
    const requestHttp2 = async (line: string, headers: Record<string, string> = {}, body?: string) => {
      const [method, path] = line.split(' ');
      const stream = session.request(
        { ':method': method, ':path': path, ...headers },
        { endStream: body === undefined },
      );
      if (body !== undefined) stream.end(body);
      const [answered] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
      return { stream, status: answered[':status'], text: async () => String(Buffer.concat(await stream.toArray())) };
    };
    const events = await requestHttp2('GET /dashboard', { accept: 'text/event-stream' });
    let seen = '';
    events.stream.setEncoding('utf8').on('data', (text: string) => (seen += text));
    await eventually(() => seen.includes('"orders":0'));
    const added = await requestHttp2('POST /order');
    expect([added.status, await added.text()]).toEqual([200, 'Order Added']);
    await eventually(() => seen.includes('"orders":1'));
    expect(JSON.parse(await (await requestHttp2('GET /dashboard')).text())).toMatchObject({ counters: { orders: 1 } });
    const lines = await requestHttp2(
      'POST /changes',
      { 'content-type': 'application/x-ndjson' },
      createOrderLine().repeat(10_000),
    );
    expect(parseResponses(Buffer.from(await lines.text()))).toHaveLength(10_000);
    expect(await dashboard()).toMatchObject({ revision: 10_001 });
    events.stream.close();
  });
});

it.each(PROXIES.filter((kind) => kind !== 'nginx'))(
  '%s passes on each line and its response without buffering',
  async (kind: ProxyKind) => {
    const { proxy } = await startProxied(kind);
    // Caddy would lose lines on a kept-alive connection.
    const stream = await openBulkStream(proxy.url, { Connection: 'keep-alive' }, proxy.certificate.cert);
    for (const count of countTo(5)) {
      stream.send(createOrderLine());
      await stream.waitForAnswers(count);
    }
    stream.end();
    expect(await stream.readAll()).toHaveLength(5);
  },
);

it('nginx buffers a bulk request, and responds when it has all of it', async () => {
  const { proxy } = await startProxied('nginx');
  const { bytes } = await requestProxy(proxy, 'POST /changes', NDJSON_HEADERS, createOrderLine().repeat(3));
  expect(parseResponses(bytes)).toHaveLength(3);
  excludeFromChecks(proxy.port);
  const { status } = await requestProxy(proxy, 'POST /changes', NDJSON_HEADERS, Buffer.alloc(2 ** 20 + 1, ' '));
  expect(status).toBe(413);
});

it('nginx passes on each event at once, also if it compresses them', async () => {
  const { proxy, request } = await startProxied('nginx');
  const headers = { Accept: 'text/event-stream', 'Accept-Encoding': 'gzip' };
  const opened = https.get(`${proxy.url}/dashboard`, { headers, ca: proxy.certificate.cert, agent: false });
  afterTest(() => opened.destroy());
  const [response] = (await once(opened, 'response')) as [IncomingMessage];
  expect(response.headers['content-encoding']).toBe('gzip');
  let seen = '';
  const events = response.on('error', () => {}).pipe(createGunzip({ flush: constants.Z_SYNC_FLUSH }));
  events.setEncoding('utf8').on('data', (text: string) => (seen += text));
  await eventually(() => seen.includes('"orders":0'));
  await request('POST /order');
  await eventually(() => seen.includes('"orders":1'));
});

it('the command line works through nginx if it trusts its certificate', async () => {
  const { proxy, request } = await startProxied('nginx', { pathMode: 'stripped' });
  const env = { NODE_EXTRA_CA_CERTS: proxy.certificate.certPath };
  const { stdout } = startCommand(['watch', proxy.url], env);
  const { ended } = startCommand(['add', proxy.url, 'orders'], env);
  expect(await ended).toBe(0);
  await eventually(() => stdout().includes('"orders":1'));
  await request('POST /order');
  await eventually(() => stdout().includes('"orders":2'));
});

/** Behind a real nginx over TLS: it passes the path on to a service that is under it, or takes it off before one that is not. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { brotliDecompressSync } from 'node:zlib';
import { startApp } from './app.fixture.js';
import { startCommand } from './command.fixture.js';
import { CheckedWebSocket, checkResponse } from './documented.fixture.js';
import { eventually } from './lifetime.fixture.js';
import { type Nginx, startNginx } from './nginx.fixture.js';
import { openStream } from './stream.fixture.js';
import { TestViewer } from './viewer.fixture.js';

import.meta.jest.setTimeout(30_000);

const WAYS = [
  { way: 'passes the path on', prefix: '/tally', strip: false },
  { way: 'takes the path off', prefix: '/tally', strip: true },
  { way: 'knows no path', prefix: '', strip: false },
] as const;

/** The application, nginx before it, and a way to ask through both. */
async function start({ prefix, strip }: Omit<(typeof WAYS)[number], 'way'>) {
  const app = await startApp({ STORE: 'memory', BASE_PATH: strip ? '' : prefix });
  const nginx = await startNginx({ port: app.port, prefix, strip, tls: true });
  return { ...app, nginx, ask: (line: string, headers = {}) => ask(nginx, line, headers) };
}

/** `fetch` cannot be told which certificate to trust. */
async function ask({ url, port, certificate }: Nginx, line: string, headers: Readonly<Record<string, string>>) {
  const [method = '', path = ''] = line.split(' ');
  const options = { method, headers, agent: false, ...(certificate && { ca: certificate.cert }) };
  const request = https.request(url + path, options).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  checkResponse({ method, path: request.path }, response, port);
  const pieces = (await response.toArray()) as Buffer[];
  return { status: response.statusCode, headers: response.headers, bytes: Buffer.concat(pieces) };
}

describe.each(WAYS)('nginx that $way ($prefix)', ({ prefix, strip }) => {
  it('brings the page, its files and the documents', async () => {
    const { nginx, ask: get } = await start({ prefix, strip });
    const { status, headers, bytes } = await get('GET /');
    expect([status, headers['content-security-policy']]).toEqual([200, expect.stringContaining("default-src 'none'")]);
    const links = Array.from(String(bytes).matchAll(/(?:src|href)="(\.[^"]+)"/g), ([, link = '']) => link);
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) {
      const path = new URL(link, `${nginx.url}/`).pathname.slice(prefix.length);
      const file = await get(`GET ${path}`, { 'Accept-Encoding': 'br' });
      expect([file.status, file.headers['content-encoding']]).toEqual([200, 'br']);
      expect(brotliDecompressSync(file.bytes).length).toBeGreaterThan(0);
    }
    expect((await get('GET /', { 'If-None-Match': headers.etag ?? '' })).status).toBe(304);
    const openApi = JSON.parse(String((await get('GET /openapi.json')).bytes)) as { servers: { url: string }[] };
    expect(new URL(openApi.servers[0]?.url ?? '', `${nginx.url}/openapi.json`).href).toBe(`${nginx.url}/`);
    const docs = await get('GET /docs');
    for (const [, link = ''] of String(docs.bytes).matchAll(/(?:src|href)="([^"]+)"/g)) {
      const path = new URL(link, `${nginx.url}/docs`).pathname.slice(prefix.length);
      expect((await get(`GET ${path}`)).status).toBe(200);
    }
  });

  it('lets changes in, and viewers see them over wss', async () => {
    const { nginx, ask: send } = await start({ prefix, strip });
    const options = { ca: nginx.certificate?.cert };
    const socket = new CheckedWebSocket(`${nginx.url.replace('http', 'ws')}/dashboard`, [], options);
    const viewer = new TestViewer<Readonly<Record<string, number>>>(socket, (counters) => ({ revision: 0, counters }));
    await viewer.untilSees({ orders: 0 });
    expect((await send('POST /order')).status).toBe(200);
    await viewer.untilSees({ orders: 1 });
  });

  it('passes each event on as it comes, while the stream is open', async () => {
    const { nginx, ask: send } = await start({ prefix, strip });
    const stream = await openStream(`${nginx.url}/dashboards/main`, {}, undefined, nginx.certificate?.cert);
    await stream.untilSees({ orders: 0 });
    for (const orders of [1, 2, 3]) {
      await send('POST /order');
      await stream.untilSees({ orders });
    }
    expect(stream.ended).toBeUndefined();
  });

  it('serves the client of the command line, which trusts its certificate', async () => {
    const { nginx, ask: send } = await start({ prefix, strip });
    const env = { NODE_EXTRA_CA_CERTS: nginx.certificate?.certPath ?? '' };
    const { stdout } = startCommand(['watch', nginx.url], env);
    await eventually(() => stdout().includes('"orders":0'));
    await send('POST /order');
    await eventually(() => stdout().includes('"orders":1'));
    const { ended } = startCommand(['add', nginx.url, 'orders'], env);
    expect(await ended).toBe(0);
    await eventually(() => stdout().includes('"orders":2'));
  });
});

it.each(WAYS.filter(({ prefix }) => prefix !== ''))(
  'the path alone leads to the page where nginx $way',
  async (way) => {
    const { nginx } = await start(way);
    const { status, headers } = await ask(nginx, 'GET ?theme=dark', {});
    // Where it takes the path off, the slash is added by nginx itself.
    expect(status).toBe(way.strip ? 301 : 308);
    expect(new URL(headers.location ?? '', nginx.url).href).toBe(`${nginx.url}/?theme=dark`);
  },
);

it('without TLS it serves as well, and its log tells of nothing amiss', async () => {
  const { port } = await startApp({ STORE: 'memory', BASE_PATH: '/tally' });
  const { url, log } = await startNginx({ port, prefix: '/tally' });
  expect(await (await fetch(`${url}/order`, { method: 'POST' })).text()).toBe('Order Added');
  expect(log()).not.toMatch(/\[(warn|error|alert|crit|emerg)\]/);
});

/** Pages of allowed origins, and host names of the service: CORS headers, and requests that are allowed. */
import { startApi } from '../support/api-client.js';
import { formatHandshake, formatRequest } from '../harness/http-text.js';
import { connectRaw } from '../support/raw-http.js';
import { authorizeWith, TOKEN_CONFIG, SECRETS } from '../support/token-service.js';

const GOOD = 'https://good.example';
const START = { STORE: 'memory', ALLOWED_ORIGINS: [GOOD, 'http://localhost:5173'], ...TOKEN_CONFIG } as const;

async function startRaw(overrides: Parameters<typeof startApi>[0]) {
  const { port } = await startApi(overrides);
  return async (text: string) => {
    const client = await connectRaw(port);
    client.send(text);
    return client.readHead();
  };
}

it('a preflight from an allowed origin gets the allowed methods and headers', async () => {
  const ask = await startRaw(START);
  const preflight = {
    Origin: GOOD,
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'authorization,idempotency-key',
  };
  const response = await ask(formatRequest('OPTIONS /order', preflight));
  expect(response).toMatchObject({
    status: 204,
    headers: {
      'access-control-allow-origin': GOOD,
      'access-control-allow-methods': 'GET,HEAD,POST,PUT,PATCH,DELETE',
      'access-control-allow-headers': 'authorization,idempotency-key',
      'access-control-max-age': '600',
    },
  });
  expect(response.headers['vary']).toContain('Origin');
  expect(response.headers).not.toHaveProperty('access-control-allow-credentials');
});

it.each([GOOD, 'http://localhost:5173'])('a page of %s can change, read and watch with its token', async (Origin) => {
  const ask = await startRaw(START);
  const headers = { ...authorizeWith(SECRETS.clerk), Origin };
  const readable = { 'access-control-allow-origin': Origin };
  expect(await ask(formatRequest('POST /order', headers))).toMatchObject({ status: 200, headers: readable });
  const snapshot = await ask(formatRequest('GET /dashboard', headers));
  expect(snapshot).toMatchObject({ status: 200, headers: readable });
  expect(snapshot.headers['vary']).toMatch(/Origin/);
  expect(snapshot.headers['access-control-expose-headers']).toMatch(/ETag.*Retry-After.*WWW-Authenticate/);
  expect(await ask(formatRequest('GET /dashboard', { ...headers, Accept: 'text/event-stream' }))).toMatchObject({
    status: 200,
    headers: readable,
  });
  expect(await ask(formatHandshake(headers))).toMatchObject({ status: 101 });
});

/** Paths, and the request headers besides `Origin` that their responses vary by. */
const VARIED = [
  ['/', 'Accept-Encoding'],
  ['/dashboard', 'Accept'],
  ['/dashboards'],
  ['/dashboards/main/changes', 'Accept', 'Accept-Encoding'],
  ['/dashboards/main/history', 'Accept', 'Accept-Encoding'],
  ['/dashboards/main/periods?period=day', 'Accept', 'Accept-Encoding'],
  ['/openapi.json', 'Accept-Encoding'],
  ['/docs/swagger-ui.css', 'Accept-Encoding'],
] as const;

it.each([undefined, GOOD])(
  'whatever a cache may keep varies by the origin; this request is from %s',
  async (origin) => {
    const { call } = await startApi({ ...START, ALLOW_ANONYMOUS: 'read' });
    const headers: Record<string, string> = {
      'Accept-Encoding': 'gzip',
      ...(origin !== undefined && { Origin: origin }),
    };
    const varied = async (line: string) => (await call(line, undefined, headers)).headers.get('vary')?.split(', ');
    for (const [path, ...others] of VARIED)
      expect([path, ...((await varied(`GET ${path}`)) ?? [])]).toEqual([path, 'Origin', ...others]);
  },
);

it('a service without allowed origins has no Vary: Origin', async () => {
  const { call } = await startApi({ STORE: 'memory' });
  expect((await call('GET /dashboard')).headers.get('vary')).toBe('Accept');
});

it('a page of an allowed origin can read error responses', async () => {
  const ask = await startRaw(START);
  const readable = { 'access-control-allow-origin': GOOD };
  expect(await ask(formatRequest('POST /order', { Origin: GOOD }))).toMatchObject({ status: 401, headers: readable });
  expect(await ask(formatRequest('GET /nowhere', { Origin: GOOD }))).toMatchObject({ status: 404, headers: readable });
});

it('a page of the service itself is allowed under any host name', async () => {
  const ask = await startRaw({ STORE: 'memory', ...TOKEN_CONFIG });
  for (const [Host, Origin] of [
    ['tally.example', 'https://tally.example'],
    ['tally.example:443', 'https://tally.example'],
    ['tally.example:8082', 'http://tally.example:8082'],
    ['TALLY.example', 'http://tally.example'],
    ['[::1]:8082', 'http://[::1]:8082'],
  ] as const) {
    const headers = { Host, Origin, ...authorizeWith(SECRETS.clerk) };
    expect((await ask(formatRequest('POST /order', headers))).status).toBe(200);
    expect((await ask(formatHandshake(headers))).status).toBe(101);
  }
});

it.each(['same-origin', 'none'])('a request with Sec-Fetch-Site %s and no origin is allowed', async (site) => {
  const ask = await startRaw({ STORE: 'memory' });
  expect((await ask(formatRequest('POST /order', { 'Sec-Fetch-Site': site }))).status).toBe(200);
});

it('links and images of other sites are allowed, but their pages cannot read the response', async () => {
  const ask = await startRaw({ STORE: 'memory' });
  const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' };
  const answer = await ask(formatRequest('GET /dashboards/main/counters/orders/badge.svg', headers));
  expect(answer.status).toBe(200);
  expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
});

describe('host names of the service', () => {
  it.each([
    'localhost',
    'localhost:8082',
    '127.0.0.1',
    '127.0.0.1:8082',
    '[::1]:8082',
    'tally',
    'app.localhost',
    '192.0.2.7',
  ])('include %s if the service is unrestricted', async (Host) => {
    const ask = await startRaw({ STORE: 'memory' });
    expect((await ask(formatRequest('POST /order', { Host }))).status).toBe(200);
  });

  it('are those of ALLOWED_HOSTS if set, with and without tokens', async () => {
    for (const tokens of [{}, TOKEN_CONFIG]) {
      const ask = await startRaw({ STORE: 'memory', ALLOWED_HOSTS: ['tally.example', '[::1]'], ...tokens });
      const statusFor = async (Host: string) =>
        (await ask(formatRequest('POST /order', { Host, ...authorizeWith(SECRETS.clerk) }))).status;
      expect(await statusFor('tally.example:8082')).toBe(200);
      expect(await statusFor('[::1]:8082')).toBe(200);
      expect(await statusFor('localhost')).toBe(403);
      expect(await statusFor('tally.example.evil.example')).toBe(403);
    }
  });

  it('are not checked for health checks and documents', async () => {
    const ask = await startRaw({ STORE: 'memory' });
    for (const path of ['/health/live', '/openapi.json']) {
      expect((await ask(formatRequest(`GET ${path}`, { Host: 'whatever.example' }))).status).toBe(200);
    }
  });
});

it.each<[name: string, headers: Readonly<Record<string, string>>, detail: string]>([
  [
    'the port of the host',
    { Host: 'counters.example.org', Origin: 'https://counters.example.org:8443' },
    'pages of https://counters.example.org:8443 may not send this request: the request names the host ' +
      'counters.example.org, not counters.example.org:8443. If it is the page of this service, let the proxy pass on ' +
      'the host with its port (nginx: `proxy_set_header Host $http_host`)',
  ],
  [
    'the protocol',
    { Host: 'counters.example.org', Origin: 'https://counters.example.org', 'X-Forwarded-Proto': 'http' },
    'pages of https://counters.example.org may not send this request: X-Forwarded-Proto says http. If it is the page ' +
      'of this service, let the proxy that terminates TLS set X-Forwarded-Proto to https',
  ],
  [
    'nothing',
    { Host: 'counters.example.org', Origin: 'https://evil.example:8443' },
    'pages of https://evil.example:8443 may not send this request',
  ],
])('the own page is told the remedy when its proxy loses %s', async (_, headers, detail) => {
  const { port } = await startApi({ ...START, TRUST_PROXY: 'loopback' });
  const client = await connectRaw(port);
  client.send(formatRequest('POST /order', { ...authorizeWith(SECRETS.clerk), ...headers }));
  const { status, body } = await client.readResponse();
  expect([status, JSON.parse(body).detail]).toEqual([403, detail]);
});

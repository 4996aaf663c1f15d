/** JWTs of an issuer: rights from scopes, names in the ledger, expiry, and key rotation. */
import { JwtVerifier } from '../../src/auth/jwt-verifier.js';
import { type ApiCall, startApi } from '../support/api-client.js';
import { AUDIENCE, JwtIssuer, createKey, type Claims } from '../support/jwt-issuer.js';
import { afterTest } from '../support/cleanup.js';
import { passTime, stopTime } from '../support/process-time.js';
import { NDJSON_HEADERS, openBulkStream, createOrderLine } from '../support/bulk-client.js';
import { watchRaw } from '../support/raw-http.js';
import { readLedgerStream } from '../support/ledger-reader.js';
import { watchSse } from '../support/sse-viewer.js';
import { authorizeWith, TOKEN_CONFIG, SECRETS } from '../support/token-service.js';
import { watchV1 } from '../support/websocket-viewer.js';

async function startWithIssuer(overrides: Parameters<typeof startApi>[0] = {}) {
  const issuer = await JwtIssuer.start();
  afterTest(() => issuer.close());
  const env = { JWT_ISSUER: issuer.url, JWT_AUDIENCE: AUDIENCE, JWT_JWKS_URL: `${issuer.url}/keys` };
  const api = await startApi({ STORE: 'memory', ...env, ...overrides });
  const as = async (claims: Claims): Promise<ApiCall> => {
    const token = await issuer.sign(claims);
    return (line, body) => api.call(line, body, authorizeWith(token));
  };
  const requestStatus = async (claims: Claims) => (await (await as(claims))('GET /dashboard')).status;
  const requestStatusWith = async (token: string) =>
    (await api.call('GET /dashboard', undefined, authorizeWith(token))).status;
  return { ...api, issuer, as, requestStatus, requestStatusWith };
}

const now = () => Math.floor(Date.now() / 1_000);

it.each([
  ['a scope in words', { scope: 'openid tallyboard:write profile' }],
  ['a list of scopes', { scp: ['tallyboard:write'] }],
  ['permissions', { permissions: ['tallyboard:write', 'other'] }],
])('%s grants the right to change counters, and the ledger has the subject', async (_, claims) => {
  const { as } = await startWithIssuer();
  const jo = await as({ ...claims, sub: 'jo@example.org' });
  expect((await jo('POST /order')).status).toBe(200);
  expect((await jo('PUT /dashboards/shop', { counters: {} })).status).toBe(403);
  const { body } = await jo('GET /dashboards/main/changes');
  expect(body.entries[0].who).toBe('jo@example.org');
});

it('a scope with a dashboard grants a right for that dashboard only', async () => {
  const { as } = await startWithIssuer();
  const boss = await as({ scope: 'tallyboard:admin' });
  await boss('PUT /dashboards/shop', { counters: { sales: {} } });
  const clerk = await as({ scope: 'tallyboard:write:shop tallyboard:read:main' });
  expect((await clerk('POST /dashboards/shop/counters/sales/add')).status).toBe(200);
  expect((await clerk('GET /dashboard')).status).toBe(200);
  expect((await clerk('POST /order')).status).toBe(403);
  expect((await (await as({ scope: 'tallyboard:write:shop' }))('GET /dashboards')).body.dashboards).toHaveLength(1);
});

it('a name of more than 200 characters is truncated between two characters', async () => {
  const { as } = await startWithIssuer({ STORE: 'sqlite' });
  const long = await as({ scope: 'tallyboard:write', sub: `a${'\u{1f600}'.repeat(300)}` });
  await long('POST /order');
  const { body } = await long('GET /dashboards/main/changes');
  expect(Array.from(String(body.entries[0].who))).toHaveLength(200);
});

it('an idempotency key belongs to the subject: other subjects and a token of the same name have keys of their own', async () => {
  const { as, call, issuer } = await startWithIssuer(TOKEN_CONFIG);
  const scope = 'tallyboard:write';
  // The name in the ledger is truncated; the owner of a key is not.
  const subjects = ['clerk', 'jo', `${'x'.repeat(200)}1`, `${'x'.repeat(200)}2`];
  const tokens = await Promise.all(subjects.map((sub) => issuer.sign({ scope, sub })));
  const order = async (token: string) =>
    (await call('POST /order', undefined, { ...authorizeWith(token), 'Idempotency-Key': '1001' })).headers.get(
      'idempotent-replayed',
    );
  for (const token of [SECRETS.clerk, ...tokens]) expect(await order(token)).toBeNull();
  const renewed = await issuer.sign({ scope, sub: 'jo', exp: now() + 99 });
  for (const token of [SECRETS.clerk, ...tokens, renewed]) expect(await order(token)).toBe('true');
  expect((await (await as({ scope }))('GET /dashboard')).body.counters.orders).toBe(5);
});

it('JWTs and static tokens are accepted side by side', async () => {
  const { call, requestStatus } = await startWithIssuer(TOKEN_CONFIG);
  expect(await requestStatus({ scope: 'tallyboard:read' })).toBe(200);
  expect((await call('GET /dashboard', undefined, authorizeWith(SECRETS.reader))).status).toBe(200);
});

it('without JWT_JWKS_URL the keys are fetched from a path under the issuer', async () => {
  const { requestStatus, issuer } = await startWithIssuer({ JWT_JWKS_URL: '' });
  expect(await requestStatus({ scope: 'tallyboard:read' })).toBe(200);
  expect(issuer.requestedPaths).toEqual(['/.well-known/jwks.json']);
});

it('clocks may differ by JWT_CLOCK_SKEW_S but not more', async () => {
  const { requestStatus } = await startWithIssuer({ JWT_CLOCK_SKEW_S: 30 });
  const scope = 'tallyboard:read';
  expect(await requestStatus({ scope, exp: now() - 10 })).toBe(200);
  expect(await requestStatus({ scope, nbf: now() + 10 })).toBe(200);
  expect(await requestStatus({ scope, exp: now() - 40 })).toBe(401);
  expect(await requestStatus({ scope, nbf: now() + 40 })).toBe(401);
});

it('when a token expires its WebSockets close with 4401, its streams end, and further lines of its bulk uploads are refused', async () => {
  const { url, port, issuer, call, as } = await startWithIssuer({ JWT_CLOCK_SKEW_S: 0 });
  const claims = { scope: 'tallyboard:write', exp: now() + 3_600 };
  const headers = authorizeWith(await issuer.sign(claims));
  const { body } = await call('POST /tickets', { dashboard: 'main' }, headers);
  const [socket, stream, ledger, byTicket, lines] = await Promise.all([
    watchRaw(port, headers),
    watchSse(`${url}/dashboard`, headers),
    readLedgerStream(`${url}/dashboards/main`, headers),
    watchV1(url, `/dashboard?ticket=${body.ticket}`),
    openBulkStream(url, { ...NDJSON_HEADERS, ...headers }),
  ]);
  lines.send(createOrderLine());
  await lines.waitForAnswers(1);
  passTime(3_601_000);
  expect(await socket.readCloseCode()).toBe(4_401);
  await stream.waitFor(({ endedAs }) => endedAs !== undefined);
  await ledger.waitForEnd();
  expect(ledger.comments).toEqual(['4401 token no longer valid']);
  await byTicket.waitFor(({ closed }) => closed !== undefined);
  expect(byTicket.closed).toEqual({ code: 4_401, reason: 'token no longer valid' });
  lines.send(createOrderLine());
  await lines.waitForAnswers(2);
  expect(lines.answers.map(({ code }) => code)).toEqual([undefined, 'token-invalid']);
  expect((await (await as({ scope: 'tallyboard:read' }))('GET /dashboard')).body.counters.orders).toBe(1);
});

describe('keys', () => {
  const scope = 'tallyboard:read';

  it('that are new are fetched at most every 30 s, and withdrawn keys are no longer accepted', async () => {
    const { issuer, requestStatus } = await startWithIssuer();
    const first = issuer.key;
    expect(await requestStatus({ scope })).toBe(200);
    const second = await createKey('two');
    issuer.publishKeys(second);
    expect(await requestStatus({ scope, jti: 'soon' })).toBe(401);
    passTime(31_000);
    expect(await requestStatus({ scope, jti: 'later' })).toBe(200);
    issuer.publishKeys(first);
    expect(await requestStatus({ scope, jti: 'of the first' })).toBe(401);
    expect(issuer.requestCount).toBe(2);
  });

  it('are kept while the issuer is unavailable, and tokens of other keys get 503', async () => {
    const { issuer, requestStatus, call } = await startWithIssuer();
    expect(await requestStatus({ scope })).toBe(200);
    await issuer.close();
    expect(await requestStatus({ scope, jti: 'another' })).toBe(200);
    passTime(31_000);
    issuer.publishKeys(await createKey('two'));
    const { status, headers, body } = await call(
      'GET /dashboard',
      undefined,
      authorizeWith(await issuer.sign({ scope })),
    );
    expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'issuer-unavailable', '5']);
    await issuer.listen();
    passTime(5_000);
    expect(await requestStatus({ scope })).toBe(200);
  });

  it.each(['failing', 'malformed'] as const)(
    'that cannot be fetched are asked for once in 5 s, whatever JWTs arrive: %s issuer',
    async (state) => {
      const { issuer, requestStatus, requestStatusWith } = await startWithIssuer();
      const unknownKey = await createKey('unknown');
      const sendJwts = async (status: number) => {
        const before = issuer.requestCount;
        const resumeTime = stopTime();
        for (let at = 0; at < 10; at += 1) {
          const tokens = [issuer.sign({ scope, jti: `a${at}` }), issuer.sign({ jti: `b${at}` }, { key: unknownKey })];
          const statuses = await Promise.all((await Promise.all(tokens)).map(requestStatusWith));
          expect(statuses).toEqual([status, 503]);
        }
        expect(issuer.requestCount - before).toBe(1);
        resumeTime();
      };
      issuer.state = state;
      await sendJwts(503);
      issuer.state = 'healthy';
      passTime(5_000);
      expect(await requestStatus({ scope })).toBe(200);
      passTime(31_000);
      issuer.state = state;
      await sendJwts(200);
    },
  );
});

describe('an address that wrong tokens have locked out', () => {
  const scope = 'tallyboard:read';

  async function startLockedOut() {
    const api = await startWithIssuer({ MAX_AUTH_FAILURES_PER_MIN: 3 });
    for (let at = 0; at < 3; at += 1) expect(await api.requestStatusWith(`wrong-${at}`)).toBe(401);
    return api;
  }

  it('is served with JWTs that are new there', async () => {
    const { requestStatus, issuer, port } = await startLockedOut();
    expect(await requestStatus({ scope })).toBe(200);
    await watchRaw(port, authorizeWith(await issuer.sign({ scope, jti: 'viewer' })));
  });

  it('has no signatures of JWTs checked that are expired or of another issuer, and few of others', async () => {
    const { requestStatus, requestStatusWith, issuer } = await startLockedOut();
    const verify = import.meta.jest.spyOn(JwtVerifier.prototype, 'verify');
    afterTest(() => verify.mockRestore());
    for (const claims of [{ exp: now() - 60 }, { iss: 'https://evil.example' }, { aud: 'another' }])
      expect(await requestStatus({ scope, ...claims })).toBe(429);
    expect(verify).not.toHaveBeenCalled();
    const forgedKey = await createKey('one');
    const forged = Array.from({ length: 200 }, (_, at) => issuer.sign({ jti: String(at) }, { key: forgedKey }));
    stopTime();
    const statuses = await Promise.all((await Promise.all(forged)).map(requestStatusWith));
    expect(new Set(statuses)).toEqual(new Set([429]));
    expect(verify).toHaveBeenCalledTimes(20);
    expect(await requestStatus({ scope })).toBe(429);
    passTime(1_000);
    expect(await requestStatus({ scope })).toBe(200);
  });

  it('has a JWT verified again that was accepted from there before', async () => {
    const { issuer, requestStatusWith } = await startWithIssuer({ MAX_AUTH_FAILURES_PER_MIN: 3 });
    const token = await issuer.sign({ scope, exp: now() + 600 });
    expect(await requestStatusWith(token)).toBe(200);
    // The verified JWT is cached for a minute.
    passTime(61_000);
    for (let at = 0; at < 4; at += 1) expect(await requestStatusWith(`wrong-${at}`)).toBe(at < 3 ? 401 : 429);
    expect(await requestStatusWith(token)).toBe(200);
  });
});

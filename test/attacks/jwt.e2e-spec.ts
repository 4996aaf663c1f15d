/** Attacks with JWTs: forged signatures, wrong claims, insufficient scopes, and an unavailable issuer. */
import { SignJWT } from 'jose';
import type { ErrorCode } from '../../src/counters/errors.js';
import { type Attack, describeAttacks, describeRefusals } from '../support/attack-harness.js';
import { JwtIssuer, createKey, type Claims, type SignOptions, encodeToken } from '../support/jwt-issuer.js';
import { eventually } from '../support/cleanup.js';
import { formatRequest } from '../harness/http-text.js';

const ALL = { scope: 'tallyboard:admin' };
const MINUTE = 60;

let issuer: JwtIssuer;
let stranger: Awaited<ReturnType<typeof createKey>>;
let second: typeof stranger;

beforeAll(async () => {
  [stranger, second] = [await createKey('one'), await createKey('two', 'RS256')];
});
afterAll(() => issuer.close());

const now = () => Math.floor(Date.now() / 1_000);
const claims = (more: object = {}) => ({
  iss: issuer.url,
  aud: 'tallyboard-test',
  sub: 'jo',
  exp: now() + MINUTE,
  ...ALL,
  ...more,
});

/** A request with a token that is created when the request is sent. */
function withToken(
  token: () => string | Promise<string>,
  status = 401,
  code: ErrorCode = 'token-invalid',
  line = 'POST /product',
): Attack {
  return { request: async () => formatRequest(line, { Authorization: `Bearer ${await token()}` }), status, code };
}
const signed = (overrides: Claims, options?: SignOptions): Attack =>
  withToken(() => issuer.sign({ ...ALL, ...overrides }, options));
const withScope = (scope: unknown, line?: string): Attack =>
  withToken(() => issuer.sign({ scope }), 403, 'forbidden', line);

/** A request with a token whose parts are modified after signing. */
const tampered = (tamper: (parts: [header: string, claims: string, signature: string]) => string): Attack =>
  withToken(async () => tamper((await issuer.sign(ALL)).split('.') as [string, string, string]));

const byPublicKey = (secret: () => string): Attack =>
  withToken(() =>
    new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(new TextEncoder().encode(secret())),
  );

const SIGNATURES: Readonly<Record<string, Attack>> = {
  'of algorithm none': withToken(() => encodeToken({ alg: 'none' }, claims(), 'x')),
  'of algorithm none and no signature': withToken(() => encodeToken({ alg: 'none' }, claims())),
  'of algorithm NONE, with the signature of another': tampered(
    ([, payload, signature]) => `${encodeToken({ alg: 'NONE', kid: 'one' }, {}).split('.')[0]}.${payload}.${signature}`,
  ),
  'of HS256 by the published key as JSON': byPublicKey(() => JSON.stringify(issuer.key.jwk)),
  'of HS256 by a part of the published key': byPublicKey(() => issuer.key.jwk.x ?? ''),
  'of HS256 by an empty secret': withToken(() => encodeToken({ alg: 'HS256', kid: 'one' }, claims(), 'AAAA')),
  'of zeros': tampered(([header, payload]) => `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`),
  'that is cut': tampered((parts) => parts.join('.').slice(0, -2)),
  'that is of another header': tampered(
    ([, payload, signature]) => `${encodeToken({ alg: 'ES256' }, {}).split('.')[0]}.${payload}.${signature}`,
  ),
  'that is of other claims': tampered(
    ([header, , signature]) => `${header}.${encodeToken({}, claims({ sub: 'admin' })).split('.')[1]}.${signature}`,
  ),
  'by a key of the same name': withToken(() => issuer.sign(ALL, { key: stranger })),
  'by a key that it brings along': withToken(() => issuer.sign(ALL, { key: stranger, header: { jwk: stranger.jwk } })),
  'by a key that it says where to find': withToken(() =>
    issuer.sign(ALL, { key: stranger, header: { jku: 'http://127.0.0.1:9/keys', x5u: 'http://127.0.0.1:9/' } }),
  ),
  'by a key that is not published': withToken(() => issuer.sign(ALL, { key: second })),
  'by a key whose name is a path': withToken(() =>
    issuer.sign(ALL, { key: stranger, header: { kid: '../../etc/passwd' } }),
  ),
  'that an extension has to be known for': withToken(() =>
    encodeToken({ alg: 'ES256', kid: 'one', crit: ['x'], x: 1 }, claims(), 'AAAA'),
  ),
  'by one of two keys, without saying which': signed({}, { header: { kid: undefined } }),
};

const CLAIMS: Readonly<Record<string, Attack>> = {
  'of another issuer': signed({ iss: 'https://issuer.evil.example' }),
  'of an issuer with a slash behind it': withToken(() => issuer.sign({ ...ALL, iss: `${issuer.url}/` })),
  'of no issuer': signed({ iss: undefined }),
  'for another audience': signed({ aud: 'another-service' }),
  'for others': signed({ aud: ['another-service', 'tallyboard-test2'] }),
  'for nobody': signed({ aud: undefined }),
  'without an end': signed({ exp: undefined }),
  'that is over': withToken(() => issuer.sign({ ...ALL, exp: now() - 1 })),
  'whose end is a text': withToken(() =>
    new SignJWT(claims({ exp: '9999999999' }))
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .sign(issuer.key.privateKey),
  ),
  'that has not begun': withToken(() => issuer.sign({ ...ALL, nbf: now() + MINUTE })),
  'of no subject': signed({ sub: undefined }),
  'of a subject with a line break': signed({ sub: 'jo\nadmin' }),
  'of a subject with an escape sequence': signed({ sub: '\u001b[31mjo' }),
  'of a subject with a Unicode line break': signed({ sub: 'jo\u2028admin' }),
  'of an empty subject': signed({ sub: '' }),
  'whose subject is a number': signed({ sub: 7 }),
  'whose subject has half of a pair': signed({ sub: 'jo\ud83d' }),
  'that is no JSON': tampered(([header]) => `${header}.bm90IEpTT04.AAAA`),
  'that is a list': withToken(() => encodeToken({ alg: 'ES256', kid: 'one' }, [], 'AAAA')),
  'in five parts': withToken(() => 'e30.e30.e30.e30.e30'),
  'of 15,000 characters': withToken(() =>
    encodeToken({ alg: 'ES256', kid: 'one' }, claims({ x: 'x'.repeat(11_000) }), 'AAAA'),
  ),
};

const SCOPES: Readonly<Record<string, Attack>> = {
  'no scope': withScope(undefined),
  'a scope of reading': withScope('tallyboard:read'),
  'a scope of another dashboard': withScope('tallyboard:write:shop'),
  'a scope of another service': withScope('openid other:admin admin write *'),
  'a scope that is no list': withScope({ 'tallyboard:admin': true }),
  'scopes in capitals': withScope('TALLYBOARD:ADMIN Tallyboard:admin'),
  'a right that there is not': withScope('tallyboard:root tallyboard:constructor tallyboard:__proto__'),
  'a scope of a dashboard that is none': withScope('tallyboard:write: tallyboard:write:* tallyboard:write:../main'),
  'a scope of writing, to define': withScope('tallyboard:write', 'DELETE /dashboards/shop'),
};

describeAttacks(
  'Attacks with JWTs',
  async () => {
    issuer = await JwtIssuer.start();
    issuer.publishKeys(await createKey('zero'), issuer.key);
    await issuer.close();
    return { ...issuer.env, JWT_CLOCK_SKEW_S: '0' };
  },
  ({ expectRefused, connect, expectUnchanged }) => {
    const unavailable = { status: 503, code: 'issuer-unavailable', headers: { 'retry-after': '5' } } as const;

    it('until the keys of the issuer have been fetched, every token is refused with 503', async () => {
      await expectRefused({ ...signed(ALL), ...unavailable });
      await issuer.listen();
      issuer.state = 'failing';
      await expectRefused({ ...signed(ALL), ...unavailable });
      issuer.state = 'malformed';
      await expectRefused({ ...signed(ALL), ...unavailable });
      await expectRefused(SIGNATURES['of algorithm none'] as Attack);
      issuer.state = 'healthy';
      // The issuer is asked again 5 s after a failure.
      const Authorization = `Bearer ${await issuer.sign(ALL)}`;
      await eventually(async () => {
        const client = await connect();
        client.send(formatRequest('GET /dashboard', { Authorization }));
        return (await client.readResponse()).status === 200;
      });
    });

    describeRefusals(
      [
        ['a JWT is refused whose signature is', SIGNATURES],
        ['a JWT is refused', CLAIMS],
        ['a JWT lacks the permission if it has', SCOPES],
      ],
      expectRefused,
    );

    it('a hundred tokens of unknown keys cause at most one request to the issuer', async () => {
      const before = issuer.requestCount;
      const client = await connect();
      for (let at = 0; at < 100; at += 1) {
        const Authorization = `Bearer ${encodeToken({ alg: 'ES256', kid: `k${at}` }, claims(), 'AAAA')}`;
        client.send(formatRequest('POST /product', { Authorization }));
      }
      for (let at = 0; at < 100; at += 1) expect((await client.readResponse()).status).toBe(401);
      expect(issuer.requestCount - before).toBeLessThanOrEqual(1);
      await expectUnchanged();
    });

    it('known keys verify tokens while the issuer is unavailable', async () => {
      await issuer.close();
      const client = await connect();
      client.send(formatRequest('GET /dashboard', { Authorization: `Bearer ${await issuer.sign(ALL)}` }));
      expect((await client.readResponse()).status).toBe(200);
      await expectRefused(signed({ exp: now() - 1 }));
    });
  },
);

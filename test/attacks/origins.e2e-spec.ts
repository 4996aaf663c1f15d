/** Attacks by web pages: other origins, other host names, and forged proxy headers. */
import type { ErrorCode } from '../../src/counters/errors.js';
import {
  createAttack,
  type Attack,
  type AttackContext,
  authorizeAs,
  describeAttacks,
} from '../support/attack-harness.js';
import { formatHandshake, formatRequest } from '../harness/http-text.js';

type Headers = Readonly<Record<string, string>>;

const GOOD = 'https://good.example';
const STREAM = { Accept: 'text/event-stream' };

/** Requests that a page could make a browser send, with an administrator's token. */
function browserRequests(headers: Headers, code: ErrorCode): readonly Attack[] {
  const all = { ...authorizeAs('admin'), ...headers };
  return [
    createAttack('POST /product', all, 403, code),
    createAttack('DELETE /dashboards/shop', all, 403, code),
    createAttack('GET /dashboard', { ...all, ...STREAM }, 403, code),
    { request: formatHandshake(all), status: 403, code },
  ];
}
const page = (Origin: string, more: Headers = {}): readonly Attack[] =>
  browserRequests({ Origin, ...more }, 'origin-not-allowed');
const site = (name: string): readonly Attack[] => browserRequests({ 'Sec-Fetch-Site': name }, 'origin-not-allowed');
const host = (Host: string): readonly Attack[] => browserRequests({ Host }, 'host-not-allowed');

const HERE = { Host: '127.0.0.1:8082' };
const ORIGINS: Readonly<Record<string, readonly Attack[]>> = {
  'another one': page('https://evil.example'),
  null: page('null'),
  'an empty one': page(''),
  'a file': page('file://'),
  'an extension': page('chrome-extension://abcdefghijklmnop'),
  'one that begins as an allowed one': page(`${GOOD}.evil.example`),
  'one that ends as an allowed one': page('https://notgood.example'),
  'one above an allowed one': page('https://example'),
  'one below an allowed one': page('https://www.good.example'),
  'one with an allowed one as its user': page(`${GOOD}@evil.example`),
  'one with an allowed one as its path': page(`https://evil.example/${GOOD}`),
  'an allowed one with a slash': page(`${GOOD}/`),
  'an allowed one with a dot': page(`${GOOD}.`),
  'an allowed one on another port': page(`${GOOD}:444`),
  'an allowed one with another scheme': page('http://good.example'),
  'an allowed one in capitals': page('https://GOOD.example'),
  'an allowed one beside another': page(`${GOOD} https://evil.example`),
  'an allowed one in a list': page(`${GOOD}, https://evil.example`),
  'an allowed one with a NUL in an escape': page(`${GOOD}%00.evil.example`),
  'one that begins as the service': page('http://127.0.0.1:8082.evil.example', HERE),
  'one whose host begins as the service': page('http://127.0.0.1.evil.example:8082', HERE),
  'one with the service as its user': page('http://127.0.0.1:8082@evil.example', HERE),
  'the service on another port': page('http://127.0.0.1:8083', HERE),
  'the service on the default port': page('http://127.0.0.1', HERE),
  'the service with another name': page('http://localhost:8082', HERE),
  'another one, with Sec-Fetch-Site': page('https://evil.example', { 'Sec-Fetch-Site': 'cross-site' }),
  'another one, with forged proxy headers': page('https://evil.example', {
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Proto': 'https',
    Forwarded: 'host=evil.example;proto=https',
    'X-Original-Host': 'evil.example',
  }),
  'absent, from another site': site('cross-site'),
  'absent, from a sibling site': site('same-site'),
};

const PROXY = { Host: 'backend:8082', 'X-Forwarded-Host': 'shop.example', 'X-Forwarded-Proto': 'https' };
const PROXIED: Readonly<Record<string, readonly Attack[]>> = {
  'another one': page('https://evil.example', PROXY),
  'the service with another scheme': page('http://shop.example', PROXY),
  'https, although the proxy reports http': page('https://shop.example', {
    ...PROXY,
    'X-Forwarded-Proto': 'http',
  }),
  'the service on another port': page('https://shop.example:8443', PROXY),
  'the internal name behind the proxy': page('http://backend:8082', PROXY),
  'one that was forged before the proxy': page('https://evil.example', {
    ...PROXY,
    'X-Forwarded-Host': 'evil.example, shop.example',
    'X-Forwarded-Proto': 'https, https',
  }),
  'one with a scheme that was forged before the proxy': page('http://shop.example', {
    ...PROXY,
    'X-Forwarded-Proto': 'http, https',
  }),
};

const HOSTS: Readonly<Record<string, readonly Attack[]>> = {
  'another one': host('evil.example'),
  'another one, with a port': host('evil.example:8082'),
  'another one, with a dot': host('evil.example.'),
  'another one in capitals': host('EVIL.EXAMPLE'),
  'one that begins as this machine': host('localhost.evil.example'),
  'one that begins as an address': host('127.0.0.1.evil.example'),
  'one that resolves to an address': host('127.0.0.1.nip.example:8082'),
  'one that has this machine as its user': host('localhost@evil.example'),
  'one with a list': host('localhost, evil.example'),
  'one with the same origin': browserRequests(
    { Host: 'evil.example', Origin: 'http://evil.example' },
    'host-not-allowed',
  ),
  'one with a forged proxy header': browserRequests(
    { Host: 'evil.example', 'X-Forwarded-Host': 'localhost' },
    'host-not-allowed',
  ),
};

function each(
  attacks: Readonly<Record<string, readonly Attack[]>>,
  expectRefused: AttackContext['expectRefused'],
): void {
  it.each(Object.entries(attacks))('%s', async (_, list) => {
    await expectRefused(...list);
  });
}

describeAttacks('Attacks by pages of origins that are not allowed', { ALLOWED_ORIGINS: GOOD }, (attacked) => {
  const { expectRefused, connect, expectUnchanged } = attacked;
  describe('a request is refused if the origin is', () => each(ORIGINS, expectRefused));

  it.each(['https://evil.example', `${GOOD}.evil.example`, 'null'])(
    'a preflight of %s gets no CORS headers',
    async (Origin) => {
      const preflight = {
        Origin,
        'Access-Control-Request-Method': 'DELETE',
        'Access-Control-Request-Headers': 'authorization',
      };
      const client = await connect();
      client.send(formatRequest('OPTIONS /order', preflight));
      const { status, headers } = await client.readHead();
      expect([status, Object.keys(headers).filter((name) => name.startsWith('access-control'))]).toEqual([204, []]);
      await expectUnchanged();
    },
  );

  it('a page at another name of the service has the same origin, and still needs a token', async () => {
    const headers = { Host: 'evil.example', Origin: 'http://evil.example' };
    await expectRefused(createAttack('POST /product', headers, 401, 'token-required'));
  });

  it('a request with two Origin headers is refused', async () => {
    const headers = { ...authorizeAs('admin'), Origin: GOOD, origin: 'https://evil.example' };
    await expectRefused(createAttack('POST /product', headers, 403, 'origin-not-allowed'));
  });
});

describeAttacks(
  'Attacks by pages behind a proxy',
  { TRUST_PROXY: 'loopback', MAX_AUTH_FAILURES_PER_MIN: '5' },
  ({ expectRefused, connect }) => {
    describe('a request is refused if the origin is', () => each(PROXIED, expectRefused));

    it('wrong tokens are counted by the address that the proxy reports, not by forged ones before it', async () => {
      const wrong = (before: string, from: string): string =>
        formatRequest('POST /product', { Authorization: 'Bearer wrong', 'X-Forwarded-For': `${before}, ${from}` });
      const code = 'too-many-failures';
      for (let at = 0; at < 5; at += 1) {
        await expectRefused({ request: wrong(`192.0.2.${at}`, '203.0.113.7'), status: 401, code: 'token-invalid' });
      }
      await expectRefused({ request: wrong('198.51.100.1', '203.0.113.7'), status: 429, code });
      await expectRefused({ request: wrong('not an address', '203.0.113.7'), status: 429, code });
      await expectRefused({ request: wrong('203.0.113.7', '203.0.113.8'), status: 401, code: 'token-invalid' });
    });

    it('a page of the origin that the proxy reports for the service is allowed', async () => {
      const client = await connect();
      client.send(
        formatRequest('GET /dashboard', { ...PROXY, ...authorizeAs('reader'), Origin: 'https://shop.example' }),
      );
      expect((await client.readResponse()).status).toBe(200);
    });
  },
);

describeAttacks(
  'Attacks through a proxy that is not trusted',
  { TRUST_PROXY: '10.0.0.0/8', MAX_AUTH_FAILURES_PER_MIN: '5' },
  ({ expectRefused }) => {
    it('a page of the origin that the proxy reports for the service is refused', async () => {
      await expectRefused(...page('https://shop.example', PROXY));
    });

    it('wrong tokens are counted by the connected address, whatever headers say', async () => {
      const wrong = (at: number) =>
        formatRequest('POST /product', {
          Authorization: 'Bearer wrong',
          'X-Forwarded-For': `203.0.113.${at}`,
          'X-Real-IP': '10.0.0.1',
        });
      for (let at = 0; at < 5; at += 1) await expectRefused({ request: wrong(at), status: 401, code: 'token-invalid' });
      await expectRefused({ request: wrong(9), status: 429, code: 'too-many-failures' });
    });
  },
);

describeAttacks(
  'Attacks with other host names of an unrestricted service',
  {},
  ({ expectRefused }) => {
    describe('a request is refused if the host is', () => each(HOSTS, expectRefused));
    it('a request is refused with another host in the request target', () =>
      expectRefused(createAttack('POST http://evil.example/product', { Host: 'localhost' }, 403, 'host-not-allowed')));
    it('a request is refused with a second Host header', () =>
      expectRefused(
        createAttack('POST /product', { Host: 'localhost', host: 'evil.example' }, 400, 'invalid-request'),
      ));
    describe('a request with a valid host is refused if the origin is', () =>
      each(
        {
          'another one': page('https://evil.example'),
          null: page('null'),
          'absent, from another site': site('cross-site'),
        },
        expectRefused,
      ));
  },
  'nobody',
);

/** Attacks with paths: path traversal, ambiguous encodings, and paths that resemble allowed ones. */
import { createAttack, type Attack, authorizeAs, describeAttacks } from '../support/attack-harness.js';
import { formatHandshake, formatRequest } from '../harness/http-text.js';

const STREAM = { Accept: 'text/event-stream' };
const JSON_TYPE = { 'Content-Type': 'application/json' };

/** A request by a clerk of shop, who must not reach main by any path. */
const shop = (line: string, status = 404, code: Attack['code'] = 'unknown-route'): Attack =>
  createAttack(line, authorizeAs('shopClerk'), status, code);
const admin = (line: string, status = 404, code: Attack['code'] = 'unknown-route'): Attack =>
  createAttack(line, authorizeAs('admin'), status, code);

/** Paths that try to reach dashboard main. A single segment is always a name, and no dashboard has it. */
const NAMES = {
  'path traversal out of an allowed dashboard': '/dashboards/shop/../main',
  'path traversal out of a counter': '/dashboards/shop/counters/../../main',
  'escaped path traversal': '/dashboards/shop/%2e%2e/main',
  'path traversal in one escaped segment': '/dashboards/shop%2f..%2fmain',
  'path traversal with escaped backslashes': '/dashboards/shop%5c..%5cmain',
  'path traversal with backslashes': '/dashboards/shop\\..\\main',
  'doubly escaped path traversal': '/dashboards/shop%252f%252e%252e%252fmain',
  'a dot segment': '/dashboards/./main',
  'an escaped dot segment': '/dashboards/%2e/main',
  'a doubled slash': '//dashboards/main',
  'a doubled slash within': '/dashboards//main',
  'a trailing slash': '/dashboards/main/',
  'an escaped trailing slash': '/dashboards/main%2f',
  'an escaped leading slash': '/%2fdashboards/main',
  capitals: '/DASHBOARDS/main',
  'a name in capitals': '/dashboards/MAIN',
  'a parameter of the path': '/dashboards/main;x=1',
  'a parameter of the path before the name': '/dashboards;x=/main',
  'an escaped parameter': '/dashboards/main%3bx=1',
  'an escaped question mark': '/dashboards/main%3fcounters=orders',
  'an escaped hash': '/dashboards/main%23',
  'a NUL after the name': '/dashboards/main%00',
  'a NUL and a file extension': '/dashboards/main%00.json',
  'a file extension': '/dashboards/main.json',
  'a space after the name': '/dashboards/main%20',
  'a line break after the name': '/dashboards/main%0d%0aX-Injected:%201',
  'two names with a comma': '/dashboards/shop,main',
  'two names with an escaped comma': '/dashboards/shop%2cmain',
  'a star': '/dashboards/*',
  'a name with a look-alike letter': '/dashboards/m%D0%B0in',
  'a name with a full-width letter': '/dashboards/%EF%BD%8Dain',
  'an overlong UTF-8 encoding': '/dashboards/%c1%adain',
  'a property of every object': '/dashboards/__proto__',
} as const;

/** Possible refusals: no such route, malformed, or a dashboard without permission. Never a response for `main`. */
const REFUSED: Readonly<Record<number, Attack['code']>> = {
  400: 'invalid-request',
  403: 'forbidden',
  404: 'unknown-route',
};

const ROUTES: Readonly<Record<string, Attack>> = {
  'a doubled slash': shop('POST //product'),
  'a trailing slash': shop('POST /product/'),
  capitals: shop('POST /PRODUCT'),
  'an escaped letter': shop('POST /%70roduct'),
  'path traversal': shop('POST /dashboards/shop/../../product'),
  'escaped path traversal': shop('POST /x/%2e%2e/product'),
  'a parameter of the path': shop('POST /product;by=9'),
  'a NUL': shop('POST /product%00'),
  'a hash': shop('POST /product#/../dashboards/shop', 403, 'forbidden'),
  'a URL of another service': shop('POST http://other.example/product', 403, 'forbidden'),
  'a URL of another service, without a token': createAttack(
    'GET http://other.example/dashboard',
    {},
    401,
    'token-required',
  ),
  'a URL with another scheme': admin('POST ftp://localhost/product', 400, 'invalid-request'),
  'a host and a port': admin('GET localhost:80/dashboard', 400, 'invalid-request'),
  'a star': admin('OPTIONS *'),
  'no slash': admin('POST product', 400, 'invalid-request'),
  nothing: admin('POST ', 400, 'invalid-request'),
  'a raw line end': admin('POST /product\r\nX-Injected: 1', 400, 'invalid-request'),
  'a raw NUL': admin('POST /prod\0uct', 400, 'invalid-request'),
  'a raw backspace': admin('POST /prod\x08uct', 400, 'invalid-request'),
  'a raw DEL': admin('POST /prod\x7fuct', 400, 'invalid-request'),
  'a tab': admin('POST /product\tHTTP/1.1', 400, 'invalid-request'),
  'another word after it': admin('POST /product HTTP/1.1', 400, 'invalid-request'),
  'a file outside the page': admin('GET /assets/../../package.json'),
  'an escaped path to a file outside the page': admin('GET /assets/%2e%2e%2f%2e%2e%2fpackage.json'),
  'a file of the system': admin('GET /..%2f..%2f..%2f..%2fetc%2fpasswd'),
  'a hidden file': admin('GET /.env'),
  'a name that is too long': shop(`GET /dashboards/${'m'.repeat(5_000)}`, 403, 'forbidden'),
  'a counter name that is too long': admin(
    `GET /dashboards/shop/counters/${'m'.repeat(5_000)}`,
    404,
    'unknown-counter',
  ),
  'a counter that is a property of every object': admin(
    'GET /dashboards/shop/counters/__proto__',
    404,
    'unknown-counter',
  ),
  'a counter that is a method of every object': admin(
    'POST /dashboards/shop/counters/constructor/add',
    404,
    'unknown-counter',
  ),
  'path traversal in a counter': admin('DELETE /dashboards/shop/counters/..%2f..%2fmain', 404, 'unknown-counter'),
};

/** An upgrade, by a reader of shop. */
const upgrade = (
  path: string,
  status: number,
  code: Attack['code'],
  who: Parameters<typeof authorizeAs>[0] = 'shopReader',
): Attack => ({
  request: formatHandshake(authorizeAs(who), `GET ${path}`),
  status,
  code,
});

describeAttacks('Attacks with paths', {}, ({ expectRefused, connect, expectUnchanged }) => {
  describe('a dashboard without permission cannot be read, streamed, watched, deleted or defined by', () => {
    it.each(Object.entries(NAMES))('%s', async (_, path) => {
      const requests = [
        formatRequest(`GET ${path}`, authorizeAs('shopReader')),
        formatRequest(`GET ${path}`, { ...authorizeAs('shopReader'), ...STREAM }),
        formatHandshake(authorizeAs('shopReader'), `GET ${path}`),
        formatRequest(`DELETE ${path}`, authorizeAs('shopAdmin')),
        formatRequest(
          `PUT ${path}`,
          { ...authorizeAs('shopAdmin'), ...JSON_TYPE, 'Content-Length': '15' },
          '{"counters":{}}',
        ),
      ];
      for (const request of requests) {
        const client = await connect();
        client.send(request);
        const { status, headers, body } = await client.readResponse();
        expect(Object.keys(REFUSED)).toContain(String(status));
        expect(JSON.parse(body)).toMatchObject({ status, code: REFUSED[status] });
        expect(headers).not.toHaveProperty('x-injected');
      }
      await expectUnchanged();
    });
  });

  it('an administrator of all dashboards cannot define a dashboard by any of these paths either', async () => {
    for (const path of Object.values(NAMES)) {
      const client = await connect();
      const headers = { ...authorizeAs('admin'), ...JSON_TYPE, 'Content-Length': '15' };
      client.send(formatRequest(`PUT ${path}`, headers, '{"counters":{}}'));
      expect([400, 404, 405]).toContain((await client.readResponse()).status);
    }
    await expectUnchanged();
  });

  describe('a request is refused with', () => {
    it.each(Object.entries(ROUTES))('%s', async (_, one) => {
      await expectRefused(one);
    });
  });

  it('the part after a hash is ignored in upgrades', () =>
    expectRefused(
      upgrade('/dashboards/shop#/../main', 404, 'unknown-route'),
      upgrade('/dashboards/main#/../shop', 404, 'unknown-route'),
      upgrade('/dashboards/main#', 403, 'forbidden'),
      upgrade('http://localhost/dashboards/main', 403, 'forbidden'),
    ));
});

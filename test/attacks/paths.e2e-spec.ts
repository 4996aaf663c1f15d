/** Attacks with paths: what looks like an address that is allowed, climbs out of one, or is meant to be read in two ways. */
import { createAttack, type Attack, authorizeAs, describeAttacks } from '../support/attack-harness.js';
import { formatHandshake, formatRequest } from '../harness/http-text.js';

const STREAM = { Accept: 'text/event-stream' };
const JSON_TYPE = { 'Content-Type': 'application/json' };

/** By a clerk of shop: nothing of main is to be had by any path. */
const shop = (line: string, status = 404, code: Attack['code'] = 'unknown-route'): Attack =>
  createAttack(line, authorizeAs('shopClerk'), status, code);
const admin = (line: string, status = 404, code: Attack['code'] = 'unknown-route'): Attack =>
  createAttack(line, authorizeAs('admin'), status, code);

/** Names of dashboards that climb. What is in one segment is a name, and none that there is. */
const NAMES = {
  'climbing out of one that is allowed': '/dashboards/shop/../main',
  'climbing out of a counter': '/dashboards/shop/counters/../../main',
  'climbing in escapes': '/dashboards/shop/%2e%2e/main',
  'climbing in one escaped segment': '/dashboards/shop%2f..%2fmain',
  'climbing by an escaped backslash': '/dashboards/shop%5c..%5cmain',
  'climbing by a backslash': '/dashboards/shop\\..\\main',
  'climbing in escapes of escapes': '/dashboards/shop%252f%252e%252e%252fmain',
  'a dot before it': '/dashboards/./main',
  'a dot in escapes before it': '/dashboards/%2e/main',
  'a doubled slash': '//dashboards/main',
  'a doubled slash within': '/dashboards//main',
  'a slash at the end': '/dashboards/main/',
  'an escaped slash at the end': '/dashboards/main%2f',
  'an escaped slash at the beginning': '/%2fdashboards/main',
  capitals: '/DASHBOARDS/main',
  'a name in capitals': '/dashboards/MAIN',
  'a parameter of the path': '/dashboards/main;x=1',
  'a parameter of the path before the name': '/dashboards;x=/main',
  'an escaped parameter': '/dashboards/main%3bx=1',
  'an escaped question mark': '/dashboards/main%3fcounters=orders',
  'an escaped hash': '/dashboards/main%23',
  'a NUL behind the name': '/dashboards/main%00',
  'a NUL and an ending': '/dashboards/main%00.json',
  'an ending': '/dashboards/main.json',
  'a space behind the name': '/dashboards/main%20',
  'a line behind the name': '/dashboards/main%0d%0aX-Injected:%201',
  'two names with a comma': '/dashboards/shop,main',
  'two names with an escaped comma': '/dashboards/shop%2cmain',
  'a star': '/dashboards/*',
  'a name with letters that look like others': '/dashboards/m%D0%B0in',
  'a name in wide letters': '/dashboards/%EF%BD%8Dain',
  'a longer way to write a letter': '/dashboards/%c1%adain',
  'a property of every object': '/dashboards/__proto__',
} as const;

/** A clerk of shop is refused each of them: as no address, as malformed, or as a dashboard out of reach, never as `main`. */
const REFUSED: Readonly<Record<number, Attack['code']>> = {
  400: 'invalid-request',
  403: 'forbidden',
  404: 'unknown-route',
};

const ROUTES: Readonly<Record<string, Attack>> = {
  'a doubled slash': shop('POST //product'),
  'a slash at the end': shop('POST /product/'),
  capitals: shop('POST /PRODUCT'),
  'an escaped letter': shop('POST /%70roduct'),
  climbing: shop('POST /dashboards/shop/../../product'),
  'climbing in escapes': shop('POST /x/%2e%2e/product'),
  'a parameter of the path': shop('POST /product;by=9'),
  'a NUL': shop('POST /product%00'),
  'a hash': shop('POST /product#/../dashboards/shop', 403, 'forbidden'),
  'an address of another service': shop('POST http://other.example/product', 403, 'forbidden'),
  'an address of another service, of nobody': createAttack(
    'GET http://other.example/dashboard',
    {},
    401,
    'token-required',
  ),
  'an address by another scheme': admin('POST ftp://localhost/product', 400, 'invalid-request'),
  'a host and a port': admin('GET localhost:80/dashboard', 400, 'invalid-request'),
  'a star': admin('OPTIONS *'),
  'no slash': admin('POST product', 400, 'invalid-request'),
  nothing: admin('POST ', 400, 'invalid-request'),
  'a raw line end': admin('POST /product\r\nX-Injected: 1', 400, 'invalid-request'),
  'a raw NUL': admin('POST /prod\0uct', 400, 'invalid-request'),
  'a raw backspace': admin('POST /prod\x08uct', 400, 'invalid-request'),
  'a raw DEL': admin('POST /prod\x7fuct', 400, 'invalid-request'),
  'a tab': admin('POST /product\tHTTP/1.1', 400, 'invalid-request'),
  'another word behind it': admin('POST /product HTTP/1.1', 400, 'invalid-request'),
  'a file outside of the page': admin('GET /assets/../../package.json'),
  'a file outside of the page, in escapes': admin('GET /assets/%2e%2e%2f%2e%2e%2fpackage.json'),
  'a file of the system': admin('GET /..%2f..%2f..%2f..%2fetc%2fpasswd'),
  'a hidden file': admin('GET /.env'),
  'a name longer than any': shop(`GET /dashboards/${'m'.repeat(5_000)}`, 403, 'forbidden'),
  'a counter longer than any': admin(`GET /dashboards/shop/counters/${'m'.repeat(5_000)}`, 404, 'unknown-counter'),
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
  'a counter that climbs': admin('DELETE /dashboards/shop/counters/..%2f..%2fmain', 404, 'unknown-counter'),
};

/** A reader of shop asks to watch: by the same paths. */
const upgrade = (
  path: string,
  status: number,
  code: Attack['code'],
  who: Parameters<typeof authorizeAs>[0] = 'shopReader',
): Attack => ({
  sent: formatHandshake(authorizeAs(who), `GET ${path}`),
  status,
  code,
});

describeAttacks('Attacks with paths', {}, ({ expectRefused, connect, expectUntouched }) => {
  describe('a dashboard that is out of reach is not read, streamed, watched, deleted or defined by', () => {
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
      await expectUntouched();
    });
  });

  it('a name that climbs is none for whoever reaches all, either', async () => {
    for (const path of Object.values(NAMES)) {
      const client = await connect();
      const headers = { ...authorizeAs('admin'), ...JSON_TYPE, 'Content-Length': '15' };
      client.send(formatRequest(`PUT ${path}`, headers, '{"counters":{}}'));
      expect([400, 404, 405]).toContain((await client.readResponse()).status);
    }
    await expectUntouched();
  });

  describe('an address with', () => {
    it.each(Object.entries(ROUTES))('%s', async (_, one) => {
      await expectRefused(one);
    });
  });

  it('what a hash hides is not looked at to watch', () =>
    expectRefused(
      upgrade('/dashboards/shop#/../main', 404, 'unknown-route'),
      upgrade('/dashboards/main#/../shop', 404, 'unknown-route'),
      upgrade('/dashboards/main#', 403, 'forbidden'),
      upgrade('http://localhost/dashboards/main', 403, 'forbidden'),
    ));
});

/** Attacks on the wire: request smuggling, hidden requests after upgrades and refusals, and header injection. */
import type { ErrorCode } from '../../src/counters/errors.js';
import { createAttack, authorizeAs, describeAttacks, SECRETS } from '../support/attack-harness.js';
import { formatHandshake, formatRequest } from '../harness/http-text.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const CHUNKED = { ...authorizeAs('clerk'), ...JSON_TYPE, 'Transfer-Encoding': 'chunked' };
/** A smuggled request. It would be accepted if it were parsed as a request. */
const SMUGGLED = formatRequest('POST /product', authorizeAs('admin'));

interface WireAttack {
  readonly sent: string;
  readonly status: number;
  readonly code: ErrorCode;
}
const invalid = (sent: string): WireAttack => ({ sent, status: 400, code: 'invalid-request' });
const line = (headers: string, body = ''): WireAttack =>
  invalid(`POST /product HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${SECRETS.clerk}\r\n${headers}\r\n\r\n${body}`);
const lengths = (one: string, other: string): WireAttack =>
  line(`Content-Type: application/json\r\n${one}\r\n${other}`, '0\r\n\r\n');
const chunks = (body: string): WireAttack => invalid(formatRequest('POST /product', CHUNKED, body));
const encoding = (value: string): WireAttack =>
  invalid(formatRequest('POST /product', { ...CHUNKED, 'Transfer-Encoding': value }, '0\r\n\r\n'));
const length = (value: string): WireAttack =>
  invalid(formatRequest('POST /product', { ...authorizeAs('clerk'), ...JSON_TYPE, 'Content-Length': value }, '{}'));
const upgrade = (
  target: string,
  more: Readonly<Record<string, string>>,
  body = '',
  status = 404,
  code: ErrorCode = 'unknown-route',
): WireAttack => ({
  sent: formatHandshake({ ...authorizeAs('admin'), ...more }, target) + body,
  status,
  code,
});
const H2C = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': '' };
const h2c = (more: Readonly<Record<string, string>>): WireAttack =>
  invalid(formatRequest('POST /product', { ...authorizeAs('admin'), ...H2C, ...more }));

/** Requests that get one response, after which the connection is closed. */
const ENDING: Readonly<Record<string, WireAttack>> = {
  'Content-Length and chunked encoding': lengths('Content-Length: 5', 'Transfer-Encoding: chunked'),
  'chunked encoding and Content-Length': lengths('Transfer-Encoding: chunked', 'Content-Length: 5'),
  'two different lengths': lengths('Content-Length: 0', 'Content-Length: 5'),
  'the same length twice': lengths('Content-Length: 5', 'Content-Length: 5'),
  'a list of lengths': length('2, 2'),
  'a length with a sign': length('+2'),
  'a length in hexadecimal': length('0x2'),
  'a length with a space inside': length('2 2'),
  'a length that is a fraction': length('2.0'),
  'a length that overflows': length('99999999999999999999'),
  'an empty length': length(''),
  'an unknown encoding': encoding('xchunked'),
  'an encoding in quotes': encoding('"chunked"'),
  'chunked that is not the last encoding': encoding('chunked, identity'),
  'chunked as the first of two encodings': lengths('Transfer-Encoding: chunked', 'Transfer-Encoding: identity'),
  'an encoding with a control character': encoding('\x0bchunked'),
  'a space before the colon of an encoding': line('Transfer-Encoding : chunked', '0\r\n\r\n'),
  'an encoding on a folded line': line('Transfer-Encoding:\r\n chunked', '0\r\n\r\n'),
  'lines that end with a line feed': invalid('POST /product HTTP/1.1\nHost: x\n\n'),
  'a bare carriage return in a value': line('X: a\rTransfer-Encoding: chunked', '0\r\n\r\n'),
  'a NUL in a value': line('X: a\0b'),
  'a NUL in a name': line('X\0: a'),
  'an empty header name': line(': a'),
  'a line without a colon': line('X'),
  'a header name in brackets': line('(X): a'),
  'a chunk with a negative size': chunks('-1\r\n{}\r\n0\r\n\r\n'),
  'a chunk with a size in 0x notation': chunks('0x2\r\n{}\r\n0\r\n\r\n'),
  'a chunk with a size that overflows': chunks('fffffffffffffffff\r\n{}\r\n'),
  'a chunk whose size ends with a line feed': chunks('2\n{}\r\n0\r\n\r\n'),
  'a chunk that is longer than its size': chunks('1\r\n{}\r\n0\r\n\r\n'),
  'the preface of HTTP/2': invalid('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  'a method in lower case': invalid('post /product HTTP/1.1\r\nHost: x\r\n\r\n'),
  'an upgrade of a changing route': upgrade('POST /product', {}),
  'an upgrade of a changing route with a body': upgrade('POST /product', { 'Content-Length': '2', ...JSON_TYPE }, '{}'),
  'an upgrade of a changing route in chunks': upgrade('POST /changes', { 'Transfer-Encoding': 'chunked' }, '0\r\n\r\n'),
  'an upgrade by a DELETE': upgrade('DELETE /dashboards/shop', {}, '', 405, 'method-not-allowed'),
  'an upgrade by a POST': upgrade('POST /dashboard', {}, '', 405, 'method-not-allowed'),
  'an upgrade with another WebSocket version': upgrade(
    'GET /dashboard',
    { 'Sec-WebSocket-Version': '99' },
    '',
    426,
    'upgrade-required',
  ),
  'an upgrade without a key': upgrade('GET /dashboard', { 'Sec-WebSocket-Key': '' }, '', 400, 'invalid-request'),
  'an upgrade without a token': { sent: formatHandshake({}), status: 401, code: 'token-required' },
  'an offer of HTTP/2 with a length of zero in two ways': h2c({
    'Content-Length': '0',
    'Transfer-Encoding': 'chunked',
  }),
  'an offer of HTTP/2 with two different lengths': h2c({ 'Content-Length': '0', 'content-length': '5' }),
  // Node keeps 1,000 headers: the length is none of them.
  'an offer of HTTP/2 with 1,001 headers': {
    sent: formatRequest('POST /product', {
      ...authorizeAs('admin'),
      ...H2C,
      ...Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`x${at}`, ''])),
      'Content-Length': String(SMUGGLED.length),
    }),
    status: 431,
    code: 'headers-too-large',
  },
  'headers of 1 MB': {
    sent: formatRequest('POST /product', { ...authorizeAs('admin'), 'X-Long': 'x'.repeat(2 ** 20) }),
    status: 431,
    code: 'headers-too-large',
  },
  'a cookie of 100 KB': {
    sent: formatRequest('POST /product', { ...authorizeAs('admin'), Cookie: 'x'.repeat(100_000) }),
    status: 431,
    code: 'headers-too-large',
  },
  'ten thousand headers': {
    sent: formatRequest('POST /product', {
      ...authorizeAs('admin'),
      ...Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`x${at}`, ''])),
    }),
    status: 431,
    code: 'headers-too-large',
  },
};

const ESCAPED = '%0d%0aSet-Cookie:%20x=1%0d%0aX-Injected:%201';

describeAttacks('Attacks on the wire', {}, ({ expectRefused, connect, expectUnchanged }) => {
  describe('no request is smuggled after', () => {
    it.each(Object.entries(ENDING))('%s', async (_, { sent, status, code }) => {
      const client = await connect();
      client.send(sent + SMUGGLED);
      const answer = await client.readResponse();
      expect(answer).toMatchObject({ status });
      expect(JSON.parse(answer.body)).toMatchObject({ status, code });
      await client.waitForClose();
      await expect(client.readResponse()).rejects.toThrow('the connection ended after: ');
      await expectUnchanged();
    });
  });

  it.each([
    ['', {}],
    [' that offer an upgrade', H2C],
    [' that offer an unknown upgrade', { ...H2C, Upgrade: 'tallyboard/9' }],
  ])('requests%s after a refused one are each authorized on their own', async (_, offer) => {
    const client = await connect();
    const formatOffer: typeof formatRequest = (target, headers, body) =>
      formatRequest(target, { ...offer, ...headers }, body);
    const anonymous = formatOffer('POST /product');
    const smuggledLength = { 'Content-Length': String(SMUGGLED.length) };
    client.send(
      anonymous +
        formatOffer('POST /product', { Authorization: 'Bearer x' }) +
        formatOffer('POST /product', authorizeAs('shopClerk')),
    );
    client.send(
      formatOffer('POST /changes', smuggledLength, SMUGGLED) +
        formatOffer('POST /product', { ...smuggledLength, ...authorizeAs('clerk') }, SMUGGLED),
    );
    client.send(
      formatOffer('POST /product', { ...smuggledLength, ...JSON_TYPE, ...authorizeAs('clerk') }, SMUGGLED) + anonymous,
    );
    const statuses: number[] = [];
    for (let at = 0; at < 7; at += 1) statuses.push((await client.readResponse()).status);
    expect(statuses).toEqual([401, 401, 403, 401, 415, 400, 401]);
    await expectUnchanged();
  });

  it('a token in a trailer is ignored', async () => {
    const headers = { ...JSON_TYPE, 'Transfer-Encoding': 'chunked', Trailer: 'Authorization' };
    const body = `2\r\n{}\r\n0\r\nAuthorization: Bearer ${SECRETS.admin}\r\n\r\n`;
    await expectRefused({
      request: formatRequest('POST /product', headers, body),
      status: 401,
      code: 'token-required',
    });
  });

  it('data after an accepted upgrade is never parsed as a request', async () => {
    const client = await connect();
    client.send(formatHandshake({ ...authorizeAs('admin'), 'Content-Length': String(SMUGGLED.length) }) + SMUGGLED);
    expect((await client.readResponse()).status).toBe(101);
    await client.waitForClose();
    await expectUnchanged();
  });

  it('escaped line breaks in URLs and headers are returned as sent, and never become response headers', async () => {
    const headers: Readonly<Record<string, string>> = {
      ...authorizeAs('admin'),
      'Idempotency-Key': `"${ESCAPED}"`,
      'X-Request-Id': ESCAPED,
      'Last-Event-ID': ESCAPED,
    };
    await expectRefused(
      createAttack(`GET /${ESCAPED}`, headers, 404, 'unknown-route'),
      createAttack(`GET /dashboards/${ESCAPED}`, headers, 404, 'unknown-dashboard'),
      createAttack(`GET /dashboard?counters=${ESCAPED}`, headers, 400, 'invalid-request'),
      createAttack(`GET /dashboards?after=x&limit=${ESCAPED}`, headers, 400, 'invalid-request'),
      createAttack('DELETE /product', { ...headers, Origin: ESCAPED }, 403, 'origin-not-allowed'),
      createAttack(
        'DELETE /product',
        { ...headers, Host: ESCAPED, 'X-Forwarded-Host': ESCAPED },
        400,
        'nothing-to-remove',
      ),
    );
    const client = await connect();
    client.send(formatRequest(`GET /dashboards?after=${ESCAPED}&limit=1`, headers));
    expect(Object.keys((await client.readResponse()).headers)).not.toContain('x-injected');
  });
});

/** Attacks on the wire: requests of two lengths, upgrades that hide others, what is sent behind a refusal, and headers that would be two. */
import type { ErrorCode } from '../../src/counters/errors.js';
import { createAttack, authorizeAs, describeAttacks, SECRETS } from '../support/attack-harness.js';
import { formatHandshake, formatRequest } from '../harness/http-text.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const CHUNKED = { ...authorizeAs('clerk'), ...JSON_TYPE, 'Transfer-Encoding': 'chunked' };
/** What is hidden behind: it would be taken if it were taken for a request. */
const HIDDEN = formatRequest('POST /product', authorizeAs('admin'));

interface Sent {
  readonly sent: string;
  readonly status: number;
  readonly code: ErrorCode;
}
const invalid = (sent: string): Sent => ({ sent, status: 400, code: 'invalid-request' });
const line = (headers: string, body = ''): Sent =>
  invalid(`POST /product HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${SECRETS.clerk}\r\n${headers}\r\n\r\n${body}`);
const lengths = (one: string, other: string): Sent =>
  line(`Content-Type: application/json\r\n${one}\r\n${other}`, '0\r\n\r\n');
const chunks = (body: string): Sent => invalid(formatRequest('POST /product', CHUNKED, body));
const encoding = (value: string): Sent =>
  invalid(formatRequest('POST /product', { ...CHUNKED, 'Transfer-Encoding': value }, '0\r\n\r\n'));
const length = (value: string): Sent =>
  invalid(formatRequest('POST /product', { ...authorizeAs('clerk'), ...JSON_TYPE, 'Content-Length': value }, '{}'));
const upgrade = (
  target: string,
  more: Readonly<Record<string, string>>,
  body = '',
  status = 404,
  code: ErrorCode = 'unknown-route',
): Sent => ({
  sent: formatHandshake({ ...authorizeAs('admin'), ...more }, target) + body,
  status,
  code,
});
const h2c = (more: Readonly<Record<string, string>>, body = ''): Sent =>
  invalid(
    formatRequest(
      'POST /product',
      { ...authorizeAs('admin'), Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': '', ...more },
      body,
    ),
  );

/** Each ends its connection with one answer. */
const ENDING: Readonly<Record<string, Sent>> = {
  'a length and chunks': lengths('Content-Length: 5', 'Transfer-Encoding: chunked'),
  'chunks and a length': lengths('Transfer-Encoding: chunked', 'Content-Length: 5'),
  'two lengths': lengths('Content-Length: 0', 'Content-Length: 5'),
  'one length twice': lengths('Content-Length: 5', 'Content-Length: 5'),
  'a list of lengths': length('2, 2'),
  'a length with a sign': length('+2'),
  'a length in hexadecimal': length('0x2'),
  'a length with a space within': length('2 2'),
  'a length that is a fraction': length('2.0'),
  'a length that is too long to be one': length('99999999999999999999'),
  'an empty length': length(''),
  'an encoding that is none': encoding('xchunked'),
  'an encoding in quotes': encoding('"chunked"'),
  'chunks that are not the last encoding': encoding('chunked, identity'),
  'two encodings of which chunks are the first': lengths('Transfer-Encoding: chunked', 'Transfer-Encoding: identity'),
  'an encoding with a control character': encoding('\x0bchunked'),
  'an encoding before a colon with a space': line('Transfer-Encoding : chunked', '0\r\n\r\n'),
  'an encoding on a line that is folded': line('Transfer-Encoding:\r\n chunked', '0\r\n\r\n'),
  'lines that end with a line feed': invalid('POST /product HTTP/1.1\nHost: x\n\n'),
  'a line that ends with a carriage return': line('X: a\rTransfer-Encoding: chunked', '0\r\n\r\n'),
  'a NUL in a value': line('X: a\0b'),
  'a NUL in a name': line('X\0: a'),
  'a name of nothing': line(': a'),
  'a line without a colon': line('X'),
  'a name in brackets': line('(X): a'),
  'a chunk of a size below zero': chunks('-1\r\n{}\r\n0\r\n\r\n'),
  'a chunk of a size with a prefix': chunks('0x2\r\n{}\r\n0\r\n\r\n'),
  'a chunk of a size that is too long to be one': chunks('fffffffffffffffff\r\n{}\r\n'),
  'a chunk whose size ends with a line feed': chunks('2\n{}\r\n0\r\n\r\n'),
  'a chunk that is longer than it says': chunks('1\r\n{}\r\n0\r\n\r\n'),
  'the preface of HTTP/2': invalid('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  'a method in small letters': invalid('post /product HTTP/1.1\r\nHost: x\r\n\r\n'),
  'an upgrade of a changing route': upgrade('POST /product', {}),
  'an upgrade of a changing route with a body': upgrade('POST /product', { 'Content-Length': '2', ...JSON_TYPE }, '{}'),
  'an upgrade of a changing route in chunks': upgrade('POST /changes', { 'Transfer-Encoding': 'chunked' }, '0\r\n\r\n'),
  'an upgrade to delete': upgrade('DELETE /dashboards/shop', {}, '', 405, 'method-not-allowed'),
  'an upgrade by a POST': upgrade('POST /dashboard', {}, '', 405, 'method-not-allowed'),
  'an upgrade of another version': upgrade(
    'GET /dashboard',
    { 'Sec-WebSocket-Version': '99' },
    '',
    426,
    'upgrade-required',
  ),
  'an upgrade without a key': upgrade('GET /dashboard', { 'Sec-WebSocket-Key': '' }, '', 400, 'invalid-request'),
  'an upgrade by a stranger': { sent: formatHandshake({}), status: 401, code: 'token-required' },
  'an offer of HTTP/2 with a body': h2c({ 'Content-Length': '2', ...JSON_TYPE }, '{}'),
  'an offer of HTTP/2 with a body in chunks': h2c({ 'Transfer-Encoding': 'chunked', ...JSON_TYPE }, '0\r\n\r\n'),
  'an offer of HTTP/2 with no body that is told in two digits': h2c({ 'Content-Length': '00' }),
  'an offer of HTTP/2 by a stranger': {
    sent: formatRequest('POST /product', { Connection: 'Upgrade', Upgrade: 'h2c' }),
    status: 401,
    code: 'token-required',
  },
  'an offer of something else by a stranger': {
    sent: formatRequest('POST /product', { Connection: 'Upgrade', Upgrade: 'tallyboard/9' }),
    status: 401,
    code: 'token-required',
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

describeAttacks('Attacks on the wire', {}, ({ expectRefused, connect, expectUntouched }) => {
  describe('nothing is taken for a request behind', () => {
    it.each(Object.entries(ENDING))('%s', async (_, { sent, status, code }) => {
      const client = await connect();
      client.send(sent + HIDDEN);
      const answer = await client.readResponse();
      expect(answer).toMatchObject({ status });
      expect(JSON.parse(answer.body)).toMatchObject({ status, code });
      await client.waitForClose();
      await expect(client.readResponse()).rejects.toThrow('the connection ended after: ');
      await expectUntouched();
    });
  });

  it('requests behind a refused one are judged each by itself', async () => {
    const client = await connect();
    const nobody = formatRequest('POST /product');
    const hidden = { 'Content-Length': String(HIDDEN.length) };
    client.send(
      nobody +
        formatRequest('POST /product', { Authorization: 'Bearer x' }) +
        formatRequest('POST /product', authorizeAs('shopClerk')),
    );
    client.send(
      formatRequest('POST /changes', hidden, HIDDEN) +
        formatRequest('POST /product', { ...hidden, ...authorizeAs('clerk') }, HIDDEN),
    );
    client.send(formatRequest('POST /product', { ...hidden, ...JSON_TYPE, ...authorizeAs('clerk') }, HIDDEN) + nobody);
    const statuses: number[] = [];
    for (let at = 0; at < 7; at += 1) statuses.push((await client.readResponse()).status);
    expect(statuses).toEqual([401, 401, 403, 401, 415, 400, 401]);
    await expectUntouched();
  });

  it('a token that comes in a trailer comes too late', async () => {
    const headers = { ...JSON_TYPE, 'Transfer-Encoding': 'chunked', Trailer: 'Authorization' };
    const body = `2\r\n{}\r\n0\r\nAuthorization: Bearer ${SECRETS.admin}\r\n\r\n`;
    await expectRefused({ sent: formatRequest('POST /product', headers, body), status: 401, code: 'token-required' });
  });

  it('what is sent behind an upgrade that is let in is a frame of a viewer, whatever it looks like', async () => {
    const client = await connect();
    client.send(formatHandshake({ ...authorizeAs('admin'), 'Content-Length': String(HIDDEN.length) }) + HIDDEN);
    expect((await client.readResponse()).status).toBe(101);
    await client.waitForClose();
    await expectUntouched();
  });

  it('what stands escaped in an address or a header is told as it came, and is no header of an answer', async () => {
    const asked: Readonly<Record<string, string>> = {
      ...authorizeAs('admin'),
      'Idempotency-Key': `"${ESCAPED}"`,
      'X-Request-Id': ESCAPED,
      'Last-Event-ID': ESCAPED,
    };
    await expectRefused(
      createAttack(`GET /${ESCAPED}`, asked, 404, 'unknown-route'),
      createAttack(`GET /dashboards/${ESCAPED}`, asked, 404, 'unknown-dashboard'),
      createAttack(`GET /dashboard?counters=${ESCAPED}`, asked, 400, 'invalid-request'),
      createAttack(`GET /dashboards?after=x&limit=${ESCAPED}`, asked, 400, 'invalid-request'),
      createAttack('DELETE /product', { ...asked, Origin: ESCAPED }, 403, 'origin-not-allowed'),
      createAttack(
        'DELETE /product',
        { ...asked, Host: ESCAPED, 'X-Forwarded-Host': ESCAPED },
        400,
        'nothing-to-remove',
      ),
    );
    const client = await connect();
    client.send(formatRequest(`GET /dashboards?after=${ESCAPED}&limit=1`, asked));
    expect(Object.keys((await client.readResponse()).headers)).not.toContain('x-injected');
  });
});

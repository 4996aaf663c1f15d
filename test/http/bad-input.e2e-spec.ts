/** Invalid requests of every kind get a problem with the right status, never 500, and change nothing. */
import { DashboardService } from '../../src/dashboard/dashboard.service.js';
import { startApp } from '../support/app.js';
import { formatHandshake, formatRequest } from '../harness/http-text.js';
import { connectRaw } from '../support/raw-http.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const KIB = 1_024;

function formatWithBody(line: string, body: string, headers: Record<string, string> = JSON_TYPE): string {
  return formatRequest(line, { 'Content-Length': String(Buffer.byteLength(body)), ...headers }, body);
}

interface InvalidRequest {
  readonly sent: string;
  readonly status: number;
  readonly code: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const WRONG_PATHS: Readonly<Record<string, InvalidRequest>> = {
  'GET of a change route': methodNotAllowed('GET /order', 'POST, DELETE, OPTIONS'),
  'PUT of a change route': methodNotAllowed('PUT /order', 'POST, DELETE, OPTIONS'),
  'PATCH of a change route': methodNotAllowed('PATCH /product', 'POST, DELETE, OPTIONS'),
  'HEAD of a change route': methodNotAllowed('HEAD /order', 'POST, DELETE, OPTIONS'),
  'DELETE of the sign-up': methodNotAllowed('DELETE /sign-up', 'POST, OPTIONS'),
  'POST of the sign-off': methodNotAllowed('POST /sign-off', 'DELETE, OPTIONS'),
  'POST of the page': methodNotAllowed('POST /', 'GET, HEAD, OPTIONS'),
  'POST of the dashboard': methodNotAllowed('POST /dashboard', 'GET, HEAD, OPTIONS'),
  'an unknown path': unknownRoute('POST /orders'),
  'an unknown file': unknownRoute('GET /index.html'),
  'a trailing slash': unknownRoute('POST /order/'),
  'upper case': unknownRoute('POST /Order'),
  'a double slash': unknownRoute('POST //order'),
  'an encoded slash': unknownRoute('POST /%2Forder'),
  'a path with ..': unknownRoute('POST /x/../order'),
};

const WRONG_BODIES: Readonly<Record<string, InvalidRequest>> = {
  'broken JSON': invalidRequest(formatWithBody('POST /order', '{"amount":')),
  'mismatched brackets': invalidRequest(formatWithBody('DELETE /order', '{]')),
  'JSON over 64 KiB': { ...bodyTooLarge(formatWithBody('POST /order', `"${'x'.repeat(64 * KIB)}"`)) },
  'a Content-Length over 64 KiB': bodyTooLarge(
    formatRequest('POST /order', { ...JSON_TYPE, 'Content-Length': '99999999' }),
  ),
  'JSON over 64 KiB in chunks': bodyTooLarge(
    formatRequest(
      'POST /order',
      { ...JSON_TYPE, 'Transfer-Encoding': 'chunked' },
      `${(65 * KIB).toString(16)}\r\n${' '.repeat(65 * KIB)}\r\n0\r\n\r\n`,
    ),
  ),
  'plain text': unsupportedMediaType(formatWithBody('POST /order', 'one', { 'Content-Type': 'text/plain' })),
  'a form': unsupportedMediaType(
    formatWithBody('POST /order', 'a=1', { 'Content-Type': 'application/x-www-form-urlencoded' }),
  ),
  'a body without a type': unsupportedMediaType(formatWithBody('POST /order', '{}', {})),
  'JSON in an unknown charset': unsupportedMediaType(
    formatWithBody('POST /order', '{}', { 'Content-Type': 'application/json; charset=klingon' }),
  ),
  'JSON in an unknown encoding': unsupportedMediaType(
    formatWithBody('POST /order', '{}', { ...JSON_TYPE, 'Content-Encoding': 'zip' }),
  ),
  'JSON that claims to be gzip': invalidRequest(
    formatWithBody('POST /order', '{}', { ...JSON_TYPE, 'Content-Encoding': 'gzip' }),
  ),
};

const WRONG_HTTP: Readonly<Record<string, InvalidRequest>> = {
  'malformed percent-encoding': invalidRequest(formatRequest('POST /order%')),
  'percent-encoding that is not UTF-8': invalidRequest(formatRequest('POST /%ff')),
  'a malformed query': invalidRequest(formatRequest('POST /order?x=%zz')),
  'no Host': invalidRequest('POST /order HTTP/1.1\r\n\r\n'),
  'a garbage request line': invalidRequest('let me in\r\n\r\n'),
  'an unknown method': invalidRequest(formatRequest('BREW /order')),
  'a TLS greeting': invalidRequest('\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001'),
  'an unknown version': invalidRequest('POST /order HTTP/9.7\r\nHost: x\r\n\r\n'),
  'a broken header': invalidRequest('POST /order HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n'),
  'a header name with a space': invalidRequest('POST /order HTTP/1.1\r\nHost : x\r\n\r\n'),
  'a Content-Length that is not a number': invalidRequest(formatRequest('POST /order', { 'Content-Length': 'one' })),
  'a negative Content-Length': invalidRequest(formatRequest('POST /order', { 'Content-Length': '-1' })),
  'two Content-Length headers': invalidRequest(
    'POST /order HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n',
  ),
  'Content-Length and Transfer-Encoding': invalidRequest(
    formatRequest('POST /order', { 'Content-Length': '5', 'Transfer-Encoding': 'chunked' }, '0\r\n\r\n'),
  ),
  'an unknown Transfer-Encoding': invalidRequest(
    formatRequest('POST /order', { ...JSON_TYPE, 'Transfer-Encoding': 'xchunked' }, 'x'),
  ),
  'a chunk without a size': invalidRequest(
    formatRequest('POST /order', { ...JSON_TYPE, 'Transfer-Encoding': 'chunked' }, 'zz\r\n{}\r\n'),
  ),
  'a header over 16 KiB': {
    sent: formatRequest('POST /order', { 'X-Long': 'x'.repeat(17 * KIB) }),
    status: 431,
    code: 'headers-too-large',
  },
  'a path over 16 KiB': {
    sent: formatRequest(`POST /${'x'.repeat(17 * KIB)}`),
    status: 431,
    code: 'headers-too-large',
  },
  'a target with an invalid host': invalidRequest(formatRequest('GET http://[::1/order')),
  'a change by a target with an invalid host': invalidRequest(formatRequest('POST http://[::1/order')),
  'a target with an invalid port': invalidRequest(formatRequest('POST http://x:99999/order')),
  'a target without a host': invalidRequest(formatRequest('POST http:///order')),
  'a path that looks like an invalid host': invalidRequest(formatRequest('GET //a@[::1#/order')),
  'a handshake by a target with an invalid host': invalidRequest(formatHandshake({}, 'GET http://[::1/dashboard')),
  'a handshake by a target with an invalid port': invalidRequest(formatHandshake({}, 'GET http://x:99999/dashboard')),
  'a handshake by a target of another scheme': invalidRequest(formatHandshake({}, 'GET ftp://x/dashboard')),
  'an unsupported expectation': {
    sent: formatRequest('POST /order', { Expect: 'a-pony' }),
    status: 417,
    code: 'expectation-failed',
  },
  CONNECT: { sent: formatRequest('CONNECT example.org:443'), status: 405, code: 'method-not-allowed' },
  'an Idempotency-Key with a space': {
    sent: formatRequest('POST /order', { 'Idempotency-Key': 'a b' }),
    status: 400,
    code: 'invalid-idempotency-key',
  },
  'two Idempotency-Key headers': {
    sent: formatRequest('POST /order', { 'Idempotency-Key': 'a', 'idempotency-key': 'b' }),
    status: 400,
    code: 'invalid-idempotency-key',
  },
};

function methodNotAllowed(line: string, allow: string): InvalidRequest {
  return { sent: formatRequest(line), status: 405, code: 'method-not-allowed', headers: { allow } };
}
function unknownRoute(line: string): InvalidRequest {
  return { sent: formatRequest(line), status: 404, code: 'unknown-route' };
}
function invalidRequest(sent: string): InvalidRequest {
  return { sent, status: 400, code: 'invalid-request' };
}
function bodyTooLarge(sent: string): InvalidRequest {
  return { sent, status: 413, code: 'body-too-large' };
}
function unsupportedMediaType(sent: string): InvalidRequest {
  return { sent, status: 415, code: 'unsupported-media-type' };
}

/** Starts an application with one of each, so that any addition or removal would be noticed. */
async function startWithOneEach() {
  const running = await startApp({ STORE: 'memory' });
  const changes = ['orders', 'customers', 'products'].map((counter) => ({ counter, by: 1 }));
  await running.app.get(DashboardService).apply({ dashboard: 'main', changes });
  return { ...running, client: await connectRaw(running.port) };
}

describe.each([
  ['path or method', WRONG_PATHS],
  ['body', WRONG_BODIES],
  ['request', WRONG_HTTP],
])('an invalid %s gets a problem and changes nothing', (_, cases) => {
  it.each(Object.entries(cases))('%s', async (_name, { sent, status, code, headers = {} }) => {
    const { client, dashboard } = await startWithOneEach();
    const before = await dashboard();
    client.send(sent);
    if (sent.startsWith('HEAD')) return expect(await client.readHead()).toMatchObject({ status, headers });
    const answer = await client.readResponse();
    expect(answer).toMatchObject({ status, headers });
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(JSON.parse(answer.body)).toMatchObject({
      status,
      code,
      title: expect.any(String),
      detail: expect.any(String),
    });
    expect(await dashboard()).toEqual(before);
  });
});

/**
 * The nginx recipes for several instances: that they load, which requests they retry on another instance, and which
 * they never repeat.
 */
import type { IncomingMessage, RequestListener } from 'node:http';
import { excludeFromChecks } from '../support/response-check.js';
import { checkNginxRecipe, requestNginx, startNginx } from '../support/nginx.js';
import { startStubService } from '../support/proxied-service.js';
import { findFreePorts } from '../harness/free-ports.js';

const PROBLEM = { 'Content-Type': 'application/problem+json', 'Retry-After': '1' };
const KEY = { 'Idempotency-Key': 'k-1' };
const BODY = '{"amount":2}';

/** Reads the request, then closes the connection without a response. */
const cutConnection: RequestListener = (request) => void request.resume().on('end', () => request.socket.destroy());
const refuseRequest: RequestListener = (request, response) =>
  void request.resume().on('end', () => response.writeHead(503, PROBLEM).end('{"code":"stopping"}'));

/** Starts nginx in front of two stub instances that record requests. The first request fails. */
async function startWithFailingInstance(fail: RequestListener) {
  const requests: string[] = [];
  const listener: RequestListener = (request: IncomingMessage, response) => {
    const isFirst = requests.push(`${request.method} ${String(request.headers['x-forwarded-for'])}`) === 1;
    if (isFirst) fail(request, response);
    else void request.toArray().then((pieces) => response.end(`took ${pieces.join('')}`));
  };
  const [first, second] = [await startStubService(listener), await startStubService(listener)];
  const front = await startNginx([first.port, second.port]);
  excludeFromChecks(front.port);
  return { front, requests };
}

const RETRIED = [
  ['GET', {}, undefined],
  ['POST', KEY, BODY],
  ['DELETE', KEY, undefined],
] as const;
const SENT_ONCE = [
  ['POST', {}, BODY],
  ['DELETE', {}, undefined],
] as const;

describe.each([
  ['loses its connection', cutConnection, 502],
  ['stops', refuseRequest, 503],
])('when an instance %s', (_, fail, status) => {
  it.each(RETRIED)('%s with %p is retried on the other instance', async (method, headers, body) => {
    const { front, requests } = await startWithFailingInstance(fail);
    const answer = await requestNginx(front, `${method} /order`, headers, body);
    expect(answer).toMatchObject({ status: 200, text: `took ${body ?? ''}` });
    expect(requests).toEqual([`${method} 127.0.0.1`, `${method} 127.0.0.1`]);
  });

  it.each(SENT_ONCE)('%s without a key is not repeated', async (method, headers, body) => {
    const { front, requests } = await startWithFailingInstance(fail);
    const answer = await requestNginx(front, `${method} /order`, headers, body);
    expect(answer.status).toBe(status);
    if (status === 503) expect(answer).toMatchObject({ headers: { 'retry-after': '1' }, text: '{"code":"stopping"}' });
    expect(requests).toHaveLength(1);
  });
});

it('a change without a key goes to the available instance', async () => {
  const [unusedPort = 0] = await findFreePorts(1);
  const available = await startStubService(
    (request, response) => void request.resume().on('end', () => response.end('took')),
  );
  const front = await startNginx([unusedPort, available.port]);
  excludeFromChecks(front.port);
  for (let count = 1; count <= 4; count += 1)
    expect(await requestNginx(front, 'POST /order', {}, BODY)).toMatchObject({ status: 200, text: 'took' });
  expect(available.requests).toHaveLength(4);
});

it('a 503 of all instances is passed on every time, except to an EventSource', async () => {
  const [first, second] = [await startStubService(refuseRequest), await startStubService(refuseRequest)];
  const front = await startNginx([first.port, second.port]);
  excludeFromChecks(front.port);
  for (let count = 1; count <= 5; count += 1)
    expect(await requestNginx(front, 'POST /order', KEY, BODY)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1', 'content-type': 'application/problem+json' },
      text: '{"code":"stopping"}',
    });
  expect(await requestNginx(front, 'GET /dashboard', { Accept: 'text/event-stream' })).toMatchObject({
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    text: 'retry: 2000\n\n',
  });
});

describe('nginx -t', () => {
  /** nginx 1.27.3, the first with `resolve`. */
  const RESOLVE_VERSION = 1_027_003;

  it('accepts the recipe for two addresses as it is', () => {
    const { output } = checkNginxRecipe('nginx-two.conf');
    // Other users than root may not write to the files that it names.
    const isReadable = process.getuid?.() === 0 ? /test is successful/ : /syntax is ok|Permission denied/;
    expect(output).toMatch(isReadable);
    expect(output).not.toMatch(/invalid|unknown/);
  });

  it('accepts the recipe for names from the version that it asks for, and names `resolve` before', () => {
    const { version, output } = checkNginxRecipe('nginx-many.conf');
    const expected = version < RESOLVE_VERSION ? /invalid parameter "resolve"/ : /syntax is ok/;
    expect(output).toMatch(expected);
  });
});

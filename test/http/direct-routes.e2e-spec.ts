/**
 * Direct routes: the requests that take the direct way get the same answers as on the ordinary one. A query makes a
 * request take the ordinary way: short routes ignore it.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, HttpCode, Module, Post } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { Config } from '../../src/config/config.js';
import { TokenList } from '../../src/config/token-list.js';
import { TallyError } from '../../src/counters/errors.js';
import { TallyboardExpressAdapter } from '../../src/http/express.adapter.js';
import { ProblemFilter } from '../../src/http/problem.filter.js';
import { formatRequest } from '../harness/http-text.js';
import { startApp } from '../support/app.js';
import { afterTest } from '../support/cleanup.js';
import { connectRaw, type RawResponse } from '../support/raw-http.js';
import { excludeFromChecks } from '../support/response-check.js';

const TOKENS = {
  READ_TOKENS: TokenList.parse('reader:0123456789abcdef-reader'),
  WRITE_TOKENS: TokenList.parse('till:0123456789abcdef-till,other@shop:0123456789abcdef-other'),
};
const TILL = { Authorization: 'Bearer 0123456789abcdef-till' };

/** Masks what differs between two answers to the same request: numbers, times and ids. */
function mask({ status, headers, body }: RawResponse) {
  const { 'x-request-id': id, ...others } = headers;
  const entries = Object.entries({ ...others, ...(id !== undefined && { 'x-request-id': 'an id' }) });
  const masked = entries.map(([name, value]) => [name, value.replaceAll(/\d+/g, 'N')]);
  return { status, headers: masked, body: body.replaceAll(/\d+/g, 'N') };
}

/** Sends the requests in turn: first all to the target as it is, then all to the target with a query. */
async function answerBothWays(
  overrides: Partial<Config>,
  requests: readonly (readonly [line: string, headers?: Record<string, string>, body?: string])[],
) {
  const answers = [];
  for (const query of ['', '?ordinary']) {
    const { port } = await startApp(overrides);
    const client = await connectRaw(port);
    for (const [line, headers, body] of requests) {
      client.send(formatRequest(line + query, headers, body));
      answers.push(mask(await client.readResponse()));
    }
  }
  return [answers.slice(0, requests.length), answers.slice(requests.length)] as const;
}

it('every short route gives the same answers both ways: done, refused, as JSON, replayed and reused', async () => {
  const lines = [
    'POST /order',
    'DELETE /order',
    'POST /sign-up',
    'DELETE /sign-off',
    'POST /product',
    'DELETE /product',
  ];
  const [direct, ordinary] = await answerBothWays({}, [
    ...lines.flatMap((line) => [[line], [line, { Accept: 'application/json' }]] as const),
    ['POST /order', { 'Idempotency-Key': 'k1' }],
    ['POST /order', { 'Idempotency-Key': 'k1' }],
    ['DELETE /order', { 'Idempotency-Key': 'k1' }],
    ['POST /order', { 'Idempotency-Key': '"' }],
    ['POST /order', { 'Content-Length': '0' }],
    ['POST /order', { 'Content-Type': 'application/json', 'Content-Length': '2' }, '{}'],
    ['POST /order', { 'X-Request-Id': 'r1' }],
    ['POST /order', { 'Sec-Fetch-Site': 'cross-site' }],
    ['POST /order', { Host: 'shop.example' }],
    ['GET /order'],
  ]);
  expect(direct.map(({ status }) => status)).toContain(400);
  expect(direct).toEqual(ordinary);
});

it('tokens, rights and limits hold both ways', async () => {
  const [direct, ordinary] = await answerBothWays({ ...TOKENS, MAX_CHANGES_PER_S: 2 }, [
    ['POST /order'],
    ['POST /order', { Authorization: 'Bearer wrong-token-0123456789' }],
    ['POST /order', { Authorization: 'Bearer 0123456789abcdef-reader' }],
    ['POST /order', { Authorization: 'Bearer 0123456789abcdef-other' }],
    ['POST /order', TILL],
    ['POST /order', TILL],
    ['POST /order', TILL],
  ]);
  expect(direct.map(({ status }) => status)).toEqual([401, 401, 403, 403, 200, 200, 429]);
  expect(direct).toEqual(ordinary);
});

@Controller()
class OrdinaryRoute {
  @Post('count')
  @HttpCode(200)
  count(): string {
    return 'ordinary';
  }
}

@Module({ controllers: [OrdinaryRoute], providers: [{ provide: APP_FILTER, useClass: ProblemFilter }] })
class OrdinaryModule {}

async function startDirectRoute() {
  const adapter = new TallyboardExpressAdapter(
    Object.assign(new Config(), { ALLOWED_ORIGINS: ['https://shop.example'] }),
  );
  const app = await NestFactory.create(OrdinaryModule, adapter, { logger: false, bodyParser: false });
  afterTest(() => app.close());
  adapter.directRoutes.add('POST', '/count', async ({ headers }, response) => {
    if (headers['x-fail'] !== undefined) throw new TallyError('counter-full', 'no more');
    response.setHeader('Content-Length', 6);
    response.end('direct');
  });
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  excludeFromChecks(port);
  return port;
}

it.each([
  ['nothing else', 'direct', formatRequest('POST /count')],
  ['an empty body', 'direct', formatRequest('POST /count', { 'Content-Length': '0' })],
  ['a token', 'direct', formatRequest('POST /count', TILL)],
  ['HTTP/1.0', 'direct', 'POST /count HTTP/1.0\r\nHost: localhost\r\n\r\n'],
  ['a query', 'ordinary', formatRequest('POST /count?x')],
  ['a URL', 'ordinary', formatRequest('POST http://localhost/count')],
  [
    'a body',
    'ordinary',
    formatRequest('POST /count', { 'Content-Length': '2', 'Content-Type': 'application/json' }, '{}'),
  ],
  ['an id', 'ordinary', formatRequest('POST /count', { 'X-Request-Id': 'r1' })],
  ['an origin', 'ordinary', formatRequest('POST /count', { Origin: 'https://shop.example' })],
])('a request with %s takes the %s way', async (_, way, request) => {
  const client = await connectRaw(await startDirectRoute());
  client.send(request);
  expect(await client.readResponse()).toMatchObject({ status: 200, body: way });
});

it('an error of a direct route is answered with its problem', async () => {
  const client = await connectRaw(await startDirectRoute());
  client.send(formatRequest('POST /count', { 'X-Fail': '1' }));
  const { status, body } = await client.readResponse();
  expect([status, (JSON.parse(body) as { code: string }).code]).toEqual([400, 'counter-full']);
});

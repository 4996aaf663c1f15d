/** Every route and every address that is watched: nothing without a token but what is for everybody, nothing with too little of a right. */
import type { Server } from 'node:http';
import { Controller, type INestApplication, Module, Post } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import type { Express } from 'express';
import { AuthModule } from '../../src/auth/auth.module.js';
import { TokenList } from '../../src/config/token-list.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { Config } from '../../src/config/config.js';
import { TallyboardExpressAdapter } from '../../src/http/express.adapter.js';
import { ProblemFilter } from '../../src/http/problem.filter.js';
import { startApp } from '../support/app.js';
import { authorizeAs, SECRETS, TOKEN_VARIABLES } from '../support/attack-harness.js';
import { type OpenApi, readDocument } from '../support/openapi-check.js';
import { excludeFromChecks } from '../support/response-check.js';
import { afterTest } from '../support/cleanup.js';
import { formatHandshake, formatRequest } from '../harness/http-text.js';
import { connectRaw } from '../support/raw-http.js';

const GUARDED: Partial<Config> = {
  STORE: 'memory',
  READ_TOKENS: TokenList.parse(TOKEN_VARIABLES.READ_TOKENS),
  WRITE_TOKENS: TokenList.parse(TOKEN_VARIABLES.WRITE_TOKENS),
  ADMIN_TOKENS: TokenList.parse(TOKEN_VARIABLES.ADMIN_TOKENS),
};

/** What is everybody's, from anywhere. A line more here is a decision. */
const FOR_EVERYBODY = [
  'GET /',
  'GET /assets/{asset}',
  'GET /asyncapi.json',
  'GET /docs',
  'GET /docs/',
  'GET /docs/{asset}',
  'GET /embed.js',
  'GET /health/live',
  'GET /health/ready',
  'GET /openapi.json',
];
/** What a right for any dashboard will do for: the handler looks at each. */
const FOR_SOME = new Set(['GET /dashboards', 'POST /changes', 'POST /tickets']);
const WATCHED = ['/dashboard', '/dashboards/main'];

const documented = Object.entries((readDocument('openapi.json') as OpenApi).paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { description = '' }]) => ({
    line: `${method.toUpperCase()} ${path}`,
    needs: /^Needs the right `(\w+)`/m.exec(description)?.[1] ?? 'nothing',
  })),
);
const guarded = documented.filter(({ line }) => !FOR_EVERYBODY.includes(line));

/** A line of a route as it is asked for: in main. */
const asked = (line: string): string =>
  line.replace('{dashboard}', 'main').replace('{counter}', 'orders').replace('{asset}', 'x.js');

async function statusOf(port: number, text: string): Promise<readonly [status: number, code: string]> {
  const client = await connectRaw(port);
  client.send(text);
  if (text.startsWith('HEAD')) return [(await client.readHead()).status, ''];
  const { status, body } = await client.readResponse();
  return [status, (JSON.parse(body) as { code: string }).code];
}

/** What is answered to these lines with a token, or none. */
async function answersTo(lines: readonly string[], who?: keyof typeof SECRETS) {
  const { port } = await startApp(GUARDED);
  const answers = new Map<string, readonly [number, string]>();
  for (const line of lines)
    answers.set(line, await statusOf(port, formatRequest(asked(line), who && authorizeAs(who))));
  return answers;
}

/** The same answer to all of them. */
const all = (lines: readonly string[], status: number, code: string) =>
  new Map(lines.map((line) => [line, [status, line.startsWith('HEAD') ? '' : code] as const]));

const linesOf = (routes: readonly { readonly line: string }[]): string[] => routes.map(({ line }) => line);

it('the documents have every route that there is, and no other', async () => {
  const { app } = await startApp(GUARDED);
  const { router } = app.getHttpAdapter().getInstance() as Express as unknown as {
    router: { stack: readonly Layer[] };
  };
  const routes = router.stack.flatMap(({ route }) =>
    route
      ? Object.keys(route.methods).map(
          (method) => `${method.toUpperCase()} ${route.path.replace('{/}', '/').replaceAll(/:(\w+)/g, '{$1}')}`,
        )
      : [],
  );
  expect([...new Set(routes)].toSorted()).toEqual(linesOf(documented).toSorted());
});

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
}

it('what needs nothing is what is for everybody', () => {
  expect(linesOf(documented.filter(({ needs }) => needs === 'nothing')).toSorted()).toEqual(FOR_EVERYBODY);
});

it('without a token every other route answers 401, and to HEAD as well', async () => {
  const lines = linesOf(guarded);
  const heads = lines.filter((line) => line.startsWith('GET')).map((line) => line.replace('GET', 'HEAD'));
  expect(await answersTo([...lines, ...heads])).toEqual(all([...lines, ...heads], 401, 'token-required'));
});

it.each([
  ['reader', ['write', 'admin']],
  ['clerk', ['admin']],
] as const)('with the token of a %s every route that needs more answers 403', async (who, needs) => {
  const lines = linesOf(guarded.filter((route) => (needs as readonly string[]).includes(route.needs)));
  expect(lines.length).toBeGreaterThan(2);
  expect(await answersTo(lines, who)).toEqual(all(lines, 403, 'forbidden'));
});

it('with a token of all rights for another dashboard every route answers 403, but for those that look at each', async () => {
  const lines = linesOf(guarded).filter((line) => !FOR_SOME.has(line));
  expect(await answersTo(lines, 'shopAdmin')).toEqual(all(lines, 403, 'forbidden'));
});

describe.each([
  ['a WebSocket', (path: string, headers: object) => formatHandshake({ ...headers }, `GET ${path}`)],
  [
    'a stream of events',
    (path: string, headers: object) => formatRequest(`GET ${path}`, { Accept: 'text/event-stream', ...headers }),
  ],
])('%s', (_, text) => {
  it.each(WATCHED)('of %s is nobody\u2019s without a token of it', async (path) => {
    const { port } = await startApp(GUARDED);
    expect(await statusOf(port, text(path, {}))).toEqual([401, 'token-required']);
    expect(await statusOf(port, text(path, { Authorization: 'Bearer wrong' }))).toEqual([401, 'token-invalid']);
    expect(await statusOf(port, text(path, authorizeAs('shopAdmin')))).toEqual([403, 'forbidden']);
    const client = await connectRaw(port);
    client.send(text(path, authorizeAs('reader')));
    expect([101, 200]).toContain((await client.readHead()).status);
  });
});

let visits = 0;
@Controller()
class Forgetful {
  @Post('forgotten')
  visit(): string {
    visits += 1;
    return 'come in';
  }
}

@Module({
  imports: [AuthModule],
  controllers: [Forgetful],
  providers: [{ provide: APP_FILTER, useClass: ProblemFilter }],
})
class ForgetfulModule {}

it.each([
  ['open', {}],
  ['guarded', GUARDED],
])('a handler that says nothing of what it needs is not reached where the service is %s', async (_, guarding) => {
  const config = Object.assign(new Config(), { LOG_LEVEL: 'error', ...guarding });
  const module = { module: ForgetfulModule, imports: [ConfigModule.forRoot(config)] };
  const app: INestApplication<Server> = await NestFactory.create(module, new TallyboardExpressAdapter(config), {
    logger: false,
  });
  afterTest(() => app.close());
  await app.listen(0, '127.0.0.1');
  const { port } = new URL(await app.getUrl());
  excludeFromChecks(Number(port));
  expect(await statusOf(Number(port), formatRequest('POST /forgotten', authorizeAs('admin')))).toEqual([
    500,
    'internal-error',
  ]);
  expect(visits).toBe(0);
});

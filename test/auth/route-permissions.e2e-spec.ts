/** Every route refuses requests without the required right, and only public routes need no token. */
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

/** Routes that need no token. Adding one is a decision. */
const PUBLIC_ROUTES = [
  'GET /',
  'GET /assets/{asset}',
  'GET /asyncapi.json',
  'GET /docs',
  'GET /docs/{file}',
  'GET /embed.js',
  'GET /health/live',
  'GET /health/ready',
  'GET /manifest.webmanifest',
  'GET /openapi.json',
  'GET /worker.js',
  // The signature of the provider takes the place of a token.
  'OPTIONS /hooks/{hook}',
  'POST /hooks/{hook}',
];
/** Routes that accept a right for any dashboard: their handlers check each one. */
const ANY_DASHBOARD_ROUTES = new Set(['GET /dashboards', 'POST /changes', 'POST /tickets']);
const WATCHABLE_PATHS = ['/dashboard', '/dashboards/main'];

const documented = Object.entries((readDocument('openapi.json') as OpenApi).paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { description = '' }]) => ({
    line: `${method.toUpperCase()} ${path}`,
    role: /^Needs the right `(\w+)`/m.exec(description)?.[1] ?? 'none',
  })),
);
const guarded = documented.filter(({ line }) => !PUBLIC_ROUTES.includes(line));

/** Fills in the parameters of a route, for dashboard main. */
const fillParameters = (line: string): string =>
  line
    .replace('{dashboard}', 'main')
    .replace('{counter}', 'orders')
    .replace(/\{(asset|file)\}/, 'x.js');

async function requestStatus(port: number, text: string): Promise<readonly [status: number, code: string]> {
  const client = await connectRaw(port);
  client.send(text);
  if (text.startsWith('HEAD')) return [(await client.readHead()).status, ''];
  const { status, body } = await client.readResponse();
  return [status, (JSON.parse(body) as { code: string }).code];
}

/** Returns the responses to these request lines, with a token or without. */
async function readResponses(lines: readonly string[], who?: keyof typeof SECRETS) {
  const { port } = await startApp(GUARDED);
  const answers = new Map<string, readonly [number, string]>();
  // A badge would answer with a picture.
  const headers = { Accept: 'application/json', ...(who && authorizeAs(who)) };
  for (const line of lines) answers.set(line, await requestStatus(port, formatRequest(fillParameters(line), headers)));
  return answers;
}

/** The same response for all lines. */
const all = (lines: readonly string[], status: number, code: string) =>
  new Map(lines.map((line) => [line, [status, line.startsWith('HEAD') ? '' : code] as const]));

const getLines = (routes: readonly { readonly line: string }[]): string[] => routes.map(({ line }) => line);

it('the OpenAPI document has every route and no other', async () => {
  const { app } = await startApp(GUARDED);
  const { router } = app.getHttpAdapter().getInstance() as Express as unknown as {
    router: { stack: readonly Layer[] };
  };
  const routes = router.stack.flatMap(({ route }) =>
    route
      ? Object.keys(route.methods).map(
          (method) => `${method.toUpperCase()} ${route.path.replace('{/}', '').replaceAll(/:(\w+)/g, '{$1}')}`,
        )
      : [],
  );
  expect([...new Set(routes)].toSorted()).toEqual(getLines(documented).toSorted());
});

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
}

it('only public routes need no token', () => {
  expect(getLines(documented.filter(({ role }) => role === 'none')).toSorted()).toEqual(PUBLIC_ROUTES);
});

it('without a token every other route answers 401, and to HEAD as well', async () => {
  const lines = getLines(guarded);
  const heads = lines.filter((line) => line.startsWith('GET')).map((line) => line.replace('GET', 'HEAD'));
  expect(await readResponses([...lines, ...heads])).toEqual(all([...lines, ...heads], 401, 'token-required'));
});

it.each([
  ['reader', ['write', 'admin']],
  ['clerk', ['admin']],
] as const)('with the token of a %s every route that requires more answers 403', async (who, roles) => {
  const lines = getLines(guarded.filter((route) => (roles as readonly string[]).includes(route.role)));
  expect(lines.length).toBeGreaterThan(2);
  expect(await readResponses(lines, who)).toEqual(all(lines, 403, 'forbidden'));
});

it('with all rights for another dashboard every route answers 403, except those that check each dashboard', async () => {
  const lines = getLines(guarded).filter((line) => !ANY_DASHBOARD_ROUTES.has(line));
  expect(await readResponses(lines, 'shopAdmin')).toEqual(all(lines, 403, 'forbidden'));
});

describe.each([
  ['a WebSocket', (path: string, headers: object) => formatHandshake({ ...headers }, `GET ${path}`)],
  [
    'a stream of events',
    (path: string, headers: object) => formatRequest(`GET ${path}`, { Accept: 'text/event-stream', ...headers }),
  ],
])('%s', (_, text) => {
  it.each(WATCHABLE_PATHS)('of %s requires a token with the right to read it', async (path) => {
    const { port } = await startApp(GUARDED);
    expect(await requestStatus(port, text(path, {}))).toEqual([401, 'token-required']);
    expect(await requestStatus(port, text(path, { Authorization: 'Bearer wrong' }))).toEqual([401, 'token-invalid']);
    expect(await requestStatus(port, text(path, authorizeAs('shopAdmin')))).toEqual([403, 'forbidden']);
    const client = await connectRaw(port);
    client.send(text(path, authorizeAs('reader')));
    expect([101, 200]).toContain((await client.readHead()).status);
  });
});

let callCount = 0;
@Controller()
class Unguarded {
  @Post('unguarded')
  call(): string {
    callCount += 1;
    return 'reached';
  }
}

@Module({
  imports: [AuthModule],
  controllers: [Unguarded],
  providers: [{ provide: APP_FILTER, useClass: ProblemFilter }],
})
class UnguardedModule {}

it.each([
  ['open', {}],
  ['guarded', GUARDED],
])('a handler without a permission is never called if the service is %s', async (_, guarding) => {
  const config = Object.assign(new Config(), { LOG_LEVEL: 'error', ...guarding });
  const module = { module: UnguardedModule, imports: [ConfigModule.forRoot(config)] };
  const app: INestApplication<Server> = await NestFactory.create(module, new TallyboardExpressAdapter(config), {
    logger: false,
  });
  afterTest(() => app.close());
  await app.listen(0, '127.0.0.1');
  const { port } = new URL(await app.getUrl());
  excludeFromChecks(Number(port));
  expect(await requestStatus(Number(port), formatRequest('POST /unguarded', authorizeAs('admin')))).toEqual([
    500,
    'internal-error',
  ]);
  expect(callCount).toBe(0);
});

/** Query parameters that a route does not have, on every route of the OpenAPI document. */
import { TokenList } from '../../src/config/token-list.js';
import type { RouteDocs } from '../../src/http/api-docs.decorator.js';
import { formatHandshake, formatRequest } from '../harness/http-text.js';
import { startApp } from '../support/app.js';
import { TOKEN_VARIABLES } from '../support/attack-harness.js';
import { readDocument } from '../support/openapi-check.js';
import { connectRaw } from '../support/raw-http.js';

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly tags: readonly RouteDocs['tag'][];
}

const { paths } = readDocument('openapi.json') as unknown as { paths: Record<string, Record<string, Operation>> };
const routes = Object.entries(paths).flatMap(([path, operations]) =>
  Object.entries(operations).map(([method, { parameters = [], tags }]) => ({
    line: `${method.toUpperCase()} ${path}`,
    tags,
    parameters: parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name),
  })),
);

/** Routes that ignore what they do not know. Adding one is a decision. */
const TOLERANT_ROUTES = new Set([
  'GET /',
  'GET /assets/{asset}',
  'GET /docs',
  'GET /docs/{file}',
  'GET /embed.js',
  'GET /health/live',
  'GET /health/ready',
  'GET /manifest.webmanifest',
  'GET /metrics',
  'GET /worker.js',
  'POST /order',
  'DELETE /order',
  'POST /sign-up',
  'DELETE /sign-off',
  'POST /product',
  'DELETE /product',
]);

const fillPath = (line: string): string =>
  line
    .replace('{dashboard}', 'main')
    .replace('{counter}', 'orders')
    .replace(/\{(asset|file)\}/, 'x.js');

interface Answer {
  readonly status: number;
  readonly code?: string;
  readonly detail?: string;
  readonly near?: readonly string[];
}

/** Sends a request line, and returns the problem that it gets, or nothing but the status. */
async function request(port: number, line: string, headers: Record<string, string> = {}): Promise<Answer> {
  const client = await connectRaw(port);
  // A badge would answer with a picture.
  client.send(formatRequest(line, { Accept: 'application/json', Connection: 'close', ...headers }));
  const { status, body, headers: answered } = await client.readResponse();
  client.close();
  return answered['content-type']?.startsWith('application/problem+json') ? (JSON.parse(body) as Answer) : { status };
}

async function requestAll(suffix: (parameters: readonly string[]) => string) {
  const { port } = await startApp({ STORE: 'memory' });
  const answers: [line: string, code: string | undefined][] = [];
  for (const { line, parameters } of routes) {
    const { code } = await request(port, `${fillPath(line)}?${suffix(parameters)}`);
    answers.push([line, code]);
  }
  return answers;
}

describe('an unknown query parameter', () => {
  it('is refused by every route but the tolerant ones', async () => {
    const answers = await requestAll(() => 'form=1');
    const refusing = answers.filter(([, code]) => code === 'unknown-parameter').map(([line]) => line);
    const strict = routes.map(({ line }) => line).filter((line) => !TOLERANT_ROUTES.has(line));
    expect(refusing.toSorted()).toEqual(strict.toSorted());
  });

  it('is none of those that the document has for the route', async () => {
    const answers = await requestAll((parameters) => parameters.map((name) => `${name}=`).join('&'));
    expect(answers.filter(([, code]) => code === 'unknown-parameter')).toEqual([]);
  });

  it.each([
    ['form=1&step=1m', 'unknown parameter form: did you mean from or format?', ['from', 'format']],
    ['frm=1&foo=2', 'unknown parameter frm: did you mean from?', ['from']],
    ['weather=1', 'unknown parameter weather: the route has counters, from, to, step, format, ticket', []],
    ['counters[]=orders', 'unknown parameter counters[]: did you mean counters?', ['counters']],
  ])('gets similar ones, or all that there are: %s', async (query, detail, near) => {
    const { port } = await startApp({ STORE: 'memory' });
    const answer = await request(port, `GET /dashboards/main/history?${query}`);
    expect(answer).toMatchObject({ status: 400, code: 'unknown-parameter', detail, near });
  });

  it('is refused to streams too, which take a ticket', async () => {
    const { port } = await startApp({ STORE: 'memory' });
    const refusal = { status: 400, code: 'unknown-parameter', near: ['counters'] };
    const path = '/dashboards/main?counter=orders';
    expect(await request(port, `GET ${path}`, { Accept: 'text/event-stream' })).toMatchObject(refusal);
    const refused = await connectRaw(port);
    refused.send(formatHandshake({}, `GET ${path}`));
    expect(JSON.parse((await refused.readResponse()).body)).toMatchObject(refusal);
    const upgraded = await connectRaw(port);
    upgraded.send(formatHandshake({}, 'GET /dashboard?ticket=&periods=day'));
    expect((await upgraded.readHead()).status).toBe(101);
  });

  it('is not told to a stranger', async () => {
    const { port } = await startApp({ STORE: 'memory', READ_TOKENS: TokenList.parse(TOKEN_VARIABLES.READ_TOKENS) });
    expect(await request(port, 'GET /dashboards/main/history?form=1')).toMatchObject({ code: 'token-required' });
  });
});

/** The check of responses and frames against the documents reports what they do not allow, and nothing else. */
import type { ServerResponse } from 'node:http';
import { startApp } from '../support/app.js';
import { checkFrame, takeFaults } from '../support/response-check.js';
import {
  type CheckedRequest,
  type CheckedResponse,
  findResponseFaults,
  type OpenApi,
  readDocument,
} from '../support/openapi-check.js';
import { startHttpServer } from '../support/http-server.js';

const openApi = readDocument('openapi.json') as OpenApi;
const ORDER: CheckedRequest = { method: 'POST', path: '/order' };
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const OUTCOME = { dashboard: 'main', revision: 1, at: 1, counters: { orders: 1 }, replayed: false };
const PROBLEM = {
  type: 'urn:tallyboard:problem:counter-full',
  title: 'Counter limit exceeded',
  status: 400,
  detail: 'full',
  code: 'counter-full',
  remedy: 'less',
};
const PROBLEM_HEADERS = {
  'content-type': 'application/problem+json',
  'cache-control': 'no-store',
  'x-request-id': 'a',
};

/** Starts a server that poses as Tallyboard. */
async function startServer(answer: (response: ServerResponse) => void): Promise<string> {
  const { url } = await startHttpServer((_, response) => answer(response));
  return url;
}

function json(status: number, body: object, headers: Readonly<Record<string, string>> = JSON_TYPE): CheckedResponse {
  return { status, headers, body: JSON.stringify(body) };
}

it('the check reports nothing for documented responses', () => {
  const text = { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'Order Added' };
  expect(findResponseFaults(openApi, ORDER, text)).toEqual([]);
  expect(findResponseFaults(openApi, ORDER, json(200, OUTCOME))).toEqual([]);
  expect(findResponseFaults(openApi, ORDER, json(400, PROBLEM, PROBLEM_HEADERS))).toEqual([]);
});

const WRONG: Readonly<Record<string, [CheckedRequest | undefined, CheckedResponse, RegExp]>> = {
  'an undocumented status': [ORDER, json(201, OUTCOME), /^the status 201 Created is not documented$/],
  'an undocumented media type': [
    ORDER,
    json(200, OUTCOME, { 'content-type': 'text/html' }),
    /^the type text\/html is not documented$/,
  ],
  'a missing media type': [ORDER, { status: 200, headers: {} }, /^there is no Content-Type/],
  'an undocumented header': [
    ORDER,
    json(200, OUTCOME, { ...JSON_TYPE, etag: '"1"' }),
    /^the header etag is not documented$/,
  ],
  'a missing header': [
    ORDER,
    json(400, PROBLEM, { 'content-type': 'application/problem+json', 'x-request-id': 'a' }),
    /cache-control is missing/,
  ],
  'an invalid header value': [
    ORDER,
    json(200, OUTCOME, { ...JSON_TYPE, 'idempotent-replayed': 'yes' }),
    /^the header idempotent-replayed: yes is not as documented/,
  ],
  'an additional member': [ORDER, json(200, { ...OUTCOME, extra: 1 }), /must NOT have additional properties/],
  'a missing member': [ORDER, json(200, { ...OUTCOME, at: undefined }), /must have required property 'at'/],
  'a value out of range': [
    ORDER,
    json(200, { ...OUTCOME, counters: { orders: -(2 ** 53) } }),
    /must be >= -9007199254740991/,
  ],
  'a code that the route does not document': [
    ORDER,
    json(400, { ...PROBLEM, code: 'nothing-to-remove' }, PROBLEM_HEADERS),
    /code must be equal to one of the allowed values/,
  ],
  'an invalid line of a stream': [
    { method: 'POST', path: '/changes' },
    {
      status: 200,
      headers: {
        'content-type': 'application/x-ndjson',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
      },
      body: `${JSON.stringify(OUTCOME)}\n{"revision":1}\n`,
    },
    /^\{"revision":1\} is not as documented/,
  ],
  'an incomplete Allow header': [
    { method: 'PATCH', path: '/order' },
    json(405, { ...PROBLEM, status: 405, code: 'method-not-allowed' }, { ...PROBLEM_HEADERS, allow: 'POST' }),
    /^Allow is POST, and documented are POST,DELETE,OPTIONS$/,
  ],
  'a success where there is no route': [{ method: 'GET', path: '/nowhere' }, json(200, {}), /^the status 200 OK/],
  'an invalid body that was accepted': [
    { method: 'POST', path: '/dashboards/main/changes', body: '{"changes":[]}' },
    json(200, OUTCOME),
    /was accepted, but the document does not allow it/,
  ],
  'a valid body that was refused': [
    { method: 'POST', path: '/dashboards/main/changes', body: '{"changes":[{"counter":"orders","by":1}]}' },
    json(
      400,
      { ...PROBLEM, code: 'invalid-request', errors: [{ pointer: '/changes', detail: 'no' }] },
      PROBLEM_HEADERS,
    ),
    /was rejected for its shape, but the document allows it/,
  ],
};

describe('the check reports', () => {
  it.each(Object.entries(WRONG))('%s', (_, [asked, answered, fault]) => {
    const faults = findResponseFaults(openApi, asked, answered);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(fault);
  });
});

describe('in tests, the check', () => {
  it('reports an undocumented response to fetch', async () => {
    const url = await startServer((response) => response.writeHead(200, JSON_TYPE).end('{"revision":"1"}'));
    await fetch(`${url}/order`, { method: 'POST' });
    const [fault, ...others] = await takeFaults();
    expect(others).toEqual([]);
    expect(fault).toMatch(/^POST \/order was answered with 200: \{"revision":"1"\} is not as documented: /);
  });

  it('reports an undocumented event in a stream read by fetch', async () => {
    const head = { 'content-type': 'text/event-stream', 'cache-control': 'no-store, no-transform', vary: 'Accept' };
    const url = await startServer((response) => response.writeHead(200, head).end('data: {"type":"news"}\n\n'));
    await (await fetch(`${url}/dashboard`)).text();
    const [fault, ...others] = await takeFaults();
    expect(others).toEqual([]);
    expect(fault).toMatch(/^the frame \{"type":"news"\} is not as documented for events: /);
  });

  it.each([
    ['bare', '{"orders":"1"}'],
    ['bare', '{"orders":1.5}'],
    ['v1', 'hello'],
    ['v1', '{"orders":1}'],
    ['v1', '{"type":"heartbeat","revision":1}'],
    ['v1', '{"type":"patch","from":0,"revision":1,"at":1,"counters":{},"more":1}'],
    ['events', '{"type":"heartbeat","revision":1,"at":1}'],
  ] as const)('reports an undocumented frame for %s: %s', async (kind, text) => {
    checkFrame(text, kind);
    const faults = await takeFaults();
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`the frame ${text} is not as documented for ${kind}: `);
  });

  it('reports nothing for documented responses and frames', async () => {
    const { url } = await startApp({ STORE: 'memory' });
    await fetch(`${url}/order`, { method: 'POST' });
    checkFrame('{"orders":1}', 'bare');
    checkFrame('{"type":"heartbeat","revision":1,"at":1}', 'v1');
    expect(await takeFaults()).toEqual([]);
  });
});

/**
 * Validates every response and frame that a test receives against the OpenAPI and AsyncAPI documents. Faults are
 * collected here; `api-docs-setup.ts` fails the test that has any.
 */
import type { IncomingMessage } from 'node:http';
import { createParser } from 'eventsource-parser';
import { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../../src/protocol/live-messages.js';
import {
  type CheckedResponse,
  type CheckedRequest,
  findSchemaFault,
  findResponseFaults,
  type OpenApi,
  readDocument,
} from './openapi-check.js';
import { readViolations, routeThroughProxy } from './checking-proxy.js';
import { stripBasePath } from './base-path.js';

type FrameKind = 'bare' | 'v1' | 'events';

interface AsyncApi {
  readonly operations: Readonly<Record<string, { readonly messages: readonly { readonly $ref: string }[] }>>;
  readonly components: { readonly schemas: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
}

const openApi = readDocument('openapi.json') as OpenApi;
const { operations, components } = readDocument('asyncapi.json') as AsyncApi;
const frameSchemas = Object.fromEntries(
  (['bare', 'v1', 'events'] as const).map((kind) => [kind, createFrameSchema(kind)]),
);

const uncheckedPorts = new Set<string>();
/** Limit in characters: a fault may quote a body of a thousand counters. */
const MAX_FAULT_LENGTH = 1_000;
const faults: string[] = [];
const pendingChecks = new Set<Promise<void>>();

/** Excludes a port from the checks, because its server is not Tallyboard. */
export function excludeFromChecks(port: number): void {
  uncheckedPorts.add(String(port));
}

const REQUEST_PATTERN = /([A-Z]+) (?:http:\/\/[^/\s]+)?(\/\S*) HTTP\/1\.[01]\r\n((?:[^\r]+\r\n)*)\r\n/g;

/** Parses the well-formed requests in the bytes that a client has sent. Bodies are skipped. */
export function parseRequests(text: string): CheckedRequest[] {
  const requests: CheckedRequest[] = [];
  const pattern = new RegExp(REQUEST_PATTERN);
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const [, method = '', path = '', headers = ''] = match;
    requests.push({ method, path, handshake: /^upgrade: websocket\r$/im.test(headers) });
    if (/^transfer-encoding: chunked\r$/im.test(headers)) {
      const end = text.indexOf('\r\n0\r\n', pattern.lastIndex - 2);
      pattern.lastIndex = end < 0 ? text.length : end;
    } else pattern.lastIndex += Number(/^content-length: (\d+)\r$/im.exec(headers)?.[1] ?? 0);
  }
  return requests;
}

/** Validates a response against the OpenAPI document. @param request undefined for a malformed request */
export function checkApiResponse(request: CheckedRequest | undefined, response: CheckedResponse, port?: number): void {
  if (port !== undefined && uncheckedPorts.has(String(port))) return;
  // CORS preflights are not part of the API.
  if (request?.method === 'OPTIONS' && response.status === 204) return;
  const path = request && stripBasePath(port, request.path);
  // The base path without its slash is redirected before routing.
  if (request && path === undefined) return;
  const description = request ? `${request.method} ${request.path}` : 'A malformed request';
  for (const fault of findResponseFaults(openApi, request && { ...request, path: path ?? '' }, response))
    faults.push(`${description} was answered with ${response.status}: ${fault}`.slice(0, MAX_FAULT_LENGTH));
}

/**
 * Validates a response of Node's `http` client against the OpenAPI document.
 * @param port of the server
 * @param body the body, or one line of it; not validated if absent
 */
export function checkIncomingMessage(
  request: CheckedRequest,
  { statusCode = 0, headers }: IncomingMessage,
  port: number,
  body?: string,
): void {
  const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  checkApiResponse(request, { status: statusCode, headers: texts, ...(body !== undefined && { body }) }, port);
}

/** Validates a frame against the AsyncAPI document. */
export function checkFrame(text: string, kind: FrameKind): void {
  const fault = isJson(text)
    ? findSchemaFault(JSON.parse(text), frameSchemas[kind] ?? {}, components)
    : 'it is not JSON';
  if (fault) faults.push(`the frame ${text} is not as documented for ${kind}: ${fault}`);
}

/** A WebSocket that validates its frames. */
export class CheckedWebSocket extends WebSocket {
  constructor(...args: ConstructorParameters<typeof WebSocket>) {
    super(...args);
    if (uncheckedPorts.has(new URL(args[0]).port)) return;
    this.on('message', (bytes: Buffer) => checkFrame(bytes.toString(), this.protocol === SUBPROTOCOL ? 'v1' : 'bare'));
  }
}

const plainFetch = globalThis.fetch;

/** A `fetch` that validates responses, including the events of an event stream. */
export async function fetchChecked(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
  const response = await plainFetch(...routeThroughProxy(input, init));
  const { pathname, search, port } = new URL(input instanceof Request ? input.url : input);
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
  const body = typeof init?.body === 'string' ? { body: init.body } : {};
  const { status, headers } = response;
  const violations = readViolations(response);
  if (violations) faults.push(`${method} ${pathname}${search} was answered with ${status}; Prism: ${violations}`);
  const checkedResponse = { status, headers: Object.fromEntries(headers) };
  const check = (bodyPart: { body?: string }) =>
    checkApiResponse({ method, path: pathname + search, ...body }, { ...checkedResponse, ...bodyPart }, Number(port));
  if (headers.get('content-type')?.startsWith('text/event-stream')) {
    check({});
    return new Response(response.body?.pipeThrough(createEventCheck()) ?? null, { status, headers });
  }
  const bodyCheck = response
    .clone()
    .text()
    // A truncated response is not a fault here; the test decides.
    .then(
      (text) => check({ body: text }),
      () => {},
    )
    .finally(() => pendingChecks.delete(bodyCheck));
  pendingChecks.add(bodyCheck);
  return response;
}

/** Creates a pass-through stream that validates each event. */
function createEventCheck(): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  const parser = createParser({ onEvent: ({ data }) => checkFrame(data, 'events') });
  return new TransformStream({
    transform(bytes, controller) {
      parser.feed(decoder.decode(bytes, { stream: true }));
      controller.enqueue(bytes);
    },
  });
}

/** Waits for pending checks, and returns and clears the faults. */
export async function takeFaults(): Promise<string[]> {
  await Promise.all(pendingChecks);
  return faults.splice(0);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function createFrameSchema(kind: FrameKind): Readonly<Record<string, unknown>> {
  const names = operations[`main.${kind}`]?.messages.map(({ $ref }) => $ref.split('/').at(-1) ?? '') ?? [];
  return { oneOf: names.map((name) => ({ $ref: `#/components/schemas/${name}` })) };
}

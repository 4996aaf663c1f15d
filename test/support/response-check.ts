/** What tests get, held against the documents: answers as they come, frames as they come. On for every test of a whole application. */
import type { IncomingMessage } from 'node:http';
import { createParser } from 'eventsource-parser';
import { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../../src/protocol/live-messages.js';
import { type Answered, type Asked, faultOf, faultsOf, type OpenApi, readDocument } from './openapi-check.js';
import { withoutPrefix } from './base-path.js';

type Kind = 'bare' | 'v1' | 'events';

interface AsyncApi {
  readonly operations: Readonly<Record<string, { readonly messages: readonly { readonly $ref: string }[] }>>;
  readonly components: { readonly schemas: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
}

const openApi = readDocument('openapi.json') as OpenApi;
const { operations, components } = readDocument('asyncapi.json') as AsyncApi;
const frames = Object.fromEntries((['bare', 'v1', 'events'] as const).map((kind) => [kind, schemaOf(kind)]));

const strangers = new Set<string>();
/** A fault may quote a body of a thousand counters. */
const MOST_CHARACTERS = 1_000;
const found: string[] = [];
const pending = new Set<Promise<void>>();

/** Says that a server is not Tallyboard: what it answers is its own affair. */
export function isStranger(port: number): void {
  strangers.add(String(port));
}

const REQUEST = /([A-Z]+) (?:http:\/\/[^/\s]+)?(\/\S*) HTTP\/1\.[01]\r\n((?:[^\r]+\r\n)*)\r\n/g;

/** The requests in what a client has sent, as far as they can be told: what a body holds is none. */
export function requestsIn(text: string): Asked[] {
  const requests: Asked[] = [];
  const look = new RegExp(REQUEST);
  for (let match = look.exec(text); match; match = look.exec(text)) {
    const [, method = '', path = '', headers = ''] = match;
    requests.push({ method, path, handshake: /^upgrade: websocket\r$/im.test(headers) });
    if (/^transfer-encoding: chunked\r$/im.test(headers)) {
      const end = text.indexOf('\r\n0\r\n', look.lastIndex - 2);
      look.lastIndex = end < 0 ? text.length : end;
    } else look.lastIndex += Number(/^content-length: (\d+)\r$/im.exec(headers)?.[1] ?? 0);
  }
  return requests;
}

/** Holds an answer against the OpenAPI document. */
export function checkAnswer(asked: Asked | undefined, answered: Answered, port?: number): void {
  if (port !== undefined && strangers.has(String(port))) return;
  // What a browser asks on its own, before a page's request, is no part of the API (CORS).
  if (asked?.method === 'OPTIONS' && answered.status === 204) return;
  const path = asked && withoutPrefix(port, asked.path);
  // A slash is added before there is a route.
  if (asked && path === undefined) return;
  const what = asked ? `${asked.method} ${asked.path}` : 'A broken request';
  for (const fault of faultsOf(openApi, asked && { ...asked, path: path ?? '' }, answered))
    found.push(`${what} was answered with ${answered.status}: ${fault}`.slice(0, MOST_CHARACTERS));
}

/**
 * Holds an answer of Node's own client against the document.
 * @param port where the client asked
 * @param body the body, or a line of it; absent: not looked at
 */
export function checkResponse(
  asked: Asked,
  { statusCode = 0, headers }: IncomingMessage,
  port: number,
  body?: string,
): void {
  const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  checkAnswer(asked, { status: statusCode, headers: texts, ...(body !== undefined && { body }) }, port);
}

/** Holds a frame against the AsyncAPI document. */
export function checkFrame(text: string, kind: Kind): void {
  const fault = isJson(text) ? faultOf(JSON.parse(text), frames[kind] ?? {}, components) : 'it is not JSON';
  if (fault) found.push(`the frame ${text} is not as documented for ${kind}: ${fault}`);
}

/** A WebSocket whose frames are held against the document. */
export class CheckedWebSocket extends WebSocket {
  constructor(...args: ConstructorParameters<typeof WebSocket>) {
    super(...args);
    if (strangers.has(new URL(args[0]).port)) return;
    this.on('message', (bytes: Buffer) => checkFrame(bytes.toString(), this.protocol === SUBPROTOCOL ? 'v1' : 'bare'));
  }
}

const plainFetch = globalThis.fetch;

/** `fetch` whose answers are held against the documents, and so are the events of a stream. */
export async function checkedFetch(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
  const response = await plainFetch(input, init);
  const { pathname, search, port } = new URL(input instanceof Request ? input.url : input);
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
  const body = typeof init?.body === 'string' ? { body: init.body } : {};
  const { status, headers } = response;
  const answered = { status, headers: Object.fromEntries(headers) };
  const check = (more: { body?: string }) =>
    checkAnswer({ method, path: pathname + search, ...body }, { ...answered, ...more }, Number(port));
  if (headers.get('content-type')?.startsWith('text/event-stream')) {
    check({});
    return new Response(response.body?.pipeThrough(checkEvents()) ?? null, { status, headers });
  }
  const whole = response
    .clone()
    .text()
    // An answer that was cut is for the test to judge.
    .then(
      (text) => check({ body: text }),
      () => {},
    )
    .finally(() => pending.delete(whole));
  pending.add(whole);
  return response;
}

/** Passes a stream of events on as it is, and looks at each. */
function checkEvents(): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  const parser = createParser({ onEvent: ({ data }) => checkFrame(data, 'events') });
  return new TransformStream({
    transform(bytes, passing) {
      parser.feed(decoder.decode(bytes, { stream: true }));
      passing.enqueue(bytes);
    },
  });
}

/** Takes what was found since the last time, when all answers have been looked at. */
export async function takeFaults(): Promise<string[]> {
  await Promise.all(pending);
  return found.splice(0);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function schemaOf(kind: Kind): Readonly<Record<string, unknown>> {
  const names = operations[`main.${kind}`]?.messages.map(({ $ref }) => $ref.split('/').at(-1) ?? '') ?? [];
  return { oneOf: names.map((name) => ({ $ref: `#/components/schemas/${name}` })) };
}

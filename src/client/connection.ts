/** One connection to a dashboard: a WebSocket or a stream of server-sent events, with the same messages. */
import { CLOSE_CODES } from '../protocol/close-codes.js';
import { SUBPROTOCOL } from '../protocol/live-messages.js';
import { createEventParser, EVENT_STREAM } from './event-stream.js';
import { toWebSocketUrl } from './urls.js';
import { type ServerProblem, readProblem } from './errors.js';
import { isTransientStatus, readRetryAfterMs } from './retry-delay.js';

/** Unlike an `EventSource`, for which proxies hide errors, the client needs the problem of a refusal. */
const ACCEPT = `${EVENT_STREAM}, application/problem+json`;

export interface ConnectionEnd {
  readonly reason: string;
  /** True if reconnecting cannot help. */
  readonly final: boolean;
  readonly code?: number;
  /** The server's refusal, if it refused the connection. */
  readonly problem?: ServerProblem;
  /** Milliseconds that the server asks the client to wait before it reconnects. */
  readonly retryAfterMs?: number | undefined;
}

export interface ConnectionListener {
  /** Called whenever bytes arrive, heartbeats included. */
  onActivity(): void;
  onMessage(text: string): void;
  /** Called once when the connection ends or cannot be opened. Ignore it after `close`. */
  onEnd(end: ConnectionEnd): void;
}

export interface LiveConnection {
  close(): void;
}

/** The part of the WebSocket interface that the client uses. */
interface WebSocketLike {
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason: string }) => void): void;
  addEventListener(type: 'error', listener: () => void): void;
  close(): void;
  /** Closes without waiting for the peer. `ws` has it, browsers do not. */
  terminate?(): void;
}

/** A WebSocket class: the browser's, Node's (22 and later), or that of the package `ws`. */
export type WebSocketClass = new (url: string, protocol: string) => WebSocketLike;

/** Opens a WebSocket. Browsers report every failed handshake as 1006: request the URL over HTTP to learn the reason. */
export function openWebSocket(
  Class: WebSocketClass,
  url: URL,
  listener: ConnectionListener,
  ticket?: string,
): LiveConnection {
  const socket = new Class(toWebSocketUrl(url, ticket), SUBPROTOCOL);
  socket.addEventListener('message', ({ data }) => {
    listener.onActivity();
    listener.onMessage(String(data));
  });
  socket.addEventListener('close', ({ code, reason }) => {
    const closeCode = Object.values(CLOSE_CODES).find((known) => known.code === code);
    listener.onEnd({
      code,
      reason: reason || (closeCode?.reason ?? 'connection lost'),
      final: closeCode?.reconnect === false,
    });
  });
  // A close event with the details follows.
  socket.addEventListener('error', () => {});
  return { close: () => (socket.terminate ? socket.terminate() : socket.close()) };
}

/**
 * Opens a stream of server-sent events with `fetch`. Unlike `EventSource` it sees refusals and heartbeats, and sends
 * headers.
 */
export function openEventStream(
  url: URL,
  headers: Record<string, string>,
  listener: ConnectionListener,
  fetch = globalThis.fetch,
): LiveConnection {
  const controller = new AbortController();
  const init = { headers: { ...headers, accept: ACCEPT }, signal: controller.signal };
  void readEventStream(fetch(url, init), listener)
    .catch((error: unknown) => ({ reason: describeFetchError(error), final: false }))
    .then((end) => controller.signal.aborted || listener.onEnd(end));
  return { close: () => controller.abort() };
}

async function readEventStream(answer: Promise<Response>, listener: ConnectionListener): Promise<ConnectionEnd> {
  const response = await answer;
  if (!response.ok) {
    const problem = await readProblem(response);
    const final = !isTransientStatus(response.status);
    return { reason: problem.detail, final, problem, retryAfterMs: readRetryAfterMs(response) };
  }
  if (!response.body || !response.headers.get('content-type')?.startsWith(EVENT_STREAM)) {
    await response.body?.cancel();
    return { reason: 'the response is not an event stream', final: false };
  }
  const parse = createEventParser();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    listener.onActivity();
    for (const { data } of parse(chunk.value)) if (data !== undefined) listener.onMessage(data);
  }
  return { reason: 'the stream ended', final: false };
}

/** Returns why `fetch` failed. Node gives the reason as the error's cause; browsers give none. */
function describeFetchError(error: unknown): string {
  if (error instanceof Error && error.cause instanceof Error) return error.cause.message;
  return error instanceof TypeError ? 'cannot reach the server' : String(error);
}

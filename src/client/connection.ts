/** One connection to a dashboard, by WebSocket or as a stream of server-sent events: the same messages either way. */
import { createParser } from 'eventsource-parser';
import { CLOSE_CODES } from '../protocol/close-codes.js';
import { SUBPROTOCOL } from '../protocol/live-messages.js';
import { toWebSocketUrl } from './urls.js';
import { type ServerProblem, readProblem } from './errors.js';
import { isTransientStatus, readRetryAfterMs } from './retry.js';

/** Why a connection ended. */
export interface ConnectionEnd {
  readonly reason: string;
  /** True when there is no use in coming back. */
  readonly final: boolean;
  /** Close code of a WebSocket. */
  readonly code?: number;
  /** Why the server refused it. */
  readonly problem?: ServerProblem;
  /** How long the server wants to be left alone, milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** Who is told what a connection does. */
export interface ConnectionListener {
  /** Something came: the connection lives. */
  onActivity(): void;
  onMessage(text: string): void;
  /** It is over, or was never to be. Comes once, unless the connection is closed from here. */
  onEnd(end: ConnectionEnd): void;
}

export interface LiveConnection {
  close(): void;
}

/** As much of a WebSocket as is used here. */
interface WebSocketLike {
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason: string }) => void): void;
  addEventListener(type: 'error', listener: () => void): void;
  close(): void;
  /** Ends it without waiting for the other side. `ws` has it, browsers do not. */
  terminate?(): void;
}

/** A class of WebSockets: the browser's, Node's (22 and later), or that of `ws`. */
export type WebSocketClass = new (url: string, protocol: string) => WebSocketLike;

/** Watches by WebSocket. Why a handshake failed is not told to pages (it is a 1006): ask over HTTP. */
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
      reason: reason || (closeCode?.reason ?? 'the connection was cut'),
      final: closeCode?.reconnect === false,
    });
  });
  // The close that follows says all there is to say.
  socket.addEventListener('error', () => {});
  return { close: () => (socket.terminate ? socket.terminate() : socket.close()) };
}

/** Watches by server-sent events. `fetch` sees refusals and heartbeats and carries a token; `EventSource` does none of that. */
export function openEventStream(
  url: URL,
  headers: Record<string, string>,
  listener: ConnectionListener,
): LiveConnection {
  const controller = new AbortController();
  void readEventStream(
    url,
    { headers: { ...headers, accept: 'text/event-stream' }, signal: controller.signal },
    listener,
  )
    .catch((error: unknown) => ({ reason: describeFetchError(error), final: false }))
    .then((end) => controller.signal.aborted || listener.onEnd(end));
  return { close: () => controller.abort() };
}

async function readEventStream(url: URL, init: RequestInit, listener: ConnectionListener): Promise<ConnectionEnd> {
  const response = await fetch(url, init);
  if (!response.ok) {
    const problem = await readProblem(response);
    const final = !isTransientStatus(response.status);
    return { reason: problem.detail, final, problem, retryAfterMs: readRetryAfterMs(response) };
  }
  if (!response.body || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
    await response.body?.cancel();
    return { reason: 'neither WebSocket nor a stream is to be had there', final: false };
  }
  const parser = createParser({ onEvent: ({ data }) => listener.onMessage(data) });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    listener.onActivity();
    parser.feed(chunk.value);
  }
  return { reason: 'the stream ended', final: false };
}

/** `fetch` itself says no more than that it failed: Node tells the reason as the cause, browsers tell none. */
function describeFetchError(error: unknown): string {
  if (error instanceof Error && error.cause instanceof Error) return error.cause.message;
  return error instanceof TypeError ? 'the server cannot be reached' : String(error);
}

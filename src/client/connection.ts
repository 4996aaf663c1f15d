/** One connection to a dashboard, by WebSocket or as a stream of server-sent events: the same messages either way. */
import { createParser } from 'eventsource-parser';
import { CLOSE_CODES, SUBPROTOCOL } from '../protocol/live-messages.js';
import { socketUrl } from './urls.js';
import { isPassing, type Problem, problemOf, retryAfterMs } from './errors.js';

/** Why a connection ended. */
export interface End {
  readonly reason: string;
  /** True when there is no use in coming back. */
  readonly final: boolean;
  /** Close code of a WebSocket. */
  readonly code?: number;
  /** Why the server refused it. */
  readonly problem?: Problem;
  /** How long the server wants to be left alone, milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** Who is told what a connection does. */
export interface Listener {
  /** Something came: the connection lives. */
  heard(): void;
  message(text: string): void;
  /** It is over, or was never to be. Comes once, unless the connection is closed from here. */
  ended(end: End): void;
}

export interface Connection {
  close(): void;
}

/** As much of a WebSocket as is used here. */
export interface Socket {
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason: string }) => void): void;
  addEventListener(type: 'error', listener: () => void): void;
  close(): void;
  /** Ends it without waiting for the other side. `ws` has it, browsers do not. */
  terminate?(): void;
}

/** A class of WebSockets: the browser's, Node's (22 and later), or that of `ws`. */
export type SocketClass = new (url: string, protocol: string) => Socket;

/** Watches by WebSocket. Why a handshake failed is not told to pages (it is a 1006): ask over HTTP. */
export function openSocket(Class: SocketClass, url: URL, listener: Listener, ticket?: string): Connection {
  const socket = new Class(socketUrl(url, ticket), SUBPROTOCOL);
  socket.addEventListener('message', ({ data }) => {
    listener.heard();
    listener.message(String(data));
  });
  socket.addEventListener('close', ({ code, reason }) => {
    const known = Object.values(CLOSE_CODES).find((one) => one.code === code);
    listener.ended({
      code,
      reason: reason || (known?.reason ?? 'the connection was cut'),
      final: known?.reconnect === false,
    });
  });
  // The close that follows says all there is to say.
  socket.addEventListener('error', () => {});
  return { close: () => (socket.terminate ? socket.terminate() : socket.close()) };
}

/** Watches by server-sent events. `fetch` sees refusals and heartbeats and carries a token; `EventSource` does none of that. */
export function openStream(url: URL, headers: Record<string, string>, listener: Listener): Connection {
  const cut = new AbortController();
  void read(url, { headers: { ...headers, accept: 'text/event-stream' }, signal: cut.signal }, listener)
    .catch((error: unknown) => ({ reason: reasonOf(error), final: false }))
    .then((end) => cut.signal.aborted || listener.ended(end));
  return { close: () => cut.abort() };
}

async function read(url: URL, init: RequestInit, listener: Listener): Promise<End> {
  const response = await fetch(url, init);
  if (!response.ok) {
    const problem = await problemOf(response);
    const final = !isPassing(response.status);
    return { reason: problem.detail, final, problem, retryAfterMs: retryAfterMs(response) };
  }
  if (!response.body || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
    await response.body?.cancel();
    return { reason: 'neither WebSocket nor a stream is to be had there', final: false };
  }
  const parser = createParser({ onEvent: ({ data }) => listener.message(data) });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    listener.heard();
    parser.feed(part.value);
  }
  return { reason: 'the stream ended', final: false };
}

/** `fetch` itself says no more than that it failed: Node tells the reason as the cause, browsers tell none. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && error.cause instanceof Error) return error.cause.message;
  return error instanceof TypeError ? 'the server cannot be reached' : String(error);
}

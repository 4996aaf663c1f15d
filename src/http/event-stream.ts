/** Responses that are streams of server-sent events. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Request, Response } from 'express';
import { TallyError } from '../counters/errors.js';

const EVENT_STREAM = 'text/event-stream';
const EVENT_STREAM_HEADERS = {
  'Content-Type': `${EVENT_STREAM}; charset=utf-8`,
  // A proxy that compresses would hold events back until its buffer is full.
  'Cache-Control': 'no-store, no-transform',
  // Otherwise nginx buffers events.
  'X-Accel-Buffering': 'no',
};
/** Time that a client waits before it reconnects to a broken stream, milliseconds (the `retry` field). */
const RECONNECT_DELAY_MS = 2_000;
export const RETRY_FIELD = Buffer.from(`retry: ${RECONNECT_DELAY_MS}\n\n`);

/** True if the client prefers an event stream. A client without a preference gets JSON. */
export function prefersEventStream(request: Request): boolean {
  if (!request.headers.accept?.includes(EVENT_STREAM)) return false;
  return request.accepts(['json', EVENT_STREAM]) === EVENT_STREAM;
}

/** Connections on which a stream waits for the responses to earlier requests. */
const connectionsWithPendingStream = new WeakSet<Socket>();

/**
 * Waits until the responses to earlier requests on the same connection have been sent. Only one stream per connection
 * may wait: a stream never ends, so a second one would never start.
 * @throws TallyError `invalid-request`
 */
export async function awaitStreamTurn({ socket: connection }: Request, response: Response): Promise<void> {
  if (response.socket) return;
  if (connectionsWithPendingStream.has(connection)) {
    throw new TallyError(
      'invalid-request',
      'a stream is already waiting on this connection: open one connection per stream',
    );
  }
  connectionsWithPendingStream.add(connection);
  await once(response, 'socket');
  connectionsWithPendingStream.delete(connection);
}

/**
 * Sends the headers of a stream. Its body has no length and no chunks: it ends with the connection, so events are
 * written to the socket unchanged.
 * @returns the socket, or undefined if nothing may follow: the response to HEAD, or a connection that is gone
 */
export function startEventStream(request: Request, response: Response): Socket | undefined {
  const { socket } = response;
  response.useChunkedEncodingByDefault = false;
  response.writeHead(200, EVENT_STREAM_HEADERS);
  if (request.method === 'HEAD' || !socket || socket.destroyed) {
    response.end();
    return undefined;
  }
  response.flushHeaders();
  return socket;
}

/** Returns the id of an event: the state, or the entry of the ledger, that a client has received with it. */
export function toEventId(epoch: string, revision: number): string {
  return `${epoch}:${revision}`;
}

export function encodeComment(text: string): Buffer {
  return Buffer.from(`: ${text}\n\n`);
}

/** Tells WebSocket handshakes from requests that offer another upgrade, and serves those as if they did not. */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { TallyError } from '../counters/errors.js';
import type { HttpSocket } from './http-socket.js';
import { refuseSocket } from './problem-details.js';

/** True if a request may be upgraded to WebSocket: among other protocols too, but not from HTTP/1.0 (RFC 9110, 7.8). */
export function offersWebSocket({ headers, httpVersion }: IncomingMessage): boolean {
  const names = headers.upgrade?.toLowerCase().split(',') ?? [];
  return httpVersion !== '1.0' && names.some((name) => name.trim() === 'websocket');
}

/** Length of `rawHeaders` from which Node may have left headers out: it keeps 1,000, with a name and a value each. */
const MAX_RAW_HEADERS = 2_000;

/**
 * Serves a request of the event `upgrade` without the upgrade. Java's HttpClient and `curl --http2` offer `h2c` with
 * each request that they send first on a connection.
 *
 * Node has detached its HTTP parser by then, and the body has not been read. The head without `Upgrade` is put back
 * into the socket, in front of the body, and the socket is given to the server as a new connection: body, pipelined
 * requests, keep-alive, time limits and shutdown are those of any other connection.
 * @param head bytes that were received after the head of the request
 */
export function serveWithoutUpgrade(server: Server, request: IncomingMessage, socket: Socket, head: Buffer): void {
  // A lost Content-Length or Transfer-Encoding would turn the body into a request.
  if (request.rawHeaders.length >= MAX_RAW_HEADERS) {
    refuseSocket(socket, new TallyError('headers-too-large', 'the request has 1,000 headers or more'), request);
    return;
  }
  const destroySocket = (): void => void socket.destroy();
  socket.on('error', destroySocket);
  afterResponses(socket, () => {
    socket.off('error', destroySocket);
    // The time limit of a connection that was idle before. The new parser does not know of it.
    socket.setTimeout(0);
    socket.unshift(Buffer.concat([formatHead(request), head]));
    server.emit('encrypted' in socket ? 'secureConnection' : 'connection', socket);
  });
}

/** Calls back when the responses to earlier requests of the connection have been sent; never if it closes first. */
function afterResponses(socket: HttpSocket, callback: () => void): void {
  const response = socket._httpMessage;
  if (response) response.once('close', () => afterResponses(socket, callback));
  else if (!socket.destroyed && socket.writable) callback();
}

function formatHead({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() !== 'upgrade') text += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
  }
  return Buffer.from(`${text}\r\n`, 'latin1');
}

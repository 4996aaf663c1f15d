/**
 * Lets a pipelined GET or HEAD wait until the responses before it have been sent. Reads would otherwise run side by
 * side and keep their responses in memory, megabytes each, and a read would overtake the change before it (RFC 9112,
 * 9.3.2). Changes still run at once: they are applied in the order of their arrival, and their responses are short.
 */
import type { RequestListener } from 'node:http';
import { TallyError } from '../counters/errors.js';
import type { HttpSocket } from './http-socket.js';
import { sendProblem } from './problem-details.js';

/** Waiting reads of one connection from which on no more is read from it. What has been read is still parsed. */
const PAUSE_AT = 100;
/**
 * Waiting reads of one connection from which on further ones are refused. Node goes on reading whenever a large
 * response has been sent, so the pause alone is no bound. These take up to 20 MB.
 */
const MAX_WAITING_READS = 5_000;

/** Wraps the request listener. A request that is not pipelined costs a comparison. */
export function serveReadsInTurn(listener: RequestListener): RequestListener {
  const waitingReads = new WeakMap<HttpSocket, number>();
  return (request, response) => {
    const { method } = request;
    // Node assigns the socket to a response when those before it have been sent.
    if (response.socket !== null || (method !== 'GET' && method !== 'HEAD')) {
      listener(request, response);
      return;
    }
    const socket: HttpSocket = request.socket;
    const waiting = (waitingReads.get(socket) ?? 0) + 1;
    if (waiting > MAX_WAITING_READS) {
      const detail = `${MAX_WAITING_READS} requests of this connection wait for responses before theirs`;
      sendProblem(response, new TallyError('overloaded', detail));
      return;
    }
    waitingReads.set(socket, waiting);
    if (waiting >= PAUSE_AT) pauseReading(socket);
    response.once('socket', () => {
      const remaining = (waitingReads.get(socket) ?? 1) - 1;
      waitingReads.set(socket, remaining);
      if (remaining < PAUSE_AT) resumeReading(socket);
      // Node is still about to flush the response.
      process.nextTick(listener, request, response);
    });
  };
}

/** Pauses as Node does for a client that does not take its responses: after this it pauses the parser itself. */
function pauseReading(socket: HttpSocket): void {
  if (socket._paused) return;
  socket._paused = true;
  socket.pause();
}

/** Resumes as Node does, unless the client does not take its responses: then Node resumes when it has. */
function resumeReading(socket: HttpSocket): void {
  if (!socket._paused || socket.writableNeedDrain) return;
  socket._paused = false;
  socket.parser?.resume();
  socket.resume();
}

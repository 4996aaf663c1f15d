/**
 * Lets a pipelined GET or HEAD wait until the responses before it have been sent. Reads would otherwise run side by
 * side and keep their responses in memory, megabytes each, and a read would overtake the change before it (RFC 9112,
 * 9.3.2). Changes still run at once: they are applied in the order of their arrival, and their responses are short.
 */
import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { TallyError } from '../counters/errors.js';
import { sendProblem } from './problem-details.js';

/**
 * Reads that may wait on one connection: as many of the shortest ones as Node takes from a socket at once (64 KiB).
 * Further ones are refused, so that they take no more memory; these take up to 10 MB.
 */
const MAX_WAITING_READS = 2_500;

/** Wraps the request listener. A request that is not pipelined costs a comparison. */
export function serveReadsInTurn(listener: RequestListener): RequestListener {
  const waitingReads = new WeakMap<Socket, number>();
  return (request, response) => {
    const { method, socket } = request;
    // Node assigns the socket to a response when those before it have been sent.
    if (response.socket !== null || (method !== 'GET' && method !== 'HEAD')) {
      listener(request, response);
      return;
    }
    const waiting = waitingReads.get(socket) ?? 0;
    if (waiting >= MAX_WAITING_READS) {
      const detail = `${MAX_WAITING_READS} requests of this connection wait for responses before theirs`;
      sendProblem(response, new TallyError('overloaded', detail));
      return;
    }
    waitingReads.set(socket, waiting + 1);
    response.once('socket', () => {
      waitingReads.set(socket, (waitingReads.get(socket) ?? 1) - 1);
      // Node is still about to flush the response.
      process.nextTick(listener, request, response);
    });
  };
}

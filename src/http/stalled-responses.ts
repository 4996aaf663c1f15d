/** Closes connections whose client does not take its response, which would stay in memory for as long as it likes. */
import { dropConnection } from './drop-connection.js';
import type { HttpSocket } from './http-socket.js';

/** Time without progress after which a connection is closed, milliseconds. A slow client makes progress. */
const STALL_TIMEOUT_MS = 30_000;
/** Interval of the checks, milliseconds. */
export const STALL_CHECK_INTERVAL_MS = 5_000;

/** How far a connection with unsent bytes has come. */
interface Progress {
  readonly sentBytes: number;
  /** Bytes that the kernel has not taken. They decrease within one large write, which `sentBytes` does not show. */
  readonly queuedBytes: number;
  /** A client may send all of its body before it reads a byte of the response. */
  readonly receivedBytes: number;
  /** Time at which this was first seen. */
  readonly sinceMs: number;
}

export class StalledResponses {
  /** Connections that had unsent bytes at the last check. */
  #progress = new Map<HttpSocket, Progress>();

  /**
   * Closes the connections that have made no progress for 30 s. Event streams are left out: the viewer's own rules
   * apply to them.
   * @param sockets all connections that speak HTTP
   * @param nowMs time on the clock of `performance`, milliseconds
   */
  closeStalled(sockets: Iterable<HttpSocket>, nowMs: number): void {
    const progress = new Map<HttpSocket, Progress>();
    for (const socket of sockets) {
      if (!socket._httpMessage || socket.writableLength === 0 || isEventStream(socket)) continue;
      const current = readProgress(socket, nowMs);
      const before = this.#progress.get(socket);
      if (!before || hasProgressed(before, current)) progress.set(socket, current);
      else if (nowMs - before.sinceMs < STALL_TIMEOUT_MS) progress.set(socket, before);
      else dropConnection(socket, 'stalled');
    }
    this.#progress = progress;
  }
}

function readProgress(socket: HttpSocket, nowMs: number): Progress {
  return {
    sentBytes: socket.bytesWritten - socket.writableLength,
    queuedBytes: socket._handle?.writeQueueSize ?? 0,
    receivedBytes: socket.bytesRead,
    sinceMs: nowMs,
  };
}

function hasProgressed(before: Progress, now: Progress): boolean {
  return (
    before.sentBytes !== now.sentBytes ||
    before.queuedBytes !== now.queuedBytes ||
    before.receivedBytes !== now.receivedBytes
  );
}

function isEventStream({ _httpMessage: response }: HttpSocket): boolean {
  return String(response?.getHeader('Content-Type')).startsWith('text/event-stream');
}

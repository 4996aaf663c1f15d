/** Closes connections whose client does not take its response, which would stay in memory for as long as it likes. */
import { dropConnection } from './drop-connection.js';
import type { HttpSocket } from './http-socket.js';
import { readUnacknowledgedBytes, type UnacknowledgedBytes } from './unacknowledged-bytes.js';

/** Time without progress after which a connection is closed, milliseconds. A slow client makes progress. */
const STALL_TIMEOUT_MS = 30_000;
/**
 * The same where the system does not tell what the client has acknowledged, milliseconds. A kernel with a send buffer
 * of megabytes takes more only after a third of it has drained, which is minutes for a slow client.
 */
const UNACKNOWLEDGED_TIMEOUT_MS = 300_000;
/** Interval of the checks, milliseconds. */
export const STALL_CHECK_INTERVAL_MS = 5_000;

/** Progress of a connection that has unsent bytes. */
interface Progress {
  readonly sentBytes: number;
  /** Bytes that the kernel has not taken. They decrease within one large write, which `sentBytes` does not show. */
  readonly queuedBytes: number;
  /** A client may send all of its body before it reads a byte of the response. */
  readonly receivedBytes: number;
  /** Bytes that the kernel has taken and the client has not acknowledged. Undefined until they are read. */
  readonly unacknowledgedBytes: number | undefined;
  /** Time at which this was first seen. */
  readonly sinceMs: number;
}

const NOTHING_READ: UnacknowledgedBytes = new Map();

export class StalledResponses {
  /** Connections that had unsent bytes at the last check. */
  #progress = new Map<HttpSocket, Progress>();
  #isChecking = false;

  /**
   * Closes the connections that have made no progress for 30 s, or for 5 minutes if it is unknown what their clients
   * have acknowledged. That is read only if the process itself sees no progress of a connection since the last check.
   * Event streams are left out: the viewer's own rules apply to them. A call during another one does nothing.
   * @param sockets all connections that speak HTTP
   * @param nowMs time on the clock of `performance`, milliseconds
   */
  async closeStalled(sockets: Iterable<HttpSocket>, nowMs: number): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    try {
      const candidates = this.#listCandidates(nowMs);
      const unacknowledged = candidates.length > 0 ? await readUnacknowledgedBytes(candidates) : NOTHING_READ;
      this.#check(sockets, unacknowledged, nowMs);
    } finally {
      this.#isChecking = false;
    }
  }

  /** Returns the connections of which the process itself sees no progress since the last check. */
  #listCandidates(nowMs: number): readonly HttpSocket[] {
    return [...this.#progress]
      .filter(([socket, before]) => isResponding(socket) && !hasMovedBytes(before, readProgress(socket, nowMs)))
      .map(([socket]) => socket);
  }

  #check(sockets: Iterable<HttpSocket>, unacknowledged: UnacknowledgedBytes, nowMs: number): void {
    const progress = new Map<HttpSocket, Progress>();
    for (const socket of sockets) {
      if (!isResponding(socket)) continue;
      const before = this.#progress.get(socket);
      const bytes = unacknowledged.get(socket);
      const current = readProgress(socket, nowMs, bytes ?? before?.unacknowledgedBytes);
      // 0 means that nothing is left to acknowledge, or that the system does not count, as gVisor.
      const timeoutMs = bytes ? STALL_TIMEOUT_MS : UNACKNOWLEDGED_TIMEOUT_MS;
      if (!before || hasProgressed(before, current)) progress.set(socket, current);
      else if (nowMs - before.sinceMs < timeoutMs) progress.set(socket, before);
      else dropConnection(socket, 'stalled');
    }
    this.#progress = progress;
  }
}

/** True if there are bytes of a response that the kernel has not taken. */
function isResponding(socket: HttpSocket): boolean {
  return Boolean(socket._httpMessage) && socket.writableLength > 0 && !socket.destroyed && !isEventStream(socket);
}

function readProgress(socket: HttpSocket, nowMs: number, unacknowledgedBytes?: number): Progress {
  return {
    sentBytes: socket.bytesWritten - socket.writableLength,
    queuedBytes: socket._handle?.writeQueueSize ?? 0,
    receivedBytes: socket.bytesRead,
    unacknowledgedBytes,
    sinceMs: nowMs,
  };
}

/** A first reading of the unacknowledged bytes counts as progress: only from then on is it known that nothing moves. */
function hasProgressed(before: Progress, now: Progress): boolean {
  return hasMovedBytes(before, now) || before.unacknowledgedBytes !== now.unacknowledgedBytes;
}

/** True if the process itself sees progress. */
function hasMovedBytes(before: Progress, now: Progress): boolean {
  return (
    before.sentBytes !== now.sentBytes ||
    before.queuedBytes !== now.queuedBytes ||
    before.receivedBytes !== now.receivedBytes
  );
}

function isEventStream({ _httpMessage: response }: HttpSocket): boolean {
  return String(response?.getHeader('Content-Type')).startsWith('text/event-stream');
}

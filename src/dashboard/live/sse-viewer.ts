/** A viewer on a stream of server-sent events. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { encodeComment, encodeEvent } from './frames.js';
import { type CloseCode, CLOSE_CODES } from '../../protocol/live-messages.js';
import { CLOSE_TIMEOUT_MS, type FrameSource, type Patience, Viewer } from './viewer.js';

/** How long a client waits before it comes back to a stream that broke, milliseconds. */
const RETRY_MS = 2_000;
const RETRY = Buffer.from(`retry: ${RETRY_MS}\n\n`);

/**
 * The body of the response is neither counted nor chunked: it is what the socket carries until it ends. So frames, which are
 * encoded once for many, go to the socket as they are.
 */
export class StreamViewer extends Viewer {
  /**
   * @param totals whether its messages have totals
   * @param lastEventId what the client says that it has: if it is the present state, no snapshot is sent
   */
  constructor(
    source: FrameSource,
    totals: boolean,
    socket: Socket,
    private readonly response: ServerResponse,
    nowMs: number,
    lastEventId: string | undefined,
  ) {
    super(totals ? 'sse+totals' : 'sse', source, socket, nowMs);
    this.revision = source.revisionOf(lastEventId) ?? this.revision;
    socket.write(RETRY);
  }

  /** A client that reads has taken all bytes at times. Whether one lives that has none waiting, the next heartbeat will tell. */
  check(nowMs: number, { goneAfterMs }: Patience): void {
    if (this.socket.writableLength === 0) this.lastSeenMs = nowMs;
    else if (nowMs - this.lastSeenMs >= goneAfterMs) this.socket.destroy();
  }

  restart(afterMs: number): void {
    this.#end(CLOSE_CODES.restarting, encodeEvent({ type: 'reconnect', afterMs }, `retry: ${afterMs}\n`));
  }

  close(closedWith: CloseCode): void {
    this.#end(closedWith, encodeComment(`${closedWith.code} ${closedWith.reason}`));
  }

  protected override drained(): void {
    this.lastSeenMs = performance.now();
  }

  #end(closedWith: CloseCode, last: Buffer): void {
    if (this.state === 'closing') return;
    this.state = 'closing';
    this.closedWith = closedWith;
    this.socket.write(last);
    this.response.end();
    setTimeout(() => this.socket.destroy(), CLOSE_TIMEOUT_MS).unref();
  }
}

/** A viewer on a stream of server-sent events. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { encodeComment, RETRY_FIELD } from '../../http/event-stream.js';
import { encodeEvent } from './frames.js';
import { type CloseCode, CLOSE_CODES } from '../../protocol/close-codes.js';
import type { LivenessClock } from '../../clock/liveness-clock.js';
import { CLOSE_TIMEOUT_MS, type FrameSource, type LivenessTimeouts, Viewer } from './viewer.js';

/**
 * The response body has no length and no chunks: it ends with the connection. So frames, which are encoded once for
 * many viewers, are written to the socket unchanged.
 */
export class SseViewer extends Viewer {
  /**
   * @param lastEventId `Last-Event-ID` of the request. If it stands for the present state, no snapshot is sent
   */
  constructor(
    source: FrameSource,
    includeTotals: boolean,
    socket: Socket,
    private readonly response: ServerResponse,
    clock: LivenessClock,
    lastEventId: string | undefined,
  ) {
    super(includeTotals ? 'sse+totals' : 'sse', source, socket, clock);
    this.resume(source.resume(lastEventId));
    socket.write(RETRY_FIELD);
  }

  /**
   * A socket without waiting bytes counts as a sign of life. The bytes of the next heartbeat show whether the client
   * still reads.
   */
  checkLiveness({ closeAfterMs }: LivenessTimeouts): void {
    if (this.socket.writableLength === 0) this.lastSeenMs = this.clock.now();
    else if (this.clock.now() - this.lastSeenMs >= closeAfterMs) this.socket.destroy();
  }

  requestReconnect(afterMs: number): void {
    this.#end(CLOSE_CODES.restarting, encodeEvent({ type: 'reconnect', afterMs }, `retry: ${afterMs}\n`));
  }

  close(closeCode: CloseCode): void {
    this.#end(closeCode, encodeComment(`${closeCode.code} ${closeCode.reason}`));
  }

  protected override onDrained(): void {
    this.lastSeenMs = this.clock.now();
  }

  #end(closeCode: CloseCode, lastBytes: Buffer): void {
    if (this.state === 'closing') return;
    this.state = 'closing';
    this.closeReason = closeCode;
    this.socket.write(lastBytes);
    this.response.end();
    setTimeout(() => this.socket.destroy(), CLOSE_TIMEOUT_MS).unref();
  }
}

/** A viewer on a WebSocket: answers pings, and may send a little that is read and ignored. */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { encodeMessage, PING_FRAME } from './frames.js';
import { type CloseCode, CLOSE_CODES } from '../../protocol/close-codes.js';
import { SUBPROTOCOL } from '../../protocol/live-messages.js';
import { type FrameSource, type LivenessTimeouts, Viewer } from './viewer.js';

/** Most messages that a viewer may send in a second. They are read and ignored; more is not a viewer. */
const MAX_MESSAGES_PER_S = 100;

/** The `ws` socket of a viewer. It carries the viewer, so that all viewers share their listeners. */
export class ViewerSocket extends WebSocket {
  viewer: WebSocketViewer | undefined;

  /** Whoever begins to close, `ws` itself included: nothing may follow the close frame (RFC 6455, 5.5.1). */
  override close(code?: number, reason?: string | Buffer): void {
    this.viewer?.onClosing(code, reason);
    super.close(code, reason);
  }
}

export class WebSocketViewer extends Viewer {
  #isPinged = false;
  #messageCount = 0;

  /** @param includeTotals whether its messages have totals; bare snapshots never do */
  constructor(
    source: FrameSource,
    includeTotals: boolean,
    socket: Socket,
    private readonly webSocket: ViewerSocket,
    nowMs: number,
  ) {
    super(webSocket.protocol === SUBPROTOCOL ? (includeTotals ? 'v1+totals' : 'v1') : 'bare', source, socket, nowMs);
    webSocket.viewer = this;
    webSocket.on('message', onMessage).on('ping', onMessage).on('pong', onMessage).on('error', ignoreError);
  }

  /** Pings the viewer after a silence, gives it up when it does not answer. */
  checkLiveness(nowMs: number, { pingAfterMs, closeAfterMs }: LivenessTimeouts): void {
    this.#messageCount = 0;
    if (this.state === 'closing') return;
    const silentMs = nowMs - this.lastSeenMs;
    if (silentMs >= closeAfterMs) {
      this.close(CLOSE_CODES.noPong);
      this.webSocket.terminate();
    } else if (silentMs >= pingAfterMs && !this.#isPinged) {
      this.#isPinged = true;
      this.socket.write(PING_FRAME);
    }
  }

  requestReconnect(afterMs: number): void {
    if (this.state === 'closing') return;
    if (this.kind !== 'bare') this.socket.write(encodeMessage({ type: 'reconnect', afterMs }));
    this.close(CLOSE_CODES.restarting);
  }

  /** `ws` cuts a viewer that does not answer in time (`closeTimeout`). */
  close({ code, reason }: CloseCode): void {
    if (this.state !== 'closing') this.webSocket.close(code, reason);
  }

  onClosing(code: number | undefined, reason: string | Buffer | undefined): void {
    if (this.state === 'closing') return;
    this.state = 'closing';
    if (code !== undefined) this.closeReason = { code, reason: reason?.toString() ?? '' };
  }

  /** Whatever it sends, a pong included, shows that it lives and counts as a message. */
  onMessage(): void {
    this.lastSeenMs = performance.now();
    this.#isPinged = false;
    this.#messageCount += 1;
    if (this.#messageCount <= MAX_MESSAGES_PER_S) return;
    this.close(CLOSE_CODES.flood);
    this.webSocket.pause();
  }
}

function onMessage(this: WebSocket): void {
  (this as ViewerSocket).viewer?.onMessage();
}

/** Broken frames and cut connections are the viewer's affair: `ws` has closed the socket with the right code already. */
function ignoreError(): void {}

/** A viewer on a WebSocket. It must answer pings. Its messages are read and ignored. */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { encodeMessage, PING_FRAME } from './frames.js';
import { type CloseCode, CLOSE_CODES } from '../../protocol/close-codes.js';
import { SUBPROTOCOL } from '../../protocol/live-messages.js';
import type { LivenessClock } from '../../clock/liveness-clock.js';
import { type FrameSource, type LivenessTimeouts, Viewer } from './viewer.js';

/** Messages that a viewer may send per check interval, pings and pongs included. More close it with 1008. */
const MAX_MESSAGES_PER_S = 100;

/** The `ws` socket of a viewer. It refers to the viewer, so that all viewers share their listeners. */
export class ViewerSocket extends WebSocket {
  viewer: WebSocketViewer | undefined;

  /**
   * Also called by `ws` itself. Nothing may follow a close frame (RFC 6455, 5.5.1), so the viewer must know at once.
   */
  override close(code?: number, reason?: string | Buffer): void {
    this.viewer?.onClosing(code, reason);
    super.close(code, reason);
  }
}

export class WebSocketViewer extends Viewer {
  #isPinged = false;
  #hasAnswered = false;
  #messageCount = 0;

  /** @param includeTotals has no effect on bare snapshots */
  constructor(
    source: FrameSource,
    includeTotals: boolean,
    socket: Socket,
    private readonly webSocket: ViewerSocket,
    clock: LivenessClock,
  ) {
    super(webSocket.protocol === SUBPROTOCOL ? (includeTotals ? 'v1+totals' : 'v1') : 'bare', source, socket, clock);
    webSocket.viewer = this;
    webSocket.on('message', onMessage).on('ping', onMessage).on('pong', onMessage).on('error', ignoreError);
  }

  /**
   * Pings a silent viewer. Closes it with 4408 if it does not answer in time. The first pings are spread over half of
   * the interval: viewers that connected together, after a restart for example, are then never pinged together.
   */
  checkLiveness({ pingAfterMs, closeAfterMs }: LivenessTimeouts): void {
    this.#messageCount = 0;
    if (this.state === 'closing') return;
    const silentMs = this.clock.now() - this.lastSeenMs;
    if (silentMs >= closeAfterMs) {
      this.close(CLOSE_CODES.noPong);
      this.webSocket.terminate();
    } else if (!this.#isPinged && silentMs >= (this.#hasAnswered ? 1 : 1 - this.phase / 2) * pingAfterMs) {
      this.#isPinged = true;
      this.write(PING_FRAME);
    }
  }

  requestReconnect(afterMs: number): void {
    if (this.state === 'closing') return;
    if (this.kind !== 'bare') this.socket.write(encodeMessage({ type: 'reconnect', afterMs }));
    this.close(CLOSE_CODES.restarting);
  }

  /** `ws` destroys the socket if the viewer does not answer in time (`closeTimeout`). */
  close({ code, reason }: CloseCode): void {
    if (this.state !== 'closing') this.webSocket.close(code, reason);
  }

  onClosing(code: number | undefined, reason: string | Buffer | undefined): void {
    if (this.state === 'closing') return;
    this.state = 'closing';
    if (code !== undefined) this.closeReason = { code, reason: reason?.toString() ?? '' };
  }

  /** Any frame, a pong included, is a sign of life and counts as a message. */
  onMessage(): void {
    this.lastSeenMs = this.clock.now();
    this.#isPinged = false;
    this.#hasAnswered = true;
    this.#messageCount += 1;
    if (this.#messageCount <= MAX_MESSAGES_PER_S) return;
    this.close(CLOSE_CODES.flood);
    this.webSocket.pause();
  }
}

function onMessage(this: WebSocket): void {
  (this as ViewerSocket).viewer?.onMessage();
}

/** Invalid frames and broken connections need no handling: `ws` has closed the socket with the right code already. */
function ignoreError(): void {}

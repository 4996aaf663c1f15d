/** A viewer on a WebSocket: answers pings, and may send a little that is read and ignored. */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { encodeMessage, PING } from './frames.js';
import { type CloseCode, CLOSE_CODES, SUBPROTOCOL } from '../../protocol/live-messages.js';
import { type FrameSource, type Patience, Viewer } from './viewer.js';

/** Most messages that a viewer may send in a second. They are read and ignored; more is not a viewer. */
const MAX_MESSAGES_PER_SECOND = 100;

/** The `ws` socket of a viewer. It carries the viewer, so that all viewers share their listeners. */
export class LiveSocket extends WebSocket {
  viewer: SocketViewer | undefined;

  /** Whoever begins to close, `ws` itself included: nothing may follow the close frame (RFC 6455, 5.5.1). */
  override close(code?: number, reason?: string | Buffer): void {
    this.viewer?.closing(code, reason);
    super.close(code, reason);
  }
}

export class SocketViewer extends Viewer {
  #pinged = false;
  #messages = 0;

  /** @param totals whether its messages have totals; bare snapshots never do */
  constructor(
    source: FrameSource,
    totals: boolean,
    socket: Socket,
    private readonly live: LiveSocket,
    nowMs: number,
  ) {
    super(live.protocol === SUBPROTOCOL ? (totals ? 'v1+totals' : 'v1') : 'bare', source, socket, nowMs);
    live.viewer = this;
    live.on('message', onMessage).on('ping', onMessage).on('pong', onMessage).on('error', ignoreError);
  }

  /** Pings the viewer after a silence, gives it up when it does not answer. */
  check(nowMs: number, { pingAfterMs, goneAfterMs }: Patience): void {
    this.#messages = 0;
    if (this.state === 'closing') return;
    const silentMs = nowMs - this.lastSeenMs;
    if (silentMs >= goneAfterMs) {
      this.close(CLOSE_CODES.noPong);
      this.live.terminate();
    } else if (silentMs >= pingAfterMs && !this.#pinged) {
      this.#pinged = true;
      this.socket.write(PING);
    }
  }

  restart(afterMs: number): void {
    if (this.state === 'closing') return;
    if (this.kind !== 'bare') this.socket.write(encodeMessage({ type: 'reconnect', afterMs }));
    this.close(CLOSE_CODES.restarting);
  }

  /** `ws` cuts a viewer that does not answer in time (`closeTimeout`). */
  close({ code, reason }: CloseCode): void {
    if (this.state !== 'closing') this.live.close(code, reason);
  }

  closing(code: number | undefined, reason: string | Buffer | undefined): void {
    if (this.state === 'closing') return;
    this.state = 'closing';
    if (code !== undefined) this.closedWith = { code, reason: reason?.toString() ?? '' };
  }

  /** Whatever it sends, a pong included, shows that it lives and counts as a message. */
  messaged(): void {
    this.lastSeenMs = performance.now();
    this.#pinged = false;
    this.#messages += 1;
    if (this.#messages <= MAX_MESSAGES_PER_SECOND) return;
    this.close(CLOSE_CODES.rule);
    this.live.pause();
  }
}

function onMessage(this: WebSocket): void {
  (this as LiveSocket).viewer?.messaged();
}

/** Broken frames and cut connections are the viewer's affair: `ws` has closed the socket with the right code already. */
function ignoreError(): void {}

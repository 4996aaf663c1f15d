/** One connected viewer: gets the latest or nothing, answers pings, and is bounded in all that it can cost. */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Feed } from './feed.js';
import { encodeMessage, type Frame, type Kind, type PatchFrame, PING } from './frames.js';
import { type CloseCode, CLOSE_CODES } from './protocol.js';

/** Most messages that a viewer may send in a second. They are read and ignored; more is not a viewer. */
const MAX_MESSAGES_PER_SECOND = 100;
const EMPTY = Buffer.alloc(0);

/** The `ws` socket of a viewer. It carries the viewer, so that all viewers share their listeners. */
export class LiveSocket extends WebSocket {
  viewer: Viewer | undefined;

  /** Whoever begins to close, `ws` itself included: nothing may follow the close frame (RFC 6455, 5.5.1). */
  override close(code?: number, reason?: string | Buffer): void {
    this.viewer?.closing();
    super.close(code, reason);
  }
}

export class Viewer {
  /** The revision that the viewer is at, or on its way to. */
  revision = -1;
  /** `busy`: bytes wait for the socket to take them, and the viewer gets the newest frame when it has. */
  #state: 'ready' | 'busy' | 'closing' = 'ready';
  #lastSeenMs: number;
  #pinged = false;
  #messages = 0;

  constructor(
    readonly kind: Kind,
    private readonly socket: Socket,
    private readonly live: LiveSocket,
    readonly feed: Feed,
    nowMs: number,
  ) {
    this.#lastSeenMs = nowMs;
    live.viewer = this;
    live.on('message', onMessage).on('ping', onMessage).on('pong', onMessage).on('error', ignoreError);
  }

  /** Takes the viewer to the patch's revision, or to the newest one by a snapshot, unless it is there already. */
  show(patch: PatchFrame): void {
    if (this.revision >= patch.revision || this.#state !== 'ready') return;
    if (this.socket.writableLength > 0) this.#awaitDrain();
    else if (this.kind === 'v1' && this.revision === patch.from) this.#write(patch);
    else this.#write(this.feed.snapshots.newest(this.kind));
  }

  /** Sends the newest snapshot, if the viewer is not there already. */
  showNewest(): void {
    if (this.#state !== 'ready') return;
    const frame = this.feed.snapshots.newest(this.kind);
    if (frame.revision > this.revision) this.#write(frame);
  }

  /** Sends a sign of life: the bare snapshot once more, or `heartbeat`. A busy viewer has bytes to come and needs none. */
  beat(heartbeat: Buffer): void {
    if (this.#state !== 'ready' || this.socket.writableLength > 0) return;
    if (this.kind === 'v1') this.socket.write(heartbeat);
    else this.#write(this.feed.snapshots.newest('bare'));
  }

  /** Looks at the viewer once a second or so: pings it after a silence, gives it up when it does not answer. */
  check(nowMs: number, pingAfterMs: number, goneAfterMs: number): void {
    this.#messages = 0;
    if (this.#state === 'closing') return;
    const silentMs = nowMs - this.#lastSeenMs;
    if (silentMs >= goneAfterMs) {
      this.close(CLOSE_CODES.noPong);
      this.live.terminate();
    } else if (silentMs >= pingAfterMs && !this.#pinged) {
      this.#pinged = true;
      this.socket.write(PING);
    }
  }

  /** Says when to come back, and closes with 1012. */
  restart(afterMs: number): void {
    if (this.#state === 'closing') return;
    if (this.kind === 'v1') this.socket.write(encodeMessage({ type: 'reconnect', afterMs }));
    this.close(CLOSE_CODES.restarting);
  }

  /** Closes in good order; a viewer that does not answer in time is cut by `ws` (`closeTimeout`). */
  close({ code, reason }: CloseCode): void {
    if (this.#state !== 'closing') this.live.close(code, reason);
  }

  closing(): void {
    this.#state = 'closing';
  }

  /** Whatever it sends, a pong included, shows that it lives and counts as a message. */
  messaged(): void {
    this.#lastSeenMs = performance.now();
    this.#pinged = false;
    this.#messages += 1;
    if (this.#messages <= MAX_MESSAGES_PER_SECOND) return;
    this.close(CLOSE_CODES.rule);
    this.live.pause();
  }

  #write({ revision, bytes }: Frame): void {
    this.revision = revision;
    this.socket.write(bytes);
  }

  /** `drain` is no help: a socket whose buffer is under its mark has bytes waiting and never says `drain`. */
  #awaitDrain(): void {
    this.#state = 'busy';
    this.socket.write(EMPTY, (error) => {
      if (error || this.#state !== 'busy') return;
      this.#state = 'ready';
      this.showNewest();
    });
  }
}

function onMessage(this: WebSocket): void {
  (this as LiveSocket).viewer?.messaged();
}

/** Broken frames and cut connections are the viewer's affair: `ws` has closed the socket with the right code already. */
function ignoreError(): void {}

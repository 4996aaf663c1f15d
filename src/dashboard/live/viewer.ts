/** One connected viewer: gets the latest or nothing, and is bounded in all that it can cost. */
import type { Socket } from 'node:net';
import type { Place } from './viewer-admission.js';
import {
  encodeComment,
  type Frame,
  type Heartbeat,
  isEvents,
  type Kind,
  type News,
  type SnapshotFrames,
  type Status,
} from './frames.js';
import type { CloseCode } from '../../protocol/live-messages.js';

const EMPTY = Buffer.alloc(0);
/** What a stream of events is kept alive with. */
const HEARTBEAT_COMMENT = encodeComment('heartbeat');

/** How long a viewer that is being closed may take to go, milliseconds. */
export const CLOSE_TIMEOUT_MS = 2_000;

/** What silence means, milliseconds. */
export interface Patience {
  /** A WebSocket is pinged. */
  readonly pingAfterMs: number;
  /** The viewer is gone. */
  readonly goneAfterMs: number;
}

/** What was written to viewers, in numbers. */
export class Traffic {
  /** Snapshots, patches, heartbeats and statuses. */
  frames = 0;
  bytes = 0;
  /** Frames that a viewer was not given because it had yet to take an earlier one. */
  passedOver = 0;
}

/** The frames that a viewer shows: those of one view of a dashboard, and how fresh they are. `Feed` implements it. */
export interface FrameSource {
  readonly dashboard: string;
  readonly snapshots: SnapshotFrames;
  /** Whether what is shown may be behind. */
  readonly status: Status;
  /** Counts what is written. */
  readonly traffic: Traffic;
  /** Whether a viewer that is at a revision sees what there is to see. */
  isCurrent(revision: number): boolean;
  /** The revision that an event's id stands for, if a viewer that has that event sees what there is to see. */
  revisionOf(id: string | undefined): number | undefined;
}

export abstract class Viewer {
  /** The revision that the viewer is at, or on its way to. */
  revision = -1;
  /** `busy`: bytes wait for the socket to take them, and the viewer gets the newest frame when it has. */
  protected state: 'ready' | 'busy' | 'closing' = 'ready';
  /** Where it comes from; known once it is in. */
  place: Place | undefined;
  /** When its right to watch ends, milliseconds since the Unix epoch. */
  untilMs = Infinity;
  /** What it is being closed with. */
  closedWith: { readonly code: number; readonly reason: string } | undefined;
  /** Whether it was told that what it sees may be behind. */
  #isDegraded = false;
  /** When it last showed that it is there. */
  protected lastSeenMs: number;

  constructor(
    readonly kind: Kind,
    readonly source: FrameSource,
    protected readonly socket: Socket,
    nowMs: number,
  ) {
    this.lastSeenMs = nowMs;
  }

  /** Looks at the viewer once a second or so, and gives it up when it has shown no sign of life for too long. */
  abstract check(nowMs: number, patience: Patience): void;

  /** Says when to come back, and closes. */
  abstract restart(afterMs: number): void;

  /** Closes in good order; a viewer that does not go in time is cut. */
  abstract close(code: CloseCode): void;

  /**
   * Takes the viewer to the newest revision, by a patch where one fits, unless it is there already.
   * @returns bytes written; none to one that still has bytes to take
   */
  show(news: News): number {
    if (this.revision >= news.revision || this.state === 'closing') return 0;
    if (this.state === 'busy' || this.socket.writableLength > 0) {
      this.source.traffic.passedOver += 1;
      if (this.state === 'ready') this.#awaitDrain();
      return 0;
    }
    return this.#write(news.patch(this.kind, this.revision) ?? this.source.snapshots.newest(this.kind));
  }

  /** Sends the newest snapshot, if the viewer is not there already. */
  showNewest(): void {
    if (this.state === 'ready' && !this.source.isCurrent(this.revision)) {
      this.#write(this.source.snapshots.newest(this.kind));
    }
  }

  /** Says whether what is shown may be behind, if that is another than the viewer was told. Bare snapshots have no word for it. */
  showStatus(): void {
    const { status } = this.source;
    if (status.degraded === this.#isDegraded || this.kind === 'bare' || this.state !== 'ready') return;
    if (this.socket.writableLength > 0) return this.#awaitDrain();
    this.#isDegraded = status.degraded;
    this.#writeBytes(status.of(this.kind));
  }

  /** What it was shown is of another epoch: it gets a snapshot next. */
  reset(): void {
    this.revision = -1;
  }

  /** Sends a sign of life: the bare snapshot once more, or a heartbeat. A busy viewer has bytes to come and needs none. */
  beat(heartbeat: Heartbeat): void {
    if (this.state !== 'ready' || this.socket.writableLength > 0) return;
    if (this.kind === 'bare') this.#write(this.source.snapshots.newest(this.kind));
    else if (this.revision < 0) this.showNewest();
    else this.#writeBytes(isEvents(this.kind) ? HEARTBEAT_COMMENT : heartbeat.of(this.revision));
  }

  /** The socket has taken all that waited. */
  protected drained(): void {}

  #write({ revision, bytes }: Frame): number {
    this.revision = revision;
    return this.#writeBytes(bytes);
  }

  #writeBytes(bytes: Buffer): number {
    const { traffic } = this.source;
    traffic.frames += 1;
    traffic.bytes += bytes.length;
    this.socket.write(bytes);
    return bytes.length;
  }

  /** `drain` is no help: a socket whose buffer is under its mark has bytes waiting and never says `drain`. */
  #awaitDrain(): void {
    this.state = 'busy';
    this.socket.write(EMPTY, (error) => {
      if (error || this.state !== 'busy') return;
      this.state = 'ready';
      this.drained();
      this.showNewest();
      this.showStatus();
    });
  }
}

/** One connected viewer: gets the latest or nothing, and is bounded in all that it can cost. */
import type { Socket } from 'node:net';
import type { ClientNetwork } from './viewer-admission.js';
import {
  encodeComment,
  type Frame,
  type Heartbeat,
  usesEventStream,
  type ViewerKind,
  type Patch,
  type SnapshotFrames,
  type Status,
} from './frames.js';
import type { CloseCode } from '../../protocol/close-codes.js';

const EMPTY_BUFFER = Buffer.alloc(0);
/** What a stream of events is kept alive with. */
const HEARTBEAT_COMMENT = encodeComment('heartbeat');

/** How long a viewer that is being closed may take to go, milliseconds. */
export const CLOSE_TIMEOUT_MS = 2_000;

/** What silence means, milliseconds. */
export interface LivenessTimeouts {
  /** A WebSocket is pinged. */
  readonly pingAfterMs: number;
  /** The viewer is gone. */
  readonly closeAfterMs: number;
}

/** What was written to viewers, in numbers. */
export class TrafficStats {
  /** Snapshots, patches, heartbeats and statuses. */
  frames = 0;
  bytes = 0;
  /** Frames that a viewer was not given because it had yet to take an earlier one. */
  skipped = 0;
}

/** The frames that a viewer shows: those of one view of a dashboard, and how fresh they are. `Feed` implements it. */
export interface FrameSource {
  readonly dashboard: string;
  readonly snapshots: SnapshotFrames;
  /** Whether what is shown may be behind. */
  readonly status: Status;
  /** Counts what is written. */
  readonly traffic: TrafficStats;
  /** Whether a viewer that is at a revision sees what there is to see. */
  isCurrent(revision: number): boolean;
  /** The revision that an event's id stands for, if a viewer that has that event sees what there is to see. */
  resumeRevision(id: string | undefined): number | undefined;
}

export abstract class Viewer {
  /** The revision that the viewer is at, or on its way to. */
  revision = -1;
  /** `busy`: bytes wait for the socket to take them, and the viewer gets the newest frame when it has. */
  protected state: 'ready' | 'busy' | 'closing' = 'ready';
  /** Where it comes from; known once it is in. */
  network: ClientNetwork | undefined;
  /** When its right to watch ends, milliseconds since the Unix epoch. */
  expiresAtMs = Infinity;
  /** What it is being closed with. */
  closeReason: { readonly code: number; readonly reason: string } | undefined;
  /** Whether it was told that what it sees may be behind. */
  #sentDegraded = false;
  /** When it last showed that it is there. */
  protected lastSeenMs: number;

  constructor(
    readonly kind: ViewerKind,
    readonly source: FrameSource,
    protected readonly socket: Socket,
    nowMs: number,
  ) {
    this.lastSeenMs = nowMs;
  }

  /** Looks at the viewer once a second or so, and gives it up when it has shown no sign of life for too long. */
  abstract checkLiveness(nowMs: number, timeouts: LivenessTimeouts): void;

  /** Says when to come back, and closes. */
  abstract requestReconnect(afterMs: number): void;

  /** Closes in good order; a viewer that does not go in time is cut. */
  abstract close(code: CloseCode): void;

  /**
   * Takes the viewer to the newest revision, by a patch where one fits, unless it is there already.
   * @returns bytes written; none to one that still has bytes to take
   */
  sendPatch(patch: Patch): number {
    if (this.revision >= patch.revision || this.state === 'closing') return 0;
    if (this.state === 'busy' || this.socket.writableLength > 0) {
      this.source.traffic.skipped += 1;
      if (this.state === 'ready') this.#awaitDrain();
      return 0;
    }
    return this.#writeFrame(patch.getFrame(this.kind, this.revision) ?? this.source.snapshots.getLatest(this.kind));
  }

  /** Sends the newest snapshot, if the viewer is not there already. */
  sendLatest(): void {
    if (this.state === 'ready' && !this.source.isCurrent(this.revision)) {
      this.#writeFrame(this.source.snapshots.getLatest(this.kind));
    }
  }

  /** Says whether what is shown may be behind, if that is another than the viewer was told. Bare snapshots have no word for it. */
  sendStatus(): void {
    const { status } = this.source;
    if (status.degraded === this.#sentDegraded || this.kind === 'bare' || this.state !== 'ready') return;
    if (this.socket.writableLength > 0) return this.#awaitDrain();
    this.#sentDegraded = status.degraded;
    this.#writeBytes(status.getFrame(this.kind));
  }

  /** What it was shown is of another epoch: it gets a snapshot next. */
  reset(): void {
    this.revision = -1;
  }

  /** Sends a sign of life: the bare snapshot once more, or a heartbeat. A busy viewer has bytes to come and needs none. */
  sendHeartbeat(heartbeat: Heartbeat): void {
    if (this.state !== 'ready' || this.socket.writableLength > 0) return;
    if (this.kind === 'bare') this.#writeFrame(this.source.snapshots.getLatest(this.kind));
    else if (this.revision < 0) this.sendLatest();
    else this.#writeBytes(usesEventStream(this.kind) ? HEARTBEAT_COMMENT : heartbeat.getFrame(this.revision));
  }

  /** The socket has taken all that waited. */
  protected onDrained(): void {}

  #writeFrame({ revision, bytes }: Frame): number {
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
    this.socket.write(EMPTY_BUFFER, (error) => {
      if (error || this.state !== 'busy') return;
      this.state = 'ready';
      this.onDrained();
      this.sendLatest();
      this.sendStatus();
    });
  }
}

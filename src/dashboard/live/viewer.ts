/**
 * One connected viewer. It is sent the latest state or nothing, so a slow viewer costs a bounded number of bytes:
 *
 *     ready --bytes are waiting in the socket--> busy --they are written--> ready (and the latest frame is sent)
 *     ready, busy --close--> closing
 */
import type { Socket } from 'node:net';
import { type LivenessClock, PHASES } from '../../clock/liveness-clock.js';
import type { ClientNetwork } from './viewer-admission.js';
import {
  type DefinitionNotice,
  type Frame,
  type Heartbeat,
  usesEventStream,
  type ViewerKind,
  type Patch,
  type Position,
  type SnapshotFrames,
  type Status,
} from './frames.js';
import { getDescriptor, type WriteBatch, writeDirectly } from '../../http/direct-write.js';
import { encodeComment } from '../../http/event-stream.js';
import type { CloseCode } from '../../protocol/close-codes.js';

const EMPTY_BUFFER = Buffer.alloc(0);
const HEARTBEAT_COMMENT = encodeComment('heartbeat');

/** Time that a viewer has to disconnect after a close, milliseconds. Then its socket is destroyed. */
export const CLOSE_TIMEOUT_MS = 2_000;

/** Limits on the time without a sign of life, milliseconds. */
export interface LivenessTimeouts {
  readonly pingAfterMs: number;
  readonly closeAfterMs: number;
}

/** Time without a frame after which a viewer gets a heartbeat, in ticks of the liveness clock. */
export interface HeartbeatPace {
  readonly maxTicks: number;
  /** Ticks before `maxTicks` over which the heartbeats of viewers that got a frame together are spread. */
  readonly spreadTicks: number;
}

export class TrafficStats {
  /** Snapshots, patches, heartbeats and status messages. */
  frames = 0;
  bytes = 0;
  /** Frames that were not sent because the viewer was still receiving an earlier one. */
  skipped = 0;
}

/** The source of a viewer's frames: one view of a dashboard. `Feed` implements it. */
export interface FrameSource {
  readonly dashboard: string;
  readonly snapshots: SnapshotFrames;
  readonly status: Status;
  readonly definition: DefinitionNotice;
  readonly traffic: TrafficStats;
  getHeartbeat(): Heartbeat;
  /** True if a viewer at this position is up to date. */
  isCurrent(position: Position): boolean;
  /** Returns the position of an SSE event id if a viewer that resumes there is up to date. */
  resume(id: string | undefined): Position | undefined;
}

export abstract class Viewer {
  /** Position after the last frame written to the viewer; revision -1: none. */
  revision = -1;
  edition = 0;
  protected state: 'ready' | 'busy' | 'closing' = 'ready';
  network: ClientNetwork | undefined;
  /** Time at which its right to watch ends, milliseconds since the Unix epoch. */
  expiresAtMs = Infinity;
  closeReason: { readonly code: number; readonly reason: string } | undefined;
  #sentDegraded = false;
  /** Number of the definition that the viewer knows. */
  #sentVersion = -1;
  /** Time of the last sign of life, by the liveness clock. */
  protected lastSeenMs: number;
  /** Tick of the liveness clock at which the last frame was written. */
  #sentTick: number;
  /** Place of the viewer among those that connected or got a frame together, from 0 to {@link PHASES}. */
  readonly #phase: number;
  readonly #descriptor: number;

  constructor(
    readonly kind: ViewerKind,
    readonly source: FrameSource,
    protected readonly socket: Socket,
    protected readonly clock: LivenessClock,
  ) {
    this.lastSeenMs = clock.now();
    this.#sentTick = clock.ticks;
    this.#phase = clock.takePhase();
    this.#descriptor = getDescriptor(socket);
  }

  /** Fraction from 0 to 1 by which what viewers do at intervals is spread. */
  protected get phase(): number {
    return this.#phase / PHASES;
  }

  /** Called about once a second. Closes the viewer if it has shown no sign of life for too long. */
  abstract checkLiveness(timeouts: LivenessTimeouts): void;

  /** Asks the client to reconnect after `afterMs` and closes the viewer. */
  abstract requestReconnect(afterMs: number): void;

  /** Starts the closing handshake. Destroys the socket if the viewer has not disconnected after `CLOSE_TIMEOUT_MS`. */
  abstract close(code: CloseCode): void;

  /**
   * Sends the patch, or the latest snapshot if the patch does not apply to the viewer's revision.
   * @param batch writes the frame when it is flushed
   * @returns bytes written; 0 if the viewer is up to date, busy or closing
   */
  sendPatch(patch: Patch, batch: WriteBatch): number {
    const isPast =
      this.revision > patch.revision || (this.revision === patch.revision && this.edition >= patch.edition);
    if (isPast || this.state === 'closing') return 0;
    if (this.state === 'busy' || this.socket.writableLength > 0) {
      this.source.traffic.skipped += 1;
      if (this.state === 'ready') this.#awaitDrain();
      return 0;
    }
    return this.#writeFrame(patch.getFrame(this.kind, this) ?? this.source.snapshots.getLatest(this.kind), batch);
  }

  sendLatest(): void {
    if (this.state === 'ready' && !this.source.isCurrent(this)) {
      this.#writeFrame(this.source.snapshots.getLatest(this.kind));
    }
  }

  /** Sends the status if it has changed. Bare snapshots cannot express it. */
  sendStatus(): void {
    const { status } = this.source;
    if (status.degraded === this.#sentDegraded || this.kind === 'bare' || this.state !== 'ready') return;
    if (this.socket.writableLength > 0) return this.#awaitDrain();
    this.#sentDegraded = status.degraded;
    this.#writeBytes(status.getFrame(this.kind));
  }

  /** Sends the number of the definition if it has changed. Bare snapshots cannot express it. */
  sendDefinition(): void {
    const { definition } = this.source;
    if (definition.version === this.#sentVersion || this.kind === 'bare' || this.state !== 'ready') return;
    if (this.socket.writableLength > 0) return this.#awaitDrain();
    this.#sentVersion = definition.version;
    this.#writeBytes(definition.getFrame(this.kind));
  }

  /** Begins at a position that the client has received on an earlier connection. */
  protected resume(position: Position | undefined): void {
    if (!position) return;
    this.revision = position.revision;
    this.edition = position.edition;
    this.#sentVersion = this.source.definition.version;
  }

  /** Forgets the viewer's revision after the epoch changed: the next frame is a snapshot. */
  reset(): void {
    this.revision = -1;
  }

  /**
   * Sends a heartbeat if it is due; to a bare viewer its snapshot again. A busy viewer is about to receive bytes and
   * needs none.
   */
  checkHeartbeat({ maxTicks, spreadTicks }: HeartbeatPace): void {
    const silentTicks = this.clock.ticks - this.#sentTick;
    if (silentTicks < maxTicks - spreadTicks || silentTicks < maxTicks - Math.floor(this.phase * spreadTicks)) return;
    if (this.state !== 'ready' || this.socket.writableLength > 0) return;
    if (this.kind === 'bare') this.#writeFrame(this.source.snapshots.getLatest(this.kind));
    else if (this.revision < 0) this.sendLatest();
    else if (usesEventStream(this.kind)) this.#writeBytes(HEARTBEAT_COMMENT);
    else this.#writeBytes(this.source.getHeartbeat().getFrame(this.revision));
  }

  /** Called when the socket has written all waiting bytes. */
  protected onDrained(): void {}

  #writeFrame({ revision, edition, version, bytes }: Frame, batch?: WriteBatch): number {
    this.revision = revision;
    this.edition = edition;
    if (version !== undefined) this.#sentVersion = version;
    return this.#writeBytes(bytes, batch);
  }

  #writeBytes(bytes: Buffer, batch?: WriteBatch): number {
    const { traffic } = this.source;
    traffic.frames += 1;
    traffic.bytes += bytes.length;
    this.#sentTick = this.clock.ticks;
    if (batch) batch.add(this.socket, this.#descriptor, bytes);
    else this.write(bytes);
    return bytes.length;
  }

  /** Writes after everything that has been written to the socket. */
  protected write(bytes: Buffer): void {
    writeDirectly(this.socket, this.#descriptor, bytes);
  }

  /**
   * Writes nothing and waits for its callback. A socket below its high-water mark has bytes waiting but never emits
   * `drain`.
   */
  #awaitDrain(): void {
    this.state = 'busy';
    this.socket.write(EMPTY_BUFFER, (error) => {
      if (error || this.state !== 'busy') return;
      this.state = 'ready';
      this.onDrained();
      this.sendLatest();
      this.sendStatus();
      this.sendDefinition();
    });
  }
}

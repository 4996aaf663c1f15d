/** Encodes frames. Each is encoded once for all viewers of the same kind that watch the same counters. */
import type { Period } from '../../counters/definition.js';
import { stringifyDecimals } from '../../measures/decimal-json.js';
import type { DashboardState } from '../state/dashboard-state.js';
import { toEventId } from '../../http/event-stream.js';
import type { LiveMessage } from '../../protocol/live-messages.js';

/**
 * Frame format of a viewer: bare snapshots; messages of `tallyboard.v1` over WebSocket; the same messages as
 * server-sent events. `+totals`: messages include totals.
 */
export type ViewerKind = 'bare' | 'v1' | 'sse' | 'v1+totals' | 'sse+totals';

export function hasTotals(kind: ViewerKind): boolean {
  return kind === 'v1+totals' || kind === 'sse+totals';
}

export function usesEventStream(kind: ViewerKind): boolean {
  return kind === 'sse' || kind === 'sse+totals';
}

/** Part of a dashboard that a feed shows. */
export interface FeedView {
  /** Counters and measures, in the order of their names; undefined: all. */
  readonly filter: ReadonlySet<string> | undefined;
  /** Present periods, shortest first. */
  readonly periods: readonly Period[];
}

/**
 * State that a viewer has received. What is shown can change at one revision, when a period begins or the definition
 * changes: each such change is an edition.
 */
export interface Position {
  readonly revision: number;
  readonly edition: number;
}

/** Bytes ready for a socket, and the position of a viewer after receiving them. */
export interface Frame extends Position {
  readonly bytes: Buffer;
  /** Number of the definition that the frame tells of. */
  readonly version?: number;
}

type CounterMessage = Extract<LiveMessage, { type: 'snapshot' | 'patch' }>;

/** Encodes a text message as one unmasked WebSocket frame (RFC 6455, 5.2), header and payload in one buffer. */
function encodeTextFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const headerBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafeSlow(headerBytes + length);
  frame[0] = 0x81;
  if (headerBytes === 2) {
    frame[1] = length;
  } else if (headerBytes === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, headerBytes);
  return frame;
}

export function encodeMessage(message: LiveMessage): Buffer {
  return encodeTextFrame(stringify(message));
}

/** Only measures are decimals. */
function stringify(message: LiveMessage): string {
  return 'measures' in message || 'periods' in message ? stringifyDecimals(message) : JSON.stringify(message);
}

/** An empty ping (RFC 6455, 5.5.2). */
export const PING_FRAME = Buffer.from([0x89, 0x00]);

/** Encodes a message as a server-sent event. `fields`: further lines of the event, each with its newline. */
export function encodeEvent(message: LiveMessage, fields: string): Buffer {
  return Buffer.from(`${fields}data: ${stringify(message)}\n\n`);
}

function encodeFrame(kind: ViewerKind, message: CounterMessage, epoch: string): Buffer {
  if (kind === 'bare') return encodeTextFrame(JSON.stringify(message.counters));
  return usesEventStream(kind)
    ? encodeEvent(message, `id: ${toEventId(epoch, message.revision)}\n`)
    : encodeMessage(message);
}

/** The latest snapshot of one view as a frame of each kind. A frame is encoded on demand, once per revision. */
export class SnapshotFrames {
  #frames: { [kind in ViewerKind]?: Frame } = {};

  constructor(
    private readonly state: DashboardState,
    private readonly view: FeedView,
    private readonly heartbeatMs: number,
    private readonly getEdition: () => number,
  ) {}

  getLatest(kind: ViewerKind): Frame {
    const cached = this.#frames[kind];
    const { revision, epoch, version } = this.state;
    if (cached?.revision === revision) return cached;
    const snapshot = this.state.toSnapshot({ ...this.view, totals: hasTotals(kind) });
    const message = { type: 'snapshot', ...snapshot, definition: version, heartbeatMs: this.heartbeatMs } as const;
    const bytes = encodeFrame(kind, message, epoch);
    return (this.#frames[kind] = { revision, edition: this.getEdition(), version, bytes });
  }

  invalidate(): void {
    this.#frames = {};
  }
}

/** Positions before and after an update. */
interface PatchSpan {
  /** Undefined if only a snapshot can express the update. */
  readonly from: Position | undefined;
  /** Edition after the update. */
  readonly edition: number;
  /** Periods that have begun since `from`. */
  readonly begun: ReadonlySet<Period>;
}

/**
 * One update of a feed: takes viewers that are at the position `from` to the present state. Copies the values of the
 * changed counters when it is made and encodes them on demand, once per kind of viewer.
 */
export class Patch implements Position {
  readonly revision: number;
  readonly edition: number;
  readonly #from: Position | undefined;
  readonly #epoch: string;
  readonly #message: CounterMessage | undefined;
  readonly #messageWithTotals: CounterMessage | undefined;
  readonly #frames: { [kind in ViewerKind]?: Frame } = {};

  /**
   * @param changed counters that changed since `from`
   * @param totals true if any viewer needs totals. They must be copied now, together with the values
   */
  constructor(
    private readonly state: DashboardState,
    { from, edition, begun }: PatchSpan,
    view: FeedView,
    changed: ReadonlySet<string>,
    totals: boolean,
  ) {
    const { epoch, revision, at } = state;
    this.#epoch = epoch;
    this.revision = revision;
    this.edition = edition;
    this.#from = from;
    if (!from) return;
    const { counters, added, measures, periods } = state.toSnapshot({ ...view, changed, begun, totals });
    this.#message = {
      type: 'patch',
      from: from.revision,
      revision,
      at,
      counters,
      ...(measures && { measures }),
      ...(periods && { periods }),
    };
    if (added) this.#messageWithTotals = { ...this.#message, added };
  }

  /** Returns the patch for a viewer, or undefined if that viewer needs a snapshot. */
  getFrame(kind: ViewerKind, { revision, edition }: Position): Frame | undefined {
    const message = hasTotals(kind) ? this.#messageWithTotals : this.#message;
    if (kind === 'bare' || revision !== this.#from?.revision || edition !== this.#from.edition || !message)
      return undefined;
    // The state may be replaced by one of another epoch while the broadcast yields to the event loop.
    if (this.state.epoch !== this.#epoch) return undefined;
    return (this.#frames[kind] ??= {
      revision: this.revision,
      edition: this.edition,
      bytes: encodeFrame(kind, message, this.#epoch),
    });
  }
}

/** A heartbeat of `tallyboard.v1`, encoded once for each revision among the viewers. */
export class Heartbeat {
  readonly #frames = new Map<number, Buffer>();

  constructor(readonly at: number) {}

  getFrame(revision: number): Buffer {
    let frame = this.#frames.get(revision);
    if (!frame) {
      frame = encodeMessage({ type: 'heartbeat', revision, at: this.at });
      this.#frames.set(revision, frame);
    }
    return frame;
  }
}

/** The `definition` message of one version, encoded once for WebSocket and once for SSE. */
export class DefinitionNotice {
  #message: Buffer | undefined;
  #event: Buffer | undefined;

  constructor(readonly version: number) {}

  getFrame(kind: ViewerKind): Buffer {
    const message = { type: 'definition', version: this.version } as const;
    return usesEventStream(kind)
      ? (this.#event ??= encodeEvent(message, ''))
      : (this.#message ??= encodeMessage(message));
  }
}

/** The `status` message, encoded once for WebSocket and once for SSE. */
export class Status {
  #message: Buffer | undefined;
  #event: Buffer | undefined;

  /** @param since start of this status, milliseconds since the Unix epoch */
  constructor(
    readonly degraded: boolean,
    private readonly since: number,
  ) {}

  getFrame(kind: ViewerKind): Buffer {
    const { degraded, since } = this;
    const message = { type: 'status', degraded, since } as const;
    return usesEventStream(kind)
      ? (this.#event ??= encodeEvent(message, ''))
      : (this.#message ??= encodeMessage(message));
  }
}

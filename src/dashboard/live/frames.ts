/** Frames as bytes: each is encoded once, for all viewers of its kind who see the same counters. */
import type { DashboardState } from '../state/dashboard-state.js';
import type { LiveMessage } from '../../protocol/live-messages.js';

/**
 * How a viewer is spoken to: in bare snapshots, in messages of `tallyboard.v1`, or in the same messages as server-sent events; and
 * in messages with totals where they were asked for.
 */
export type ViewerKind = 'bare' | 'v1' | 'sse' | 'v1+totals' | 'sse+totals';

export function hasTotals(kind: ViewerKind): boolean {
  return kind === 'v1+totals' || kind === 'sse+totals';
}

export function usesEventStream(kind: ViewerKind): boolean {
  return kind === 'sse' || kind === 'sse+totals';
}

/** Bytes ready for a socket, and the revision that a viewer is at when it has them. */
export interface Frame {
  readonly revision: number;
  readonly bytes: Buffer;
}

/** A message that shows counters. */
type CounterMessage = Extract<LiveMessage, { type: 'snapshot' | 'patch' }>;

/** A whole text message as an unmasked WebSocket frame (RFC 6455, 5.2): header and payload in one buffer. */
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
  return encodeTextFrame(JSON.stringify(message));
}

/** An empty ping (RFC 6455, 5.5.2). */
export const PING_FRAME = Buffer.from([0x89, 0x00]);

/** A message as a server-sent event. `fields` are lines of it that come first, each with its end. */
export function encodeEvent(message: LiveMessage, fields: string): Buffer {
  return Buffer.from(`${fields}data: ${JSON.stringify(message)}\n\n`);
}

/** A comment in a stream of events. */
export function encodeComment(text: string): Buffer {
  return Buffer.from(`: ${text}\n\n`);
}

/** The id of an event: the state that a viewer has when it has the event. */
export function toEventId(epoch: string, revision: number): string {
  return `${epoch}:${revision}`;
}

function encodeFrame(kind: ViewerKind, message: CounterMessage, epoch: string): Buffer {
  if (kind === 'bare') return encodeTextFrame(JSON.stringify(message.counters));
  return usesEventStream(kind)
    ? encodeEvent(message, `id: ${toEventId(epoch, message.revision)}\n`)
    : encodeMessage(message);
}

/** The newest snapshot of what a filter shows as a frame of each kind, encoded when first asked for at a revision. */
export class SnapshotFrames {
  #frames: { [kind in ViewerKind]?: Frame } = {};

  /** @param filter the counters to show; all when it is undefined */
  constructor(
    private readonly state: DashboardState,
    private readonly filter: ReadonlySet<string> | undefined,
  ) {}

  getLatest(kind: ViewerKind): Frame {
    const cached = this.#frames[kind];
    const { revision, epoch } = this.state;
    if (cached?.revision === revision) return cached;
    const bytes = encodeFrame(
      kind,
      { type: 'snapshot', ...this.state.toSnapshot(this.filter, hasTotals(kind)) },
      epoch,
    );
    return (this.#frames[kind] = { revision, bytes });
  }

  /** Forgets all: revisions begin anew. */
  invalidate(): void {
    this.#frames = {};
  }
}

/** What takes viewers to the present revision: a patch for those that are at `from`. Its cost is that of the counters that changed. */
export class Patch {
  readonly revision: number;
  readonly #epoch: string;
  readonly #message: CounterMessage | undefined;
  readonly #messageWithTotals: CounterMessage | undefined;
  readonly #frames: { [kind in ViewerKind]?: Frame } = {};

  /**
   * @param from undefined when a patch will not do
   * @param includeTotals whether there are viewers who want them: values and totals are of one moment, and frames are encoded later
   */
  constructor(
    private readonly state: DashboardState,
    readonly from: number | undefined,
    counterNames: Iterable<string>,
    includeTotals: boolean,
  ) {
    const { epoch, revision, at } = state;
    this.#epoch = epoch;
    this.revision = revision;
    if (from === undefined) return;
    const { counters, added } = state.toSnapshot(counterNames, includeTotals);
    this.#message = { type: 'patch', from, revision, at, counters };
    if (added) this.#messageWithTotals = { ...this.#message, added };
  }

  /** The patch for a viewer at a revision; undefined when that viewer needs a snapshot. */
  getFrame(kind: ViewerKind, revision: number): Frame | undefined {
    const message = hasTotals(kind) ? this.#messageWithTotals : this.#message;
    if (kind === 'bare' || revision !== this.from || !message) return undefined;
    // While a crowd is being visited the state can become one of another epoch, whose revisions are others.
    if (this.state.epoch !== this.#epoch) return undefined;
    return (this.#frames[kind] ??= { revision: this.revision, bytes: encodeFrame(kind, message, this.#epoch) });
  }
}

/** A heartbeat of `tallyboard.v1`, encoded once for each revision that viewers are at. */
export class Heartbeat {
  readonly #frames = new Map<number, Buffer>();

  constructor(private readonly at: number) {}

  getFrame(revision: number): Buffer {
    let frame = this.#frames.get(revision);
    if (!frame) {
      frame = encodeMessage({ type: 'heartbeat', revision, at: this.at });
      this.#frames.set(revision, frame);
    }
    return frame;
  }
}

/** Whether what is shown may be behind, encoded once for messages and for events. */
export class Status {
  #message: Buffer | undefined;
  #event: Buffer | undefined;

  /** @param since milliseconds since the Unix epoch */
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

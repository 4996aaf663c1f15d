/** Frames as bytes: each is encoded once, for all viewers of its kind. */
import type { LivingState } from '../living.state.js';
import type { LiveMessage } from './protocol.js';

/** How a viewer is spoken to: in bare snapshots, or in messages of `tallyboard.v1`. */
export type Kind = 'bare' | 'v1';

/** Bytes ready for a socket, and the revision that a viewer is at when it has them. */
export interface Frame {
  readonly revision: number;
  readonly bytes: Buffer;
}

/** A whole text message as an unmasked WebSocket frame (RFC 6455, 5.2): header and payload in one buffer. */
export function encodeText(text: string): Buffer {
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
  return encodeText(JSON.stringify(message));
}

/** An empty ping (RFC 6455, 5.5.2). */
export const PING = Buffer.from([0x89, 0x00]);

/** The newest snapshot of one dashboard as a frame of each kind, encoded when first asked for at a revision. */
export class SnapshotFrames {
  readonly #frames = new Map<Kind, Frame>();

  constructor(private readonly state: LivingState) {}

  newest(kind: Kind): Frame {
    const known = this.#frames.get(kind);
    if (known && known.revision === this.state.revision) return known;
    const snapshot = this.state.snapshot();
    const bytes =
      kind === 'bare'
        ? encodeText(JSON.stringify(snapshot.counters))
        : encodeMessage({ type: 'snapshot', ...snapshot });
    const frame = { revision: snapshot.revision, bytes };
    this.#frames.set(kind, frame);
    return frame;
  }
}

/** The patch that takes a viewer from one revision to the present one. Its cost is that of the counters that changed. */
export class PatchFrame implements Frame {
  readonly revision: number;
  readonly #message: LiveMessage;
  #bytes: Buffer | undefined;

  constructor(
    state: LivingState,
    readonly from: number,
    changed: Iterable<string>,
  ) {
    const counters: Record<string, number> = {};
    for (const name of changed) {
      const value = state.valueOf(name);
      if (value !== undefined) counters[name] = value;
    }
    this.revision = state.revision;
    this.#message = { type: 'patch', from, revision: state.revision, at: state.at, counters };
  }

  get bytes(): Buffer {
    return (this.#bytes ??= encodeMessage(this.#message));
  }
}

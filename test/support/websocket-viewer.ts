/** A viewer over `ws`: keeps every frame it gets, follows the state, and waits for what a test expects. */
import type { WebSocket } from 'ws';
import { type Frame as Encoded, SnapshotFrames } from '../../src/dashboard/live/frames.js';
import { type BareSnapshot, type LiveMessage, SUBPROTOCOL } from '../../src/protocol/live-messages.js';
import { CheckedWebSocket } from './response-check.js';
import { afterTest } from './cleanup.js';

/** Where a viewer stands after a frame: the whole state, put together as its kind of frames says. */
export interface ViewerState {
  readonly revision: number;
  /** Of `tallyboard.v1`: what the revision counts in. */
  readonly epoch?: string;
  readonly counters: Readonly<Record<string, number>>;
  /** Of a viewer that asked for totals: all that was ever added to each. */
  readonly added?: Readonly<Record<string, number>>;
}

export class WebSocketViewer<Frame> {
  readonly frames: Frame[] = [];
  /** Where each frame that carried counters led. */
  readonly states: ViewerState[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  readonly #waiters = new Set<() => void>();

  constructor(
    readonly socket: WebSocket,
    applyFrame: (frame: Frame, last: ViewerState | undefined) => ViewerState | undefined,
  ) {
    socket.on('message', (bytes: Buffer) => {
      const frame = JSON.parse(bytes.toString()) as Frame;
      this.frames.push(frame);
      const state = applyFrame(frame, this.states.at(-1));
      if (state) this.states.push(state);
      this.#notify();
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
      this.#notify();
    });
    socket.on('error', () => {});
    afterTest(() => socket.terminate());
  }

  get last(): Frame | undefined {
    return this.frames.at(-1);
  }

  /** Resolves when the condition holds, looking after each frame and at the close. */
  async waitFor(condition: (viewer: this) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((resolve) => this.#waiters.add(resolve));
  }

  /** Resolves when the viewer sees these values, among others. */
  async waitForValues(counters: Readonly<Record<string, number>>): Promise<void> {
    await this.waitFor(({ states }) =>
      Object.entries(counters).every(([name, value]) => states.at(-1)?.counters[name] === value),
    );
  }

  #notify(): void {
    for (const resolve of this.#waiters) resolve();
    this.#waiters.clear();
  }
}

/** A plain client, which offers no subprotocol. Bare frames have no revision: it counts them. */
export async function watchBare(url: string, path?: string): Promise<WebSocketViewer<BareSnapshot>> {
  return waitForFirstFrame(
    new WebSocketViewer<BareSnapshot>(openSocket(url, [], path), (counters, last) => ({
      revision: (last?.revision ?? 0) + 1,
      counters,
    })),
  );
}

/** A client of `tallyboard.v1`, which takes a patch only when it is for where it is. */
export async function watchV1(url: string, path?: string): Promise<WebSocketViewer<LiveMessage>> {
  return waitForFirstFrame(new WebSocketViewer<LiveMessage>(openSocket(url, [SUBPROTOCOL], path), applyLiveMessage));
}

/** Where a message leads. @throws when it is a patch for elsewhere, of an earlier revision of its epoch, or has totals where they do not belong */
export function applyLiveMessage(message: LiveMessage, last: ViewerState | undefined): ViewerState | undefined {
  if (message.type === 'heartbeat' && message.revision !== last?.revision) {
    throw new Error(`a heartbeat of ${message.revision} at ${last?.revision}`);
  }
  if (message.type !== 'snapshot' && message.type !== 'patch') return undefined;
  const epoch = message.type === 'snapshot' ? message.epoch : last?.epoch;
  if (message.revision < (last?.revision ?? 0) && epoch === (last?.epoch ?? epoch)) {
    throw new Error(`${message.revision} after ${last?.revision}`);
  }
  const { revision, counters, added } = message;
  if (added && Object.keys(added).join() !== Object.keys(counters).join()) {
    throw new Error(`totals of ${Object.keys(added).join()} beside values of ${Object.keys(counters).join()}`);
  }
  if (message.type === 'snapshot') return { revision, epoch: message.epoch, counters, ...(added && { added }) };
  if (message.from !== last?.revision) throw new Error(`a patch from ${message.from} at ${last?.revision}`);
  if (!added !== !last.added) throw new Error(`totals come and go at ${revision}`);
  const next = { ...last, revision, counters: { ...last.counters, ...counters } };
  return added ? { ...next, added: { ...last.added, ...added } } : next;
}

/** Of messages that say whether what is shown may be behind, what they say. */
export function listStatuses(messages: readonly LiveMessage[]): boolean[] {
  return messages.flatMap((message) => (message.type === 'status' ? [message.degraded] : []));
}

function openSocket(url: string, protocols: string[], path = '/dashboard'): WebSocket {
  return new CheckedWebSocket(url.replace('http', 'ws') + path, protocols);
}

/** Resolves with the viewer when it has its first frame. */
async function waitForFirstFrame<Frame>(viewer: WebSocketViewer<Frame>): Promise<WebSocketViewer<Frame>> {
  await viewer.waitFor(({ frames, closed }) => frames.length > 0 || closed !== undefined);
  return viewer;
}

/** Every snapshot that a viewer is given from now on, as the frame that it is. */
export function recordSnapshots(): Encoded[] {
  const frames: Encoded[] = [];
  const { prototype } = SnapshotFrames;
  const original = Object.getOwnPropertyDescriptor(prototype, 'getLatest')?.value as typeof prototype.getLatest;
  prototype.getLatest = function recorded(kind): Encoded {
    const frame = original.call(this, kind);
    frames.push(frame);
    return frame;
  };
  afterTest(() => (prototype.getLatest = original));
  return frames;
}

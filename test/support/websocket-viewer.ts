/** A viewer over `ws`: keeps every frame it gets, follows the state, and waits for what a test expects. */
import type { WebSocket } from 'ws';
import { type Frame as EncodedFrame, SnapshotFrames } from '../../src/dashboard/live/frames.js';
import { type BareSnapshot, type LiveMessage, SUBPROTOCOL } from '../../src/protocol/live-messages.js';
import type { ViewerState } from '../harness/viewer-state.js';
import { CheckedWebSocket } from './response-check.js';
import { afterTest } from './cleanup.js';
import { followMessages, RecordingViewer } from './recording-viewer.js';

export class WebSocketViewer<Frame> extends RecordingViewer {
  readonly frames: Frame[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;

  constructor(
    readonly socket: WebSocket,
    applyFrame: (frame: Frame, last: ViewerState | undefined) => ViewerState | undefined,
  ) {
    super();
    socket.on('message', (bytes: Buffer) => {
      const frame = JSON.parse(bytes.toString()) as Frame;
      this.frames.push(frame);
      const state = applyFrame(frame, this.states.at(-1));
      if (state) this.states.push(state);
      this.notify();
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
      this.notify();
    });
    socket.on('error', () => {});
    afterTest(() => socket.terminate());
  }

  get last(): Frame | undefined {
    return this.frames.at(-1);
  }
}

/** Bare frames have no revision: the state's is the number of the frame. */
export function countFrames(counters: BareSnapshot, last: ViewerState | undefined): ViewerState {
  return { revision: (last?.revision ?? 0) + 1, counters };
}

/** A plain client, which offers no subprotocol. */
export async function watchBare(url: string, path?: string): Promise<WebSocketViewer<BareSnapshot>> {
  return waitForFirstFrame(new WebSocketViewer<BareSnapshot>(openSocket(url, [], path), countFrames));
}

/** A client of `tallyboard.v1`, which takes a patch only when it is for where it is. */
export async function watchV1(url: string, path?: string): Promise<WebSocketViewer<LiveMessage>> {
  return waitForFirstFrame(new WebSocketViewer<LiveMessage>(openSocket(url, [SUBPROTOCOL], path), followMessages()));
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
export function recordSnapshots(): EncodedFrame[] {
  const frames: EncodedFrame[] = [];
  const { prototype } = SnapshotFrames;
  const original = Object.getOwnPropertyDescriptor(prototype, 'getLatest')?.value as typeof prototype.getLatest;
  prototype.getLatest = function recorded(kind): EncodedFrame {
    const frame = original.call(this, kind);
    frames.push(frame);
    return frame;
  };
  afterTest(() => (prototype.getLatest = original));
  return frames;
}

/** A viewer over WebSocket that records every frame and state. */
import type { WebSocket } from 'ws';
import { type Frame as EncodedFrame, SnapshotFrames } from '../../src/dashboard/live/frames.js';
import { type BareSnapshot, type LiveMessage, SUBPROTOCOL } from '../../src/protocol/live-messages.js';
import type { ViewerState } from '../harness/viewer-state.js';
import { CheckedWebSocket } from './response-check.js';
import { afterTest } from './cleanup.js';
import { countFrames, followMessages, RecordingViewer } from './recording-viewer.js';

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

/** Opens a bare viewer, which offers no subprotocol. Resolves after its first frame. */
export async function watchBare(url: string, path?: string): Promise<WebSocketViewer<BareSnapshot>> {
  return waitForFirstFrame(new WebSocketViewer<BareSnapshot>(openSocket(url, [], path), countFrames));
}

/** Opens a viewer with subprotocol `tallyboard.v1`, which rejects a patch that does not start at its revision. */
export async function watchV1(url: string, path?: string): Promise<WebSocketViewer<LiveMessage>> {
  return waitForFirstFrame(new WebSocketViewer<LiveMessage>(openSocket(url, [SUBPROTOCOL], path), followMessages()));
}

function openSocket(url: string, protocols: string[], path = '/dashboard'): WebSocket {
  return new CheckedWebSocket(url.replace('http', 'ws') + path, protocols);
}

/** Resolves with the viewer when it has its first frame, or was closed without one. */
async function waitForFirstFrame<Frame>(viewer: WebSocketViewer<Frame>): Promise<WebSocketViewer<Frame>> {
  await viewer.waitFor(({ frames, closed }) => frames.length > 0 || closed !== undefined);
  return viewer;
}

/** Records every encoded snapshot frame that viewers in this process get until the test ends. */
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

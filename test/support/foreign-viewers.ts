/** Viewers that use WebSocket and event stream clients of other authors, in Go, Java, RxJS and a browser. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { retry } from 'rxjs';
import { webSocket, type WebSocketSubjectConfig } from 'rxjs/webSocket';
import { WebSocket } from 'ws';
import { type BareSnapshot, type LiveMessage, SUBPROTOCOL } from '../../src/protocol/live-messages.js';
import type { ViewerState } from '../harness/viewer-state.js';
import { afterTest } from './cleanup.js';
import { type RunningCommand, startCommand } from './cli-process.js';
import { countFrames, followMessages, RecordingViewer } from './recording-viewer.js';
import { createTempDirectory } from './temp-directory.js';

const RECONNECT_DELAY_MS = 20;
const PROGRAMS = fileURLToPath(new URL('foreign-viewers/', import.meta.url));

/** A viewer whose frames arrive as text from another program. */
export class ForeignViewer extends RecordingViewer {
  /** Close code and reason, as the client reports them. */
  closed: string | undefined;
  /** First failure of the client, or first violation of the protocol that it received. */
  fault: string | undefined;
  readonly #apply: (frame: string, last: ViewerState | undefined) => ViewerState | undefined;

  /** @param isBare the viewer has no subprotocol: its frames are bare snapshots */
  constructor(
    readonly name: string,
    isBare = false,
  ) {
    super();
    const follow = followMessages();
    this.#apply = isBare
      ? (frame, last) => countFrames(JSON.parse(frame) as BareSnapshot, last)
      : (frame) => follow(JSON.parse(frame) as LiveMessage);
  }

  receive(frame: string): void {
    try {
      const state = this.#apply(frame, this.states.at(-1));
      if (state) this.states.push(state);
    } catch (error) {
      this.fail(String(error));
    }
    this.notify();
  }

  close(closed: string): void {
    this.closed = closed;
    this.notify();
  }

  fail(fault: string): void {
    this.fault ??= fault;
    this.notify();
  }

  /** Resolves when the condition holds. @throws Error if the client fails or sees a violation of the protocol first */
  async waitUntil(condition: (viewer: this) => boolean): Promise<void> {
    await this.waitFor((viewer) => viewer.fault !== undefined || condition(viewer));
    if (this.fault !== undefined) throw new Error(`${this.name}: ${this.fault}`);
  }
}

/** Reads the lines that a program prints: each frame, and finally `closed CODE REASON`. */
function readProgram(viewer: ForeignViewer, { child, ended, stderr }: RunningCommand): ForeignViewer {
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => (line.startsWith('closed ') ? viewer.close(line.slice(7)) : viewer.receive(line)));
  ended.then(
    (code) => code !== 0 && viewer.fail(`exited with ${code}: ${stderr()}`),
    (error: unknown) => viewer.fail(String(error)),
  );
  return viewer;
}

/** Builds the viewer with gorilla/websocket. @returns its path @throws Error with the output of Go if it fails */
export async function buildGorillaViewer(): Promise<string> {
  const program = join(createTempDirectory(), 'gorilla');
  const env = { HOME: homedir(), GO111MODULE: 'off', GOPATH: '/usr/share/gocode' };
  const { ended, stderr } = startCommand(['build', '-o', program, 'gorilla.go'], env, 'go', PROGRAMS);
  if ((await ended) !== 0) throw new Error(`go build failed, golang-github-gorilla-websocket-dev missing? ${stderr()}`);
  return program;
}

/** @param program path that `buildGorillaViewer` returned */
export function watchWithGorilla(program: string, url: string): ForeignViewer {
  return readProgram(new ForeignViewer('gorilla/websocket'), startCommand([url, SUBPROTOCOL], {}, program));
}

/** Watches without a subprotocol, as clients of the original Go program did. */
export function watchBareWithGorilla(program: string, url: string): ForeignViewer {
  return readProgram(new ForeignViewer('gorilla/websocket, bare', true), startCommand([url], {}, program));
}

/** Watches with `java.net.http.WebSocket`. */
export function watchWithJava(url: string): ForeignViewer {
  const command = startCommand([join(PROGRAMS, 'JavaHttp.java'), url, SUBPROTOCOL], {}, 'java');
  return readProgram(new ForeignViewer('java.net.http'), command);
}

/** Watches with `webSocket()` of RxJS in this process. @param reconnects times that `retry()` connects again */
export function watchWithRxJs(url: string, reconnects = 0): ForeignViewer {
  const viewer = new ForeignViewer('RxJS');
  const socket = webSocket<string>({
    url,
    protocol: SUBPROTOCOL,
    WebSocketCtor: WebSocket as unknown as NonNullable<WebSocketSubjectConfig<string>['WebSocketCtor']>,
    deserializer: ({ data }) => String(data),
    closeObserver: { next: ({ code, reason }) => viewer.close(`${code} ${reason}`) },
  });
  const subscription = socket.pipe(retry({ count: reconnects, delay: RECONNECT_DELAY_MS })).subscribe({
    next: (frame) => viewer.receive(frame),
    error: (error: unknown) => viewer.fail(String(error)),
  });
  afterTest(() => subscription.unsubscribe());
  return viewer;
}

/** Watches with the `EventSource` of a browser, which reconnects by itself. @param page of the service's own origin */
export async function watchWithEventSource(page: Page, path: string): Promise<ForeignViewer> {
  const viewer = new ForeignViewer('EventSource');
  await page.exposeFunction('receiveFrame', (frame: string) => viewer.receive(frame));
  await page.exposeFunction('failViewer', () => viewer.fail('it has given up'));
  await page.evaluate(`
    const source = new EventSource(${JSON.stringify(path)});
    source.onmessage = ({ data }) => receiveFrame(data);
    source.onerror = () => source.readyState === EventSource.CLOSED && failViewer();
  `);
  return viewer;
}

/** The WebSocket gateway: a connection becomes a viewer. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Inject } from '@nestjs/common';
import { type OnGatewayConnection, WebSocketGateway } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import type { Watch } from './viewer-admission.js';
import { Feeds } from './viewer-hub.js';
import { type LiveSocket, SocketViewer } from './websocket-viewer.js';

/** What the adapter hands over with each WebSocket. */
export interface Connection {
  readonly watch: Watch;
  /** The handshake. */
  readonly request: IncomingMessage;
  readonly socket: Socket;
}

@WebSocketGateway()
export class DashboardGateway implements OnGatewayConnection {
  /** One listener for all viewers. */
  readonly #onClose: (this: WebSocket, code: number, reason: Buffer) => void;

  constructor(@Inject(Feeds) private readonly feeds: Feeds) {
    this.#onClose = function onClose(code, reason): void {
      const { viewer } = this as LiveSocket;
      if (viewer) feeds.leave(viewer, code, reason);
    };
  }

  handleConnection(live: LiveSocket, { watch, request, socket }: Connection): void {
    live.on('close', this.#onClose);
    this.feeds.enter(watch, request, (feed) => new SocketViewer(feed, watch.totals, socket, live, performance.now()));
  }
}

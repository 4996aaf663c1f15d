/** The WebSocket gateway: a connection becomes a viewer. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type OnGatewayConnection, WebSocketGateway } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import type { WatchGrant } from './viewer-admission.js';
import { ViewerHub } from './viewer-hub.js';
import { type ViewerSocket, WebSocketViewer } from './websocket-viewer.js';

/** What the adapter hands over with each WebSocket. */
export interface AcceptedUpgrade {
  readonly grant: WatchGrant;
  /** The handshake. */
  readonly request: IncomingMessage;
  readonly socket: Socket;
}

@WebSocketGateway()
export class DashboardGateway implements OnGatewayConnection {
  /** One listener for all viewers. */
  readonly #onClose: (this: WebSocket, code: number, reason: Buffer) => void;

  constructor(private readonly hub: ViewerHub) {
    this.#onClose = function onClose(code, reason): void {
      const { viewer } = this as ViewerSocket;
      if (viewer) hub.disconnect(viewer, code, reason);
    };
  }

  handleConnection(webSocket: ViewerSocket, { grant: watch, request, socket }: AcceptedUpgrade): void {
    webSocket.on('close', this.#onClose);
    this.hub.connect(
      watch,
      request,
      (feed) => new WebSocketViewer(feed, watch.includeTotals, socket, webSocket, performance.now()),
    );
  }
}

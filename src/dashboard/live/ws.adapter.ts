/** The WebSocket adapter. It admits viewers before the upgrade and answers refusals over HTTP with a problem. */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { WebSocketServer } from 'ws';
import { stripBasePath } from '../../http/base-path.js';
import { Config } from '../../config/config.js';
import { TallyError } from '../../counters/errors.js';
import { offersWebSocket, serveWithoutUpgrade } from '../../http/ignored-upgrade.js';
import { refuseSocket, findTokenInUrl } from '../../http/problem-details.js';
import { findTargetError } from '../../http/request-target.js';
import { REQUEST_ID_HEADER, getRequestId } from '../../http/request-id.js';
import type { AcceptedUpgrade } from './dashboard.gateway.js';
import { ViewerAdmission } from './viewer-admission.js';
import { MAX_MESSAGE_BYTES, SUBPROTOCOL } from '../../protocol/live-messages.js';
import { ViewerSocket } from './websocket-viewer.js';
import { CLOSE_TIMEOUT_MS } from './viewer.js';

export class LiveWsAdapter extends WsAdapter {
  constructor(private readonly app: INestApplication<Server>) {
    super(app);
  }

  override create(): WebSocketServer {
    const webSocketServer = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
      WebSocket: ViewerSocket,
      handleProtocols: (offered) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
      closeTimeout: CLOSE_TIMEOUT_MS,
    } as ConstructorParameters<typeof WebSocketServer>[0]);
    webSocketServer.on('wsClientError', (error, socket, request) =>
      refuseSocket(socket, toHandshakeError(error, request), request),
    );
    webSocketServer.on('headers', (headers, request) => headers.push(`${REQUEST_ID_HEADER}: ${getRequestId(request)}`));
    const server = this.app.getHttpServer();
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      if (!offersWebSocket(request)) {
        serveWithoutUpgrade(server, request, socket, head);
        return;
      }
      // `ws` takes no list.
      request.headers.upgrade = 'websocket';
      void this.#handleUpgrade(webSocketServer, request, socket, head);
    });
    return webSocketServer;
  }

  /** Viewers send nothing of interest: Nest's message pipeline would cost each of them more than everything else. */
  override bindMessageHandlers(): void {}

  /** The gateway has its own listener, one for all viewers. */
  override bindClientDisconnect(): void {}

  override async close(webSocketServer: WebSocketServer): Promise<void> {
    webSocketServer.close();
  }

  async #handleUpgrade(
    webSocketServer: WebSocketServer,
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
  ): Promise<void> {
    // Node passes the socket without an error listener, and the client may reset it before one is added.
    socket.on('error', destroySocket);
    try {
      const targetError = findTargetError(request.url ?? '');
      if (targetError) throw targetError;
      const target = stripBasePath(this.app.get(Config).BASE_PATH, request.url ?? '');
      const tokenError = findTokenInUrl(target);
      if (tokenError) throw tokenError;
      const admission = this.app.get(ViewerAdmission);
      const grant = await admission.admitUpgrade(request, target);
      admission.assertCapacity(grant.network);
      socket.off('error', destroySocket);
      webSocketServer.handleUpgrade(request, socket, head, (webSocket) => {
        webSocketServer.emit('connection', webSocket, { grant, request, socket } satisfies AcceptedUpgrade);
      });
    } catch (error) {
      this.#refuse(socket, error, request);
    }
  }

  /** Never throws: nothing catches errors of the upgrade listener, so one would end the process. */
  #refuse(socket: Socket, error: unknown, request: IncomingMessage): void {
    const refusal =
      error instanceof TallyError
        ? error
        : new TallyError('internal-error', 'the viewer could not be admitted', { cause: error });
    refuseSocket(socket, refusal, request);
  }
}

function destroySocket(this: Socket): void {
  this.destroy();
}

function toHandshakeError(error: Error, { method, headers }: IncomingMessage): TallyError {
  if (method !== 'GET')
    return new TallyError('method-not-allowed', 'a WebSocket handshake must be a GET request', { allow: ['GET'] });
  const version = headers['sec-websocket-version'];
  if (version !== undefined && version !== '13') {
    return new TallyError('upgrade-required', `WebSocket version ${version} is not supported`);
  }
  return new TallyError('invalid-request', `invalid WebSocket handshake: ${error.message}`);
}

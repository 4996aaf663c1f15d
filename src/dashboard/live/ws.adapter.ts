/** The WsAdapter: decides at the upgrade, answers refusals over HTTP, and keeps nothing that a viewer who listens has no need of. */
import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { WebSocketServer } from 'ws';
import { stripBasePath } from '../../http/base-path.js';
import { Config } from '../../config/config.js';
import { TallyError } from '../../counters/errors.js';
import { refuseSocket, findTokenInUrl } from '../../http/problem-details.js';
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
      if (request.headers.upgrade?.toLowerCase() === 'websocket')
        void this.#handleUpgrade(webSocketServer, request, socket, head);
      else serveWithoutUpgrade(server, request, socket);
    });
    return webSocketServer;
  }

  /** Viewers listen: Nest's pipeline for messages would cost each of them more than all the rest. */
  override bindMessageHandlers(): void {}

  /** The gateway listens for the end of a viewer itself, with one listener for all. */
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
    // Node hands the socket over without a listener, and a client may reset it meanwhile.
    socket.on('error', destroySocket);
    try {
      const target = stripBasePath(this.app.get(Config).BASE_PATH, request.url ?? '');
      const tokenError = findTokenInUrl(target);
      if (tokenError) throw tokenError;
      const grant = await this.app.get(ViewerAdmission).admitUpgrade(request, target);
      socket.off('error', destroySocket);
      webSocketServer.handleUpgrade(request, socket, head, (webSocket) => {
        webSocketServer.emit('connection', webSocket, { grant, request, socket } satisfies AcceptedUpgrade);
      });
    } catch (error) {
      this.#refuse(socket, error, request);
    }
  }

  /** Nobody is above the listener of upgrades: what is thrown on would end the process. */
  #refuse(socket: Socket, error: unknown, request: IncomingMessage): void {
    const refusal =
      error instanceof TallyError
        ? error
        : new TallyError('internal-error', 'the viewer was not let in', { cause: error });
    refuseSocket(socket, refusal, request);
  }
}

function destroySocket(this: Socket): void {
  this.destroy();
}

/** What `ws` finds wrong with a handshake. */
function toHandshakeError(error: Error, { method, headers }: IncomingMessage): TallyError {
  if (method !== 'GET')
    return new TallyError('method-not-allowed', 'a WebSocket handshake is a GET', { allow: ['GET'] });
  const version = headers['sec-websocket-version'];
  if (version !== undefined && version !== '13') {
    return new TallyError('upgrade-required', `WebSocket version ${version} is not spoken here`);
  }
  return new TallyError('invalid-request', `the WebSocket handshake is not well formed: ${error.message}`);
}

/**
 * An upgrade to something else than WebSocket is an offer that may be passed over (RFC 9110, 7.8): Java's HttpClient offers
 * `h2c` with its first request. Node has let go of the parser by now, so that a body could not be read.
 */
function serveWithoutUpgrade(server: Server, request: IncomingMessage, socket: Socket): void {
  socket.on('error', () => socket.destroy());
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  if (length !== '0' || encoding !== undefined) {
    const detail = `an upgrade to ${request.headers.upgrade} cannot be offered with a body: send the request without the Upgrade header`;
    refuseSocket(socket, new TallyError('invalid-request', detail), request);
    return;
  }
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  // The server no longer looks after this socket: ended alone, it would stay for as long as the client likes.
  response.once('finish', () => socket.destroySoon());
  server.emit('request', request, response);
}
